"""Every line of docs/how-to/import.md runs, on a little of CelebA and ChestX-ray14 as they are given away."""

from __future__ import annotations

import gzip
import re
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import shell_here
from checkout import ROOT
from PIL import Image
from scanned_digits import table
from shell_here import Shell

import scmgen

shell = shell_here.shell


def prepare_celeba_and_x_rays(photograph: Image.Image) -> None:
    """Write a little of both in the form in which they are given away."""
    rows = [[f"{i:06d}.jpg", 1 - 2 * (i % 2), -1 if i % 3 else 1, 1 - 2 * (i % 5 == 0)] for i in range(1, 31)]
    for place in ("img_align_celeba", "xrays/images_001/images", "xrays/images_002/images"):
        Path(place).mkdir(parents=True)
    for number, (name, *_) in enumerate(rows):
        photograph.crop((10 * number, 0, 10 * number + 178, 218)).save(Path("img_align_celeba") / name)
        scan = photograph.convert("L").crop((10 * number, 50, 10 * number + 256, 306))
        scan.save(f"xrays/images_00{1 + number % 2}/images/{number:08d}_000.png")
    header = ["5_o_Clock_Shadow", "Male", "Smiling"]
    lines = ["30", f"{' '.join(header)} ", *(" ".join(f"{cell:>2}" for cell in row) for row in rows)]
    Path("list_attr_celeba.txt").write_text("\n".join(lines) + "\n")
    parts = [f"{row[0]} {0 if number < 20 else 1 if number < 25 else 2}\n" for number, row in enumerate(rows)]
    Path("list_eval_partition.txt").write_text("".join(parts))
    found = ["No Finding", "Effusion", "Cardiomegaly|Effusion", "Cardiomegaly"]
    scans = [
        [f"{i:08d}_000.png", found[i % 4], 0, i, 20 + i, "MF"[i % 3 == 0], ("PA", "AP")[i % 2], 256, 256, 0.1, 0.1, ""]
        for i in range(30)
    ]
    table(Path("Data_Entry_2017.csv"), XRAYS.split(","), scans)
    Path("train_val_list.txt").write_text("\n".join(f"{i:08d}_000.png" for i in range(25)))
    Path("test_list.txt").write_text("\n".join(f"{i:08d}_000.png" for i in range(25, 30)))


XRAYS = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
)


def prepare_digits() -> None:
    """Write a little of MNIST and of Morpho-MNIST in the form in which they are given away."""
    for place in ("mnist", "plain", "original"):
        Path(place).mkdir()
    for prefix, count in {"train": 20, "t10k": 10}.items():
        images = np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)
        for place in ("mnist", "plain"):
            for name, array in {"images-idx3": images, "labels-idx1": np.arange(count, dtype=np.uint8) % 10}.items():
                header = struct.pack(">4B", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
                Path(place, f"{prefix}-{name}-ubyte.gz").write_bytes(gzip.compress(header + array.tobytes()))
        rows = [[i, *(f"{x:.4f}" for x in np.random.default_rng(i).uniform(0, 30, 6))] for i in range(count)]
        for place in ("plain", "original"):
            names = "index area length thickness slant width height".split()
            table(Path(place, f"{prefix}-morpho.csv"), names, rows)
    Path("morpho.csv").write_text("cause,effect\nlabels,length\nlength,area\nthickness,area\n")


def test_every_line_of_the_page_runs(shell: Shell) -> None:
    from sklearn.datasets import load_sample_image

    prepare_celeba_and_x_rays(Image.fromarray(load_sample_image("flower.jpg")))
    prepare_digits()
    page = (ROOT / "docs" / "how-to" / "import.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(python|sh|dot)\n(.*?)```", page, re.DOTALL)
    Path("xrays.dot").write_text(next(text for kind, text in blocks if kind == "dot"))
    for kind, text in blocks:
        if kind == "python":
            done = subprocess.run(
                [sys.executable, "-W", "error", "-c", text], capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), text
        for command in text.splitlines() if kind == "sh" else ():
            assert shell(*shlex.split(command)[1:], "-j", 1).status == 0, command
    faces, scans = scmgen.load("data/celeba"), scmgen.load("data/chest-xray14")
    assert (faces.size, faces.splits) == (64, {"train": 20, "validation": 5, "test": 5})
    assert {name: factor["levels"] for name, factor in faces.factors.items()} == {
        name: ["-1", "1"] for name in ("f_5_o_Clock_Shadow", "Male", "Smiling")
    }
    assert faces.factors["f_5_o_Clock_Shadow"]["long_name"] == "5_o_Clock_Shadow"
    assert sorted(row["source"] for split in faces.splits for row in faces.rows(split)) == [
        f"{i:06d}.jpg" for i in range(1, 31)
    ]
    assert {row["source"]: row["factors"]["Male"] for row in faces.rows("test")} == {
        f"{i:06d}.jpg": float(i % 3 == 0) for i in range(26, 31)
    }
    assert scans.splits == {"train": 25, "test": 5}
    assert sorted(row["source"][18:] for row in scans.rows("test")) == [f"{i:08d}_000.png" for i in range(25, 30)]
    assert scans.factors["Patient_Gender"]["levels"] == ["F", "M"]
    assert list(scans.factors) == ["Patient_Age", "Patient_Gender", "View_Position", "Cardiomegaly", "Effusion"]
    assert {row["source"][18:26]: row["factors"]["Effusion"] for row in scans.rows("test")} == {
        f"{i:08d}": float(i % 4 in (1, 2)) for i in range(25, 30)
    }
    assert scans.graph is not None
    assert set(scans.graph.edges()) == {
        ("Patient_Age", "Cardiomegaly"),
        ("Cardiomegaly", "Effusion"),
        ("Patient_Age", "View_Position"),
    }
    assert scmgen.load("data/all-digits").splits == {"all": 1_797}
    digits, measured = scmgen.load("data/mnist"), scmgen.load("data/morpho-mnist")
    assert (digits.splits, list(digits.factors)) == ({"train": 20, "test": 10}, ["labels"])
    assert scmgen.load("data/mnist-test").splits == {"test": 10}
    factors = ["area", "length", "thickness", "slant", "width", "height", "labels"]
    assert list(measured.factors) == list(scmgen.load("data/measured-mnist").factors) == factors
    assert measured.graph is not None
    assert set(measured.graph.edges()) == {("labels", "length"), ("length", "area"), ("thickness", "area")}
