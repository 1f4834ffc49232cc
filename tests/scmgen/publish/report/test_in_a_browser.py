"""The report in a real browser: it opens, can be used with the keyboard, without a script and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from reported import changed

import scmgen
from scmgen.publish import report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def visible(page: Page, section: str) -> list[str]:
    """The labels of the panels that a section shows."""
    panels = page.locator(f"#{section} .choice > .panel")
    return [str(p.get_attribute("data-label")) for p in panels.all() if p.is_visible()]


@pytest.mark.parametrize("name", ["small", "weak", "squares", "chain", "many"])
def test_it_opens_without_error_and_asks_for_nothing(page: Page, pages: dict[str, Path], name: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [pages[name].as_uri()]
    broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth || !i.alt).length")
    assert broken == 0
    assert page.evaluate("document.images.length") > 0


@pytest.mark.parametrize("name", ["small", "weak", "squares", "chain", "many"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_window_makes_the_page_scroll_sideways(page: Page, pages: dict[str, Path], name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(pages[name].as_uri())
    for section in ("causal-graph", "pairs-of-factors"):
        page.locator(f"#{section}").scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_graph_is_chosen_with_the_keyboard(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["small"].as_uri())
    assert visible(page, "causal-graph") == ["observed"]
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.name") != "graph":
        page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("ArrowRight")
    assert visible(page, "causal-graph") == ["do(pendulum_angle)"]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert visible(page, "causal-graph") == ["do(shadow_position)"]
    assert page.locator("#causal-graph .panel:visible .target").get_attribute("data-node") == "shadow_position"


def test_pairs_are_shown_by_their_intervention(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["small"].as_uri())
    page.get_by_role("radio", name="do(shadow_length)").nth(1).check(force=True)
    assert visible(page, "counterfactual-pairs") == ["do(shadow_length)"]
    captions = page.locator("#counterfactual-pairs .panel:visible figcaption span:first-child").all_inner_texts()
    assert len(captions) == 6 and all(caption.startswith("do(shadow_length = ") for caption in captions)


def test_any_pair_of_factors_is_shown_larger(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["small"].as_uri())
    shown = page.locator("#pairs-of-factors .panel:visible")
    uses = shown.locator("[data-pair]")
    shown.get_by_label("across").select_option("shadow_length")
    shown.get_by_label("up").select_option("pendulum_angle")
    assert [use.get_attribute("href") for use in uses.all()] == ["#p0f-2-0", "#p0c-2-0"]
    assert uses.first.get_attribute("transform") == "matrix(0 -1 -1 0 250 250)"
    assert shown.locator("[data-scale=x]").first.get_attribute("href") == "#p0x-2"
    assert shown.locator(".large svg").first.get_attribute("aria-label") == "pendulum_angle against shadow_length"
    shown.locator("[data-x='1'][data-y='3']").click()
    assert [use.get_attribute("href") for use in uses.all()] == ["#p0f-3-1", "#p0c-3-1"]
    assert shown.get_by_label("across").input_value() == "1"
    assert page.locator("#p0f-3-1").first.evaluate("points => points.getAttribute('d')").count("M") == 240
    assert uses.first.evaluate("use => use.getBoundingClientRect().width") > 100


def test_without_a_script_all_can_be_seen(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(pages["small"].as_uri())
    assert not page.locator(".pickers").first.is_visible()
    assert page.locator("#pairs-of-factors .matrix").first.is_visible()
    page.locator("#values label", has_text="test, 30 samples").click()
    assert visible(page, "values") == ["test, 30 samples"]
    context.close()


def test_on_paper_every_panel_is_printed(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["small"].as_uri())
    page.emulate_media(media="print")
    assert len(visible(page, "causal-graph")) == 5
    assert len(visible(page, "values")) == 3


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest("script, svg")) continue;
    const grounds = [];
    for (let at = parent; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    const ground = paint(["white", ...grounds]);
    const ink = paint(["white", ...grounds, getComputedStyle(parent).color]);
    const [high, low] = [light(ground), light(ink)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) faults.push([node.data.trim().slice(0, 40), ratio.toFixed(2), parent.className]);
  }
  return faults;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Page, pages: dict[str, Path], scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    for name in ("small", "many"):
        page.goto(pages[name].as_uri())
        assert page.evaluate(CONTRAST) == []


def test_a_page_of_evil_text_runs_nothing_and_loads_nothing(page: Page, small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    evil = "<img src='http://127.0.0.1:9/x' onerror='document.title=1'><script>document.title = 'owned'</script>"
    (tmp_path / "evil.html").write_text(report.compose(changed(data, description=evil), samples=20), "utf-8")
    page.goto((tmp_path / "evil.html").as_uri())
    assert page.title() == "pendulum: report"
    assert page.locator(".lead").inner_text() == evil
