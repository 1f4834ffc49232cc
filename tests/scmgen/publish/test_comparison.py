"""What stands beside the shards: emptied, damaged or changed, each file is found out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from carded import manifest as told
from PIL import Image

from scmgen.publish import comparison
from scmgen.storage import manifest
from scmgen.storage.places.place import folder

FILES = ["README.md", "croissant.json", "graph.json", "graph.svg", "sheet.png", "wids-test.json"]


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "d"))


def problems(out: Path, **changed: Any) -> list[str]:
    known = manifest.read(out)
    if changed:
        known = manifest.signed({**known.data(), **changed})
    return list(comparison.problems(known, folder(out)))


@pytest.mark.parametrize("name", ["small", "weak", "foreign", "many", "photos"])
def test_what_a_build_wrote_says_what_the_manifest_says(name: str, request: pytest.FixtureRequest) -> None:
    out = request.getfixturevalue(name)
    assert list(comparison.problems(manifest.read(out), folder(out), audited=True)) == []


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\xff\x00junk", b"{}", b"[" * 3_000])
def test_an_emptied_or_damaged_file_is_found(copy: Path, name: str, content: bytes, older: bool) -> None:
    (copy / name).write_bytes(content)
    more = {"software": {"scmgen": "0.0.1"}} if older else {}
    (problem,) = problems(copy, **more)
    assert problem.startswith(f"{name}: ") and len(problem) < 300


def _longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def _json(change: Callable[[Any], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        data = orjson.loads(path.read_bytes())
        change(data)
        path.write_bytes(orjson.dumps(data))

    return damage


def _text(old: str, new: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return damage


def _inverted(path: Path) -> None:
    with Image.open(path) as image:
        changed = image.convert("RGB").point(lambda value: 255 - value)
    changed.save(path)


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage", "problem"),
    [
        (
            "wids-test.json",
            _json(lambda d: d["shardlist"][0].update(nsamples=7)),
            "does not say what the manifest says",
        ),
        (
            "wids-test.json",
            _json(lambda d: d["shardlist"][0].update(url="../x")),
            "does not say what the manifest says",
        ),
        ("graph.json", _json(lambda d: d["factors"]["edges"].pop()), "does not say what the manifest says"),
        ("croissant.json", _json(lambda d: d.update(license="MIT")), "does not say what the manifest says"),
        ("graph.svg", _text("light_angle", "light_angel"), "is not the picture of the graph in the manifest"),
        ("README.md", _text("license: cc0-1.0", "license: mit"), "line 2 is not what the manifest says"),
        ("README.md", _text("## Audit", "## Odit"), "tells of no audit"),
        ("sheet.png", _inverted, "100% of its pixels differ when it is drawn again"),
        ("sheet.png", _flipped, "no readable PNG: "),
        ("sheet.png", _longer, "no readable PNG: it does not end where its image ends"),
        ("sheet.png", lambda path: Image.new("RGB", (9, 9)).save(path), "is 9 x 9 pixels, not "),
    ],
)
def test_a_changed_file_is_found(copy: Path, name: str, damage: Callable[[Path], None], problem: str) -> None:
    damage(copy / name)
    (found,) = problems(copy)
    assert found.startswith(f"{name}: {problem}")


@pytest.mark.parametrize(
    ("name", "damage", "problem"),
    [
        (
            "croissant.json",
            _json(lambda d: d["distribution"][0].update(sha256="0" * 64)),
            "distribution is not that of",
        ),
        ("graph.svg", _text(">light_angle<", "><"), "does not show light_angle"),
        ("graph.svg", _text("<svg", '<!DOCTYPE a [<!ENTITY b "c">]><svg'), "no picture that scmgen writes"),
        ("README.md", _text("pendulum-test-*", "../*"), "configs in its header is not that of the manifest"),
    ],
)
def test_of_another_version_what_a_file_states_is_compared(
    copy: Path, name: str, damage: Callable[[Path], None], problem: str
) -> None:
    """Its words may be others."""
    assert problems(copy, software={"scmgen": "0.0.1"}) == []
    _text("## Factors", "## The factors")(copy / "README.md")
    _json(lambda data: data.update(creator="somebody"))(copy / "croissant.json")
    assert problems(copy, software={"scmgen": "0.0.1"}) == []
    damage(copy / name)
    (found,) = problems(copy, software={"scmgen": "0.0.1"})
    assert found.startswith(f"{name}: {problem}")


def test_the_audit_in_a_card_is_compared_where_it_is_run_again(copy: Path) -> None:
    _text("passed", "all passed")(copy / "README.md")
    known = manifest.read(copy)
    assert list(comparison.problems(known, folder(copy))) == []
    (found,) = comparison.problems(known, folder(copy), audited=True)
    assert found.startswith("README.md: line ")
    assert told(copy)["digest"] == known.digest
