"""The page of a report: what it shows, and that a model's words stay words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from imagined import EVIL, street
from playwright.sync_api import Page

from cdm.foundation.report.page import flat, section
from cdm.foundation.report.page import page as written


def test_what_a_model_wrote_is_no_markup_and_nothing_is_loaded_or_run() -> None:
    text = written([section(street(EVIL))], EVIL, {EVIL: EVIL}, {"extractor": EVIL, "scores": {EVIL: 1.0}})
    assert "<script" not in text and "alert(1)" in text
    assert "default-src &#x27;none&#x27;; img-src data:" in text
    assert set(re.findall(r"""(?:src|href)=['"]([^'"]{11})""", text)) == {"data:image/"}


def test_numbers_of_nested_tables_have_the_way_to_them() -> None:
    assert dict(flat({"L1": {"picture": {"all": 0.12341}}, "moved": ["a"], "none": None, "no": []})) == {
        "L1, picture, all": "0.1234", "moved": "a",
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_pictures_states_and_graph(page: Page, scheme: str, tmp_path: Path) -> None:
    """On a telephone nothing but graphs and tables is wider than the screen, and they scroll by themselves."""
    file = tmp_path / "report.html"
    file.write_text(written([section(street())], "One picture.", {}, {"extractor": "oracle"}), encoding="utf-8")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(file.as_uri())
    assert page.locator("h1").inner_text() == "What would have been"
    assert page.locator("article").count() == 2
    first = page.locator("article").first
    assert first.locator("h3").inner_text() == "do(weather = dry)"
    assert [row.inner_text() for row in first.locator("td.role").all()] == ["set", "follows", "stays"]
    assert first.locator(".masks img").count() == 2
    captions = [caption.inner_text() for caption in page.locator(".pictures > figure figcaption").all()]
    assert captions == ["as it is", "as it would have been", "as it is", "as it truly would have been"]
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (scheme == "dark")
