"""The directory of a report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from imagined import EVIL, street
from PIL import Image

from cdm.errors import CdmError
from cdm.foundation.report import record
from cdm.foundation.semantic import SemanticSCM


def test_all_is_told_and_the_pictures_lie_beside(tmp_path: Path) -> None:
    each, out = street(), tmp_path / "out"
    report = record.Report(out)
    report.add(each)
    report.failed["b.png"] = "why"
    scores = report.finish({"extractor": "oracle"})
    told = json.loads((out / "report.json").read_text("utf-8"))
    assert (told["format"], told["extractor"], told["failed"]) == (1, "oracle", {"b.png": "why"})
    found = {"share": 0.5, "found": {"weather": 1.0, "road": 0.0}}
    assert told["scores"] == scores == {"VLM-Eff": found, "structure": {"SHD": 1.0}}
    (picture,) = told["pictures"]
    assert SemanticSCM.from_json(picture["scm"]) == each.scm and picture["scores"] == each.scores
    first, second = picture["interventions"]
    assert first["target"] == {"concept": "weather", "before": "rainy", "after": "dry", "phrase": "a clear sky"}
    assert first["kept"] == [EVIL] and first["drawn by"] == {"generator": "test", "steps": 30}
    assert "picture" not in second and "truth" not in first
    drawn, truth = each.answers[0].generated, each.answers[1].truth
    assert drawn is not None and truth is not None
    pictures = (picture["picture"], each.image), (first["picture"], drawn.image), (second["truth"], truth)
    for name, pixels in pictures:
        with Image.open(out / name) as shown:
            assert np.array_equal(np.asarray(shown), pixels)
    with Image.open(out / first["masks"]["road"]) as shown:
        assert np.asarray(shown).tolist() == (drawn.masks["road"] * 255).tolist()


def test_no_word_of_a_model_becomes_a_path(tmp_path: Path) -> None:
    report = record.Report(tmp_path / "out")
    for name in ("../up.png", "a/b"):
        report.add(street(name))
    report.finish({})
    there = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    stems = [
        f"out/pictures/{stem}{rest}.png"
        for stem in ("0001-up", "0002-a-b")
        for rest in ("", "-do1", "-do1-mask1", "-do1-mask2", "-do2-truth")
    ]
    assert there == sorted([*stems, "out/report.html", "out/report.json"])


def test_a_report_is_not_written_over(tmp_path: Path) -> None:
    record.Report(tmp_path).finish({})
    with pytest.raises(CdmError, match=r": holds a report already; choose another --out$"):
        record.Report(tmp_path)


def test_of_very_many_pictures_the_page_shows_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "SHOWN", 2)
    report = record.Report(tmp_path)
    for _ in range(3):
        report.add(street())
    report.finish({"extractor": "oracle", "generator": "cdm:run"})
    text = (tmp_path / "report.html").read_text("utf-8")
    assert (
        text.count("<section>") == 2 and len(json.loads((tmp_path / "report.json").read_text("utf-8"))["pictures"]) == 3
    )
    lead = "3 pictures, 6 interventions. Extractor: oracle; Generator: cdm:run. The first 2 are shown, "
    assert f"{lead}report.json tells of all." in text
