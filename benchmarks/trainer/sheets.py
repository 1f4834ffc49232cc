"""What a model answers, beside the truth, as a sheet of pictures: a row of images for each thing that is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_COLUMNS, _ANSWERS = 10, 8
_SIDE, _GAP, _LABEL = 64, 3, 118  # pixels of the sheet


def sheet(model: Any, others: dict[str, Any], test: Any, out: Path) -> None:
    """The first test pairs in which a factor was set, whatever they show.

    Args:
        model: a causal diffusion model.
        others: models by the names of their rows.
        test: the pairs that both are shown on.
        out: a PNG file.
    """
    import torch

    from cdm.evaluation import answers
    from cdm.models.interventions import DoTable

    acted = torch.tensor(test.arrays["do_mask"][:400]).any(dim=1).nonzero().flatten()[:_COLUMNS]
    batch = test.batch(acted)
    do = DoTable(batch["do_mask"], batch["do_value"])
    abduction = model.abduct(batch["image"])
    mine = torch.stack([model.predict(abduction, do, seed=seed) for seed in range(_ANSWERS)])
    spread = mine.std(dim=0).mean(dim=1, keepdim=True)
    rows = {"factual": batch["image"], "truth": batch["image_cf"], "model": mine[0]}
    rows |= {name: answers.prediction(other, batch) for name, other in others.items()}
    rows["error, model"] = _map((mine[0] - batch["image_cf"]).abs().mean(dim=1, keepdim=True))
    for name in others:
        rows[f"error, {name}"] = _map((rows[name] - batch["image_cf"]).abs().mean(dim=1, keepdim=True))
    rows[f"spread of {_ANSWERS} answers"] = _map(spread)
    _draw(rows, out)


def _map(values: Any) -> Any:
    """A difference of [0, 1] images as grey: white is .25 and more."""
    return (values * 4).clamp(0, 1).expand(-1, 3, -1, -1)


def _draw(rows: dict[str, Any], out: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    step = _SIDE + _GAP
    canvas = Image.new("RGB", (_LABEL + _COLUMNS * step, len(rows) * step + _GAP), "white")
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=12)
    for row, (name, images) in enumerate(rows.items()):
        top = _GAP + row * step
        words = name.replace(", ", ",\n").replace("direct ", "direct\n").replace(" of ", "\nof ")
        draw.multiline_text((6, top + _SIDE // 2), words, fill="black", font=font, anchor="lm")
        for column, image in enumerate((images.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()):
            tile = Image.fromarray(image).resize((_SIDE, _SIDE), Image.Resampling.NEAREST)
            canvas.paste(tile, (_LABEL + column * step, top))
    out.parent.mkdir(parents=True, exist_ok=True)
    canvas.quantize(256, method=Image.Quantize.MAXCOVERAGE).save(out, optimize=True)
