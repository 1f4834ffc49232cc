"""What a release says of itself, in all the places that say it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkout import ROOT

import cdm
import scmgen

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
ZENODO: dict[str, Any] = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", [scmgen.__version__, cdm.__version__, str(CITATION["version"]), ZENODO["version"]])
def test_every_place_tells_the_same_version(version: str) -> None:
    assert version == PROJECT["version"]


def test_the_changelog_tells_of_this_version() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert PROJECT["version"] in headings[0]


def test_a_citation_has_what_its_form_requires_and_zenodo_says_the_same() -> None:
    """Citation File Format 1.2.0 requires four keys, and knows a software's type and authors by name."""
    assert {"cff-version", "message", "title", "authors"} <= set(CITATION) and CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] == ZENODO["upload_type"] == "software"
    assert CITATION["title"] == ZENODO["title"] and CITATION["keywords"] == ZENODO["keywords"]
    assert CITATION["license"] == ZENODO["license"] == PROJECT["license"]
    assert [author["name"] for author in CITATION["authors"]] == [author["name"] for author in ZENODO["creators"]]
    assert f"<p>{CITATION['abstract'].strip()}</p>" == ZENODO["description"]


def test_what_is_checked_before_a_release_is_there() -> None:
    told = (ROOT / "RELEASING.md").read_text(encoding="utf-8")
    named = re.findall(r"`(?:python |bash |pytest )?((?:benchmarks|docs|tests|\.ci)/[\w./-]+)", told)
    assert len(named) > 8 and all(Path(ROOT, name).exists() for name in named)
