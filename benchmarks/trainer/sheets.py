"""What a model answers, beside the truth, as a sheet of pictures: a row of images for each thing that is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_COLUMNS, _ANSWERS, _TIMES = 8, 8, 10  # images reach from -1 to 1, where an error of 2 is all there is


def sheet(model: Any, others: dict[str, Any], test: Any, out: Path) -> None:
    """The first test pairs in which a factor was set, whatever they show; errors are drawn larger than they are.

    Args:
        model: a causal diffusion model.
        others: models by the names of their rows.
        test: the pairs that both are shown on.
        out: a PNG file.
    """
    import torch

    from cdm.evaluation import answers
    from cdm.models.interventions import DoTable
    from cdm.runs import pictures

    acted = torch.tensor(test.arrays["do_mask"][:400]).any(dim=1).nonzero().flatten()[:_COLUMNS]
    batch = test.batch(acted)
    do, abduction, truth = DoTable(batch["do_mask"], batch["do_value"]), model.abduct(batch["image"]), batch["image_cf"]
    mine = [model.predict(abduction, do, seed=seed) for seed in range(_ANSWERS)]
    shown = {"model": mine[0]} | {name: answers.prediction(other, batch) for name, other in others.items()}
    rows = [("factual", batch["image"]), ("truth", truth)]
    for name, images in shown.items():
        missed = _TIMES * (images - truth).abs().mean(dim=1, keepdim=True) - 1
        rows += [(name.replace(" ", "\n"), images), (f"its error\nx {_TIMES}", missed.expand(-1, 3, -1, -1))]
    rows.append((f"{_ANSWERS} answers\ndiffer here", pictures.spread(mine)))
    out.parent.mkdir(parents=True, exist_ok=True)
    names = [model.code.names[int(row.argmax())] for row in batch["do_mask"]]
    pictures.write(out, pictures.grid(rows, [[f"do({name})" for name in names]]))
