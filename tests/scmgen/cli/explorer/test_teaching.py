"""What a teacher does with the page, in a real browser: lessons, chains, sweeps, keys, a picture, a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from explorer_page import opened, running, settle, slide, source, until, value
from PIL import Image

from scmgen.cli.explorer import lesson, subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EVIL = "<img src=x onerror=alert(1)>"


def teaching(named: str) -> Server:
    found = lesson.read(named)
    return Server(Explorer(lambda: subject.find(str(found.scene)), None, found.taught))


@pytest.fixture(scope="module")
def taught() -> Iterator[Server]:
    server = teaching("counterfactuals")
    with running(server):
        yield server


def test_a_lesson_goes_step_by_step_and_back(page: Page, taught: Server) -> None:
    opened(page, taught)
    assert page.inner_text("#lesson-step") == "What was" and page.is_hidden("#lesson-asks")
    assert page.inner_text("#description") == ""  # which may tell an answer
    page.click("#lesson-next")
    settle(page)
    assert page.inner_text("#twin-told") == "do(ball_radius = 0.5 world)" and page.is_visible("#difference")
    assert page.evaluate("document.activeElement.id") == "lesson-step"
    until(page, "location.hash === '#sample=3&difference=1&do=ball_radius:0.5&lesson=1'")
    slide(page, "ball_radius", 0.9)
    page.click("#lesson-again")
    settle(page)
    assert value(page, "ball_radius") == 0.5
    page.reload()
    page.wait_for_selector("#factual[src]")
    assert page.inner_text("#lesson-place") == "Step 2 of 5"
    page.click("#lesson-next")
    settle(page)
    until(page, "location.hash.endsWith('lesson=2')")
    page.go_back()
    until(page, "document.getElementById('lesson-place').textContent === 'Step 2 of 5'")
    page.evaluate("location.hash = '#lesson=3'")  # an address may name a step and no more
    until(page, "!asking && document.getElementById('twin-told').textContent.includes('water_height = 3.53')")


def test_an_answer_is_hidden_until_it_is_asked_for(page: Page, taught: Server) -> None:
    opened(page, taught)
    page.click("#lesson-next")
    settle(page)
    assert page.is_hidden("#lesson-answer") and page.inner_text("#lesson-question").startswith("Which factors moved")
    page.get_by_text("Show the answer").click()
    assert page.is_visible("#lesson-answer") and page.inner_text("#lesson-answer").startswith("The water stands lower")
    page.click("#lesson-next")
    assert page.is_hidden("#lesson-answer")


def test_what_a_lesson_says_is_shown_as_text(page: Page, swing: Path) -> None:
    step = f'{{title: "{EVIL}", text: "{EVIL}", question: "{EVIL}", answer: "{EVIL}"}}'
    file = swing.with_name("lesson.yaml")
    file.write_text(f'title: "{EVIL}"\nscene: swing.yaml\nsteps: [{step}]\n', encoding="utf-8")
    server = teaching(str(file))
    with running(server):
        opened(page, server)
        page.get_by_text("Show the answer").click()
        for part in ("title", "step", "text", "question", "answer"):
            assert page.inner_text(f"#lesson-{part}").strip() == EVIL
        page.close()


def test_a_chain_holds_what_was_done_before(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("flow"))
    assert page.is_disabled("#then")
    slide(page, "ball_radius", 0.5)
    page.click("#then")
    settle(page)
    note = page.inner_text('[data-factor="ball_radius"] .note')
    assert note.startswith("held since step 1, was ") and not page.is_checked('[data-factor="ball_radius"] .do input')
    slide(page, "water_height", 3.9)
    assert page.inner_text("#twin-told") == "do(ball_radius = 0.5 world, water_height = 3.9 world)"
    both = source(page, "twin")
    page.locator("#steps button").first.click()
    settle(page)
    assert page.inner_text("#twin-told") == "do(ball_radius = 0.5 world)" and source(page, "twin") != both
    page.click("#unstep")
    settle(page)
    assert page.inner_text("#twin-told") == "do(water_height = 3.9 world)" and page.locator("#steps li").count() == 0


def test_a_soft_intervention_cuts_nothing(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("flow"))
    page.locator('[data-factor="water_height"] .do').click()
    settle(page)
    assert page.locator("#graph .cut").count() == 1
    page.get_by_label("how to intervene on water_height").select_option("soft")
    settle(page)
    assert page.locator("#graph .cut").count() == 0
    assert page.locator("#graph .target").get_attribute("data-node") == "water_height"
    assert "still follows ball_radius" in page.inner_text('[data-factor="water_height"] .note')
    page.fill('[data-factor="water_height"] .soft input[type=range] >> nth=1', "0.2")
    settle(page)
    assert page.inner_text("#twin-told") == "do(water_height scaled by 0.5, shifted by 20 %)"


def test_a_sweep_plays_and_leaves_all_as_it_was(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("shapes"))
    before = source(page, "twin")
    page.evaluate("window.seen = new Set(); setInterval(() => seen.add(document.getElementById('twin').src), 5)")
    page.get_by_label("Play hue_left", exact=True).click()
    until(page, "seen.size > 4")
    assert page.get_attribute('[data-factor="hue_left"] .play', "aria-pressed") == "true"
    page.keyboard.press("Escape")
    settle(page)
    assert source(page, "twin") == before and page.evaluate("sweeping") is None
    page.get_by_label("Play shape_left", exact=True).click()
    until(page, "state.do[0].shape_left === 1")
    slide(page, "size_left", 0.1)  # who takes another slider stops it
    assert page.inner_text("#twin-told") == "do(size_left = 0.1 frame)" and page.evaluate("sweeping") is None


def test_shortcuts_are_listed_and_do_what_the_list_says(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("pendulum"))
    page.keyboard.press("?")
    assert page.is_visible("#keys") and page.locator("#keys kbd").count() == page.evaluate("KEYS.length")
    page.keyboard.press("Escape")
    assert page.is_hidden("#keys")
    for key in ("n", "n", "p", "d", "b", "r"):
        page.keyboard.press(key)
        settle(page)
    assert page.evaluate("[state.index, state.difference, state.beside === null, state.noise === null]") == [
        *(1, True, False, False)
    ]
    slide(page, "light_angle", 1.4)
    for key in ("t", "s", "0"):
        page.keyboard.press(key)
        settle(page)
    assert page.evaluate("[state.do, state.noise]") == [[{}], None]
    page.focus("#index")
    page.keyboard.press("d")
    assert page.evaluate("state.difference") is True  # a key in a field is no shortcut
    page.click("#keys-open")
    page.get_by_label("Single keys are on").uncheck()
    page.click("#keys-close")
    page.keyboard.press("d")
    assert page.evaluate("state.difference") is True


def test_a_picture_can_be_saved(page: Page, serve: Callable[[str], Server], tmp_path: Path) -> None:
    opened(page, serve("pendulum"))
    slide(page, "light_angle", 1.4)
    with page.expect_download() as waited:
        page.click("#save")
    assert waited.value.suggested_filename == "pendulum-sample-0-light_angle_1.4.png"
    waited.value.save_as(tmp_path / "saved.png")
    image = Image.open(tmp_path / "saved.png").convert("RGB")
    assert image.width == 2 * 360 + 3 * 16
    left, right = image.crop((20, 60, 370, 380)), image.crop((396, 60, 746, 380))
    assert left.getcolors(100_000) != right.getcolors(100_000) and len(left.getcolors(100_000) or []) > 50


SMALL = """() => [...document.querySelectorAll(
  'button, select, summary, input:not([role]), label:has(input), .reach'
)].filter(e => e.checkVisibility() && !(e.matches('label input'))).map(e => [e, e.getBoundingClientRect()])
  .filter(([e, r]) => r.height < 43.5 || (r.width < 43.5))
  .map(([e, r]) => `${e.id || e.className.baseVal || e.className || e.tagName} ${r.width}x${r.height}`)"""


@pytest.mark.parametrize("phone", [True, False])
def test_a_finger_hits_everything(phone: bool, browser: Browser, taught: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=phone, is_mobile=phone)
    page: Any = opened(context.new_page(), taught)
    for _ in range(3):
        page.click("#lesson-next")
        settle(page)
    page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
    page.get_by_label("Two samples").check()
    settle(page)
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("#keys-open")
    assert page.evaluate(SMALL) == []
    context.close()
