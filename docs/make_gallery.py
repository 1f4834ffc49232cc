"""Draw the gallery: one contact sheet a scene at 64 px and one at 128 px, and the page around them.

Scenes in three dimensions are shown at 224 and 512 px, too.

python docs/make_gallery.py             # everything
python docs/make_gallery.py ident3d     # the sheets of some data sets, and the page
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import compile_spec
from scmgen.publish.sheet import contact_sheet
from scmgen.scm import notation

HERE = Path(__file__).parent
NAMES = (
    "pendulum",
    "pendulum-classic",
    "pendulum-spurious",
    "flow",
    "shadow-sun",
    "shadow-point",
    "shapes-fixed",
    "shapes-random-8",
    "spurious-pairs-95",
    "collision",
    "circuit",
    "balls",
    "thermostat",
    "clutter-0",
    "clutter-1",
    "clutter-2",
    "pendulum-clutter",
    "morpho-digits",
    "morpho-classic",
    "coloured-digits-95",
    "birds-95",
    "ident3d",
    "ident3d-classic",
    "still-life",
    "circuit3d",
    "arm3d",
    "pong",
    "fall",
    "fall3d",
    "pendulum-swing",
    "tanks",
    "walkers",
    "pinball",
    "voronoi",
)
PAIRS = {64: 9, 128: 6}
_LARGER = {224: 2, 512: 1}
_WHOLE = 512  # pixels at which images are shown as they are, without a sheet
_NO_OVERVIEW = ("pendulum-classic", "pendulum-spurious", "clutter-0", "clutter-1", "morpho-classic", *NAMES[-8:])


def sizes(name: str) -> dict[int, int]:
    """The sizes that a data set is shown at, and how many pairs of each."""
    return {**PAIRS, **(_LARGER if catalogue.find(name).scene.document.stage else {})}


def sheet(name: str, size: int) -> Image.Image:
    """The first pairs of a data set."""
    source = catalogue.find(name)
    spec = catalogue.spec(source, size=size, interventions=parse("hard"))
    dataset = compile_spec(spec, source.scene)
    clip = source.scene.frames is not None
    if size < (min(_LARGER) if clip else _WHOLE):
        return contact_sheet(dataset, sizes(name)[size])
    batch = dataset.opening(spec.splits[0].name, 1)
    worlds = list(batch.worlds())[: 1 if size == _WHOLE else 2]
    images = [dataset.draw(batch.split, batch.domain, values)[0] for values in worlds]
    return Image.fromarray(np.concatenate([one[len(one) // 2] if clip else one for one in images], axis=1))


def section(name: str) -> str:
    """What the page says of one data set."""
    source = catalogue.find(name)
    document = source.scene.document
    return "\n\n".join(
        [
            f"## {name}",
            document.description,
            *(f"![{name} at {size} px](../images/{name}-{size}.png)" for size in sizes(name)),
            "```\n" + notation.write(source.scene.factor_graph, "text") + "\n```",
        ]
    )


def overview(names: tuple[str, ...], columns: int = 4) -> None:
    """Draw one pair of each data set side by side, for the README."""
    tile, gap, text = 128, 16, 20
    width, height = 2 * tile + 2 + gap, tile + text + gap
    sheet = Image.new("RGB", (columns * width + gap, -(-len(names) // columns) * height + gap), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for place, name in enumerate(names):
        source = catalogue.find(name)
        spec = catalogue.spec(source, size=tile, seed=5, interventions=parse("hard:sizes=1"))
        dataset = compile_spec(spec, source.scene)
        batch = dataset.evaluate(spec.splits[0].name, 0, 1)
        left, top = gap + place % columns * width, gap + place // columns * height
        for k, values in enumerate(batch.worlds()):
            image = dataset.draw(batch.split, batch.domain, values)[0]
            sheet.paste(Image.fromarray(image), (left + k * (tile + 2), top))
        target = next(
            name for name, hit in zip(dataset.scene.factors, batch.twins[0].table.mask[0], strict=True) if hit
        )
        pen.text((left, top + tile + 3), f"{name}: do({target})", (34, 34, 40), font)
    sheet.save(HERE / "images" / "scenes.png", optimize=True)


def page() -> str:
    """The whole page."""
    intro = (
        "# Gallery\n\nMade by `python docs/make_gallery.py`. Each pair is a factual image and its counterfactual under "
        "the do written below, with the same noise; the first sheet at 64 px (enlarged), the second at 128 px. "
        "Clips are strips of some of their frames; of scenes in three dimensions two pairs follow at 224 px (of a clip "
        "the frame in its middle, of one pair), and one image at 512 px."
    )
    return "\n\n".join([intro, *map(section, NAMES)]) + "\n"


def main() -> None:
    """Draw everything, or the sheets of the data sets that are named."""
    for name in sys.argv[1:] or NAMES:
        for size in sizes(name):
            sheet(name, size).save(HERE / "images" / f"{name}-{size}.png", optimize=True)
    overview(tuple(name for name in NAMES if name not in _NO_OVERVIEW))
    (HERE / "data-sets" / "gallery.md").write_text(page())


if __name__ == "__main__":
    main()
