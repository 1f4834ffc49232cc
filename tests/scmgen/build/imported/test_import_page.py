"""Every line of docs/import.md runs, on a little of CelebA and ChestX-ray14 as they are given away."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

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
    table(Path("list_attr_celeba.csv"), ["image_id", *header], rows)
    lines = ["30", " ".join(header), *(" ".join(map(str, row)) for row in rows)]
    Path("list_attr_celeba.txt").write_text("\n".join(lines))
    parts = [[row[0], 0 if number < 20 else 1 if number < 25 else 2] for number, row in enumerate(rows)]
    table(Path("list_eval_partition.csv"), ["image_id", "partition"], parts)
    found = ["No Finding", "Effusion", "Cardiomegaly|Effusion", "Cardiomegaly"]
    scans = [
        [f"{i:08d}_000.png", found[i % 4], i, 20 + i, "MF"[i % 3 == 0], ("PA", "AP")[i % 2], ""] for i in range(30)
    ]
    names = ["Image Index", "Finding Labels", "Patient ID", "Patient Age", "Patient Gender", "View Position", ""]
    table(Path("Data_Entry_2017.csv"), names, scans)
    Path("test_list.txt").write_text("\n".join(f"{i:08d}_000.png" for i in range(25, 30)))


def test_every_line_of_the_page_runs(shell: Shell) -> None:
    from sklearn.datasets import load_sample_image

    prepare_celeba_and_x_rays(Image.fromarray(load_sample_image("flower.jpg")))
    page = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
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
    assert Path("attributes.csv").read_text() == Path("list_attr_celeba.csv").read_text()
    assert scans.splits == {"train": 25, "test": 5}
    assert sorted(row["source"][18:] for row in scans.rows("test")) == [f"{i:08d}_000.png" for i in range(25, 30)]
    assert scans.factors["Patient_Gender"]["levels"] == ["F", "M"]
    assert scans.graph is not None
    assert set(scans.graph.edges()) == {
        ("Patient_Age", "Cardiomegaly"),
        ("Cardiomegaly", "Effusion"),
        ("Patient_Age", "View_Position"),
    }
    assert scmgen.load("data/all-digits").splits == {"all": 1_797}
