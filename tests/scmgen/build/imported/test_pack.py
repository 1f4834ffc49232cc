"""Importing: the same bytes however it is run, after any interruption, and only where there is room for them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import labelled_folder
import numpy as np
import pytest
import scanned_digits
import shell_here
from labelled_folder import GOOD
from libraries import need
from PIL import Image
from shell_here import Shell

import scmgen
from scmgen.build.imported import pack
from scmgen.build.imported.request import Request
from scmgen.errors import ScmgenError

digits, imported, photographs = scanned_digits.digits, scanned_digits.imported, scanned_digits.photographs
shell = shell_here.shell
here = labelled_folder.here


def sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def line(digits: Path, out: Path, *more: object) -> list[object]:
    tables = ["--labels", digits / "digits.csv", "--graph", digits / "graph.json"]
    return ["import", digits / "images", *tables, "--categorical", "digit", "--name", "digits", "-o", out, *more]


def test_the_bytes_are_the_same_for_any_number_of_workers_and_order_of_rows(
    digits: Path, shell: Shell, tmp_path: Path
) -> None:
    assert shell(*line(digits, tmp_path / "one", "-j", 1, "--shard-size", 100)).status == 0
    assert shell(*line(digits, tmp_path / "two", "-j", 2, "--shard-size", 100)).status == 0
    assert sums(tmp_path / "one") == sums(tmp_path / "two")
    lines = (digits / "digits.csv").read_text().splitlines()
    (tmp_path / "digits.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]))
    shuffled = line(digits, tmp_path / "three", "-j", 1, "--shard-size", 100)
    shuffled[3] = tmp_path / "digits.csv"
    assert shell(*shuffled).status == 0
    one, three = (
        {name: found for name, found in sums(tmp_path / out).items() if name.endswith(".tar")}
        for out in ("one", "three")
    )
    assert one == three


def test_a_killed_import_goes_on_and_gives_the_same_bytes(
    digits: Path, imported: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert shell(*line(digits, out, "-j", 1, "--shard-size", 100)).status == 0
    whole = sums(out)
    marker = json.dumps({"source": json.loads((out / "manifest.json").read_text())["source"], "sums": {}})
    for name in whole:
        if not name.startswith(("digits-train-000000", "digits-test")):
            (out / name).unlink()
    (out / ".build.json").write_text(marker)
    with pytest.raises(scmgen.ScmgenError, match=r"it has no manifest\.json \(a build was begun here: run it again\)"):
        scmgen.load(out)
    done = shell("finalize", out)
    told = "an import was begun here, not a build: run it again"
    assert (done.status, done.err) == (2, f"scmgen: {out}: {told}\n")
    written: list[str] = []
    write_tar = pack.write_tar
    monkeypatch.setattr(
        pack, "write_tar", lambda place, name, pieces: written.append(name) or write_tar(place, name, pieces)
    )
    assert shell(*line(digits, out, "-j", 1, "--shard-size", 100)).status == 0
    assert sums(out) == whole
    assert written == ["digits-train-000001.tar", "digits-train-000002.tar", "digits-validation-000000.tar"]


def test_the_same_import_again_writes_no_shard(
    digits: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert shell(*line(digits, out, "-j", 1)).status == 0
    whole = sums(out)
    monkeypatch.setattr(pack, "write_tar", None)
    done = shell(*line(digits, out, "-j", 1))
    source = json.loads((out / "manifest.json").read_text())["source_hash"]
    assert (done.status, sums(out)) == (0, whole)
    assert done.out.startswith(f"{out}: 300 samples in 3 shards, ")
    assert done.out.endswith(f" KB, import {source[:12]}\n")


def test_another_import_needs_force_and_a_build_too(digits: Path, shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert shell(*line(digits, out, "-j", 1)).status == 0
    whole = sums(out)
    done = shell(*line(digits, out, "-j", 1, "--seed", 3))
    assert (done.status, sums(out)) == (2, whole)
    assert f"scmgen: {out}: holds data set 'digits' (import " in done.err
    assert "seed: 0 there, 3 here" in done.err
    assert "; choose another --out, or replace what is there with --force" in done.err
    done = shell("build", "pendulum", "--n", 4, "--size", 16, "-o", out, "-j", 1)
    assert (done.status, sums(out)) == (2, whole)
    assert "holds data set 'digits' (import " in done.err
    assert "), not 'pendulum' (spec " in done.err
    assert shell("build", "pendulum", "--n", 4, "--size", 16, "-o", out, "-j", 1, "--force").status == 0
    assert not [name for name in sums(out) if name.startswith("digits")]
    assert shell(*line(digits, out, "-j", 1)).status == 2
    assert shell(*line(digits, out, "-j", 1, "--force")).status == 0
    assert sums(out) == whole


def test_a_place_with_files_of_others_is_left_alone(digits: Path, shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    done = shell(*line(digits, tmp_path / "mine", "--force", "-j", 1))
    problem = "holds files that no build of scmgen wrote; choose another directory with --out"
    assert (done.status, done.err.splitlines()[-1]) == (2, f"scmgen: {tmp_path / 'mine'}: {problem}")
    assert list(sums(tmp_path / "mine")) == ["thesis.txt"]


def test_a_new_licence_changes_what_is_said_and_no_shard(
    digits: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert shell(*line(digits, out, "-j", 1)).status == 0
    monkeypatch.setattr(pack, "write_tar", None)
    assert shell(*line(digits, out, "-j", 1, "--license", "CC0-1.0")).status == 0
    assert scmgen.load(out).manifest["license"] == "CC0-1.0"


def test_it_goes_to_a_url(digits: Path, imported: Path, shell: Shell, tmp_path: Path) -> None:
    need("fsspec")
    assert shell(*line(digits, f"file://{tmp_path}/there", "-j", 1)).status == 0
    assert shell(*line(digits, "memory://imported/digits", "-j", 2)).status == 0
    data = scmgen.load("memory://imported/digits")
    assert data.manifest == scmgen.load(tmp_path / "there").manifest
    np.testing.assert_array_equal(data.images("test")[:], scmgen.load(imported).images("test")[:])


def test_a_dry_run_tells_and_writes_nothing(digits: Path, shell: Shell, tmp_path: Path) -> None:
    done = shell(*line(digits, tmp_path / "out", "--dry-run", "-j", 1))
    assert (done.status, (tmp_path / "out").exists()) == (0, False)
    lines = done.out.splitlines()
    assert lines[:4] == [
        f"{tmp_path / 'out'}: would hold 300 samples at 8 px",
        "  train                 240",
        "  validation             30",
        "  test                   30",
    ]
    assert lines[4] == "  digit       levels    0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert lines[7] == "  open_shape  levels    0, 1"


def test_photographs_are_resized_and_their_columns_typed(photographs: Path, shell: Shell) -> None:
    done = shell(
        *("import", photographs / "tiles", "--labels", photographs / "tiles.tsv", "-o", "out", "-j", 1),
        *("--categorical", "photograph,colour", "--circular", "hue", "--size", 32, "--splits", "train=1,test=1"),
    )
    assert (done.status, done.out.partition(",")[0]) == (0, "out: 130 samples in 2 shards")
    assert "hue is taken to come round from 0 to 360; --circular hue=LOW:HIGH says otherwise" in done.err
    data = scmgen.load("out")
    assert (data.name, data.size, data.splits) == ("tiles", 32, {"train": 65, "test": 65})
    assert {name: (f["type"], f["levels"], f["unit"]) for name, f in data.factors.items()} == {
        "photograph": ("categorical", ["china", "flower"], "1"),
        "colour": ("categorical", ["blue", "green", "red"], "1"),
        "hue": ("circular", [], "deg"),
        "brightness": ("continuous", [], "1"),
    }
    assert data.graph is None
    assert not (Path("out") / "graph.json").exists()
    row, image = next(data.rows("test")), data.images("test")[0]
    assert row["source"].startswith(("china/", "flower/"))
    with Image.open(photographs / "tiles" / row["source"]) as tile:
        np.testing.assert_array_equal(image, np.asarray(tile.resize((32, 32), Image.Resampling.LANCZOS)))
    np.testing.assert_allclose(image.mean() / 255, row["factors"]["brightness"], atol=0.01)
    assert shell("verify", "out", "--all", "-j", 1).status == 0


def test_photographs_without_a_size_keep_their_pixels(photographs: Path, tmp_path: Path) -> None:
    asked = Request(photographs / "tiles", (photographs / "tiles.tsv",), categorical=("photograph",), omit=("colour",))
    pack.write(pack.prepare(asked), tmp_path / "out")
    data = scmgen.load(tmp_path / "out")
    for row, image in zip(data.rows("test"), data.images("test"), strict=True):
        with Image.open(photographs / "tiles" / row["source"]) as tile:
            np.testing.assert_array_equal(image, np.asarray(tile))


def test_an_image_that_is_gone_when_it_is_decoded_leaves_nothing_behind(here: Path) -> None:
    Path("t.csv").write_text(GOOD)
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), shard_size=1))
    Path("images/b.png").unlink()
    with pytest.raises(ScmgenError, match=r"^images/b\.png: is gone$"):
        pack.write(job, "out")
    assert list(Path("out").iterdir()) == []
