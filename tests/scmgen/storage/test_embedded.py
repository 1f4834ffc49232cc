"""Pictures that travel with a data set: whoever has the folder can draw it again, and nothing else has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import fsspec
import numpy as np
import pytest
from digits import idx_files
from PIL import Image
from pydantic import ValidationError
from shell_here import Shell

import scmgen
from scmgen.dataset import catalogue
from scmgen.dataset.spec import Spec
from scmgen.pictures import brought, embedding, sources
from scmgen.pictures.brought import BANKS

FILE = "pictures-digits.npz"


@pytest.fixture
def embedded(shell: Shell, tmp_path: Path) -> Path:
    given = ("--pictures", f"digits={idx_files(tmp_path / 'bank')}", "--embed-pictures", "digits=CC-BY-4.0")
    assert shell("build", "morpho-digits", "--n", 20, "--size", 32, *given, "-o", tmp_path / "data").status == 0
    shutil.rmtree(tmp_path / "bank")
    BANKS.clear()
    return tmp_path / "data"


def test_it_is_drawn_again_without_the_pictures_that_it_was_built_with(embedded: Path, shell: Shell) -> None:
    done = shell("verify", embedded, "--all", "-j", 2)
    assert done.status == 0 and "verified" in done.out
    assert shell("audit", embedded).status == 0 and shell("report", embedded).status == 0
    assert "The pictures `digits` beside the shards: CC-BY-4.0." in (embedded / "README.md").read_text()


def test_from_a_url_they_are_fetched(embedded: Path, shell: Shell, tmp_path: Path) -> None:
    fsspec.filesystem("memory").put(str(embedded), "/embedded-behind-url/data", recursive=True)
    shutil.rmtree(embedded)
    url = "memory://embedded-behind-url/data"
    done = shell("verify", url, "--all")
    assert done.status == 0 and "verified" in done.out and shell("audit", url).status == 0
    with fsspec.open(f"{url}/{FILE}", "wb") as file:
        file.write(b"PK")
    done = shell("verify", url)
    assert done.status == 2 and len(done.err.splitlines()) == 1 and f"{FILE}: cannot be read" in done.err


def test_an_export_that_draws_anew_needs_no_others_either(embedded: Path, shell: Shell, tmp_path: Path) -> None:
    done = shell("export", embedded, "--to", "enco", "-o", tmp_path / "exported")
    assert done.status == 0, done.err


def test_the_hash_is_the_same_without_and_the_file_goes_with_the_data_set(embedded: Path, shell: Shell) -> None:
    before = scmgen.load(embedded).manifest
    assert before["spec"]["embeds"] == {"digits": "CC-BY-4.0"}
    more = (
        "build",
        "morpho-digits",
        "--n",
        30,
        "--size",
        32,
        "-o",
        embedded,
        "--pictures",
        f"digits={embedded / FILE}",
    )
    assert shell(*more, "--embed-pictures", "digits=CC-BY-4.0").status == 0
    assert scmgen.load(embedded).manifest.spec_hash == before.spec_hash and (embedded / FILE).exists()
    assert shell(*more).status == 0  # the same samples, whose pictures no longer travel
    after = scmgen.load(embedded).manifest
    assert after.spec_hash == before.spec_hash and "embeds" not in after["spec"] and not (embedded / FILE).exists()
    again = ("--pictures", f"digits={idx_files(embedded.parent / 'bank')}", "--embed-pictures", "digits=CC-BY-4.0")
    assert shell(*more[:-2], *again).status == 0 and (embedded / FILE).exists()
    assert shell("build", "pendulum", "--n", 20, "--size", 32, "-o", embedded, "--force").status == 0
    assert not (embedded / FILE).exists()


@pytest.mark.parametrize("damage", [b"", b"PK"])
def test_a_damaged_file_is_said(embedded: Path, shell: Shell, damage: bytes) -> None:
    (embedded / FILE).write_bytes(damage)
    done = shell("verify", embedded)
    assert done.status == 2 and len(done.err.splitlines()) == 1 and f"{FILE}: cannot be read" in done.err


def test_other_pictures_are_not_taken_for_those(embedded: Path, shell: Shell, tmp_path: Path) -> None:
    other = brought.bundled("digits")
    assert other is not None
    (embedded / FILE).write_bytes(embedding.packed(other))
    done = shell("verify", embedded)
    assert done.status == 2 and "was built with the pictures digits" in done.err
    (embedded / FILE).unlink()
    done = shell("verify", embedded)
    assert done.status == 2 and "was built with the pictures digits" in done.err


@pytest.mark.parametrize("labelled", [True, False])
def test_a_bank_of_several_sizes_comes_back_as_it_was(labelled: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for kind in ("b", "a") if labelled else ("",):
        (tmp_path / "bank" / kind).mkdir(parents=True, exist_ok=True)
        for k, shape in enumerate([(20, 30, 3), (16, 16, 4), (25, 18)]):
            pixels = rng.integers(0, 255, shape, dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "bank" / kind / f"{k}.png")
    first = sources.read("own", tmp_path / "bank")
    (tmp_path / "packed.npz").write_bytes(embedding.packed(first))
    again = sources.read("own", tmp_path / "packed.npz")
    assert again.sum == first.sum and embedding.packed(again) == embedding.packed(first)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("digits", "write NAME=LICENCE, an SPDX identifier such as CC-BY-4.0"),
        ("../digits=CC0-1.0", "write NAME=LICENCE, an SPDX identifier such as CC-BY-4.0"),
        ("digits=a b", "write NAME=LICENCE, an SPDX identifier such as CC-BY-4.0"),
        ("digits=Proprietary", "pictures of licence 'Proprietary' may not be passed on; build without it, and "),
        ("numerals=CC0-1.0", "no pictures 'numerals'; allowed: digits"),
    ],
)
def test_what_cannot_travel_is_refused_and_nothing_is_written(
    text: str, problem: str, shell: Shell, tmp_path: Path
) -> None:
    done = shell("build", "morpho-digits", "--n", 20, "--embed-pictures", text, "-o", tmp_path / "data")
    assert done.status == 2 and problem in done.err and not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["../digits", "a/b", "", "-", "a.b"])
def test_a_manifest_names_no_file_elsewhere(name: str) -> None:
    plain = catalogue.spec(catalogue.find("morpho-digits")).data()
    with pytest.raises(ValidationError, match="embeds"):
        Spec.model_validate({**plain, "embeds": {name: "CC0-1.0"}})
