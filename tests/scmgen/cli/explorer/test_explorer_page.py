"""The explorer's page in a real browser, as a teacher, a keyboard, a reader of the screen and a phone meet it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from explorer_page import opened, pixels, settle, slide, source, until, value
from PIL import Image

from scmgen.cli.explorer.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


NARROW = {"width": 360, "height": 740}


def test_moving_a_slider_moves_the_factor_and_what_it_causes(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("pendulum"))
    factual, twin = source(page, "factual"), source(page, "twin")
    assert factual == twin
    before = {name: value(page, name) for name in ("pendulum_angle", "shadow_position")}
    slide(page, "light_angle", 1.4)
    assert source(page, "factual") == factual
    assert source(page, "twin") != twin
    assert value(page, "light_angle") == 1.4
    assert value(page, "pendulum_angle") == before["pendulum_angle"]
    assert value(page, "shadow_position") != before["shadow_position"]
    assert page.is_checked('[data-factor="light_angle"] .do input')
    assert page.inner_text("#twin-told") == "do(light_angle = 1.4 rad)"
    moved = page.locator(".factor.moved").evaluate_all("rows => rows.map(row => row.dataset.factor)")
    assert moved == ["shadow_length", "shadow_position"]
    note = page.inner_text('[data-factor="shadow_position"] .note')
    assert re.fullmatch(r"moved by -[\d.]+, was [\d.]+ world", note)
    assert page.locator("#graph .target").get_attribute("data-node") == "light_angle"
    assert page.locator(".equations ins").all_inner_texts() == ["light_angle := 1.4"]


def test_switching_a_do_off_lets_the_factor_follow_its_causes_again(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("flow"))
    slide(page, "water_height", 3.9)
    assert page.locator("#graph .cut").count() == 1
    assert page.inner_text('[data-factor="water_height"] .note').endswith("cut off from ball_radius")
    page.locator('[data-factor="water_height"] .do').click()
    settle(page)
    assert source(page, "twin") == source(page, "factual")
    assert page.locator("#graph .cut").count() == 0
    slide(page, "ball_radius", 1.05)
    slide(page, "hole_height", 2.5)
    assert page.inner_text("#twin-told") == "do(ball_radius = 1.05 world, hole_height = 2.5 world)"
    page.click("#reset")
    settle(page)
    assert source(page, "twin") == source(page, "factual")
    assert page.is_disabled("#reset")


def test_a_do_at_the_value_that_is_there_changes_nothing(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("flow"))
    page.locator('[data-factor="water_height"] .do').click()
    settle(page)
    assert page.locator("#graph .cut").count() == 1
    assert source(page, "twin") == source(page, "factual")
    assert page.locator(".factor.moved").count() == 0


def test_noise_can_be_kept_or_drawn_anew(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("pendulum"))
    slide(page, "light_angle", 1.4)
    factual, kept = source(page, "factual"), source(page, "twin")
    page.click("#resample")
    settle(page)
    assert page.inner_text("#twin-kind") == "Intervention"
    assert re.search(r", noise of sample \d+$", page.inner_text("#twin-told"))
    assert value(page, "light_angle") == 1.4
    assert source(page, "factual") == factual
    first = source(page, "twin")
    assert first != kept
    page.click("#resample")
    settle(page)
    assert source(page, "twin") != first
    page.get_by_label("the same noise").check()
    settle(page)
    assert (page.inner_text("#twin-kind"), source(page, "twin")) == ("Counterfactual", kept)


def test_another_sample_keeps_the_do(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("pendulum"))
    slide(page, "light_angle", 1.4)
    factual = source(page, "factual")
    page.get_by_label("Next sample").click()
    settle(page)
    assert (page.input_value("#index"), page.inner_text("#factual-told")) == ("1", "sample 1")
    assert source(page, "factual") != factual
    assert value(page, "light_angle") == 1.4
    page.get_by_label("Previous sample").click()
    settle(page)
    assert source(page, "factual") == factual
    page.fill("#seed", "11")
    page.press("#seed", "Enter")
    settle(page)
    assert source(page, "factual") != factual


def test_levels_are_buttons_and_the_difference_can_be_shown(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("shapes"))
    page.locator('[data-factor="shape_left"] .levels label', has_text="star").click()
    page.get_by_label("Difference").check()
    page.select_option("#size", "64")
    settle(page)
    assert page.inner_text("#twin-told") == "do(shape_left = star)"
    assert page.locator('[data-factor="shape_left"] .factual').inner_text() == "disc"
    assert page.is_visible("#difference")
    until(page, "document.getElementById('difference').naturalWidth === 64")
    shown = pixels(source(page, "difference"))[..., 0]
    changed = (pixels(source(page, "factual")) != pixels(source(page, "twin"))).any(axis=-1)
    np.testing.assert_array_equal(shown > 0, changed)


def test_everything_can_be_done_with_the_keyboard(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("shapes"))
    named = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"
    reached = []
    for _ in range(26):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(named))
    assert reached[:7] == ["save", "share", "Keyboard shortcuts", "Previous sample", "index", "Next sample", "seed"]
    assert {"do shape_left", "do hue_left", "hue_left, colour of the left object"} <= set(reached)
    page.focus('[data-factor="size_left"] input[type=range]')
    before = value(page, "size_left")
    page.keyboard.press("ArrowRight")
    settle(page)
    assert 0 < value(page, "size_left") - before < 0.001
    page.focus('[data-factor="size_left"] .do input')
    page.keyboard.press("Space")
    settle(page)
    assert value(page, "size_left") == before
    page.focus('[data-factor="shape_left"] .levels input:checked')
    page.keyboard.press("ArrowRight")
    settle(page)
    assert page.inner_text("#twin-told") == "do(shape_left = square)"
    outline = "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
    assert page.evaluate(outline) == "solid"


def test_a_circular_slider_wraps(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("shapes"))
    slide(page, "hue_left", 1)
    page.focus('[data-factor="hue_left"] input[type=range]')
    page.keyboard.press("ArrowRight")
    settle(page)
    assert value(page, "hue_left") == 0
    page.keyboard.press("ArrowLeft")
    settle(page)
    assert value(page, "hue_left") == 1
    page.fill('[data-factor="hue_left"] input[type=number]', "1.25")
    page.keyboard.press("Tab")
    settle(page)
    assert value(page, "hue_left") == 0.25


def test_a_reader_of_the_screen_hears_what_moved(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("pendulum"))
    slide(page, "light_angle", 1.4)
    told = "do(light_angle = 1.4 rad). Moved: shadow_length, shadow_position."
    until(page, f"document.getElementById('live').textContent === '{told}'")
    alt = page.get_attribute("#twin", "alt") or ""
    assert alt.startswith("Counterfactual: pendulum_angle -0.04694 rad, light_angle 1.4 rad, shadow_length ")
    unnamed = "inputs => inputs.filter(i => !i.labels?.length && !i.getAttribute('aria-label')).length"
    assert page.locator("input, select").evaluate_all(unnamed) == 0


def test_the_copied_code_draws_the_image_on_the_page(
    page: Page, serve: Callable[[str], Server], tmp_path: Path
) -> None:
    server = serve("pendulum")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, server)
    slide(page, "light_angle", 1.4)
    page.click("[data-copy=command]")
    page.get_by_text("Copied").wait_for()
    command = page.evaluate("navigator.clipboard.readText()")
    assert command == page.text_content("#command")
    assert command.startswith("scmgen show pendulum --seed 0 --size 256 --interventions ")
    page.click("[data-copy=python]")
    until(page, "(await navigator.clipboard.readText()).startsWith('from PIL')")
    code = page.evaluate("navigator.clipboard.readText()")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=120)
    for image, file in (("factual", "factual.png"), ("twin", "counterfactual.png")):
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / file)), pixels(source(page, image)))


@pytest.mark.parametrize("scene", ["pendulum", "shapes", "spurious-pairs", "collision"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_needs_no_scrolling_sideways(
    scene: str, scheme: Any, page: Page, serve: Callable[[str], Server]
) -> None:
    page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    page.emulate_media(color_scheme=scheme)
    opened(page, serve(scene))
    page.get_by_label("Difference").check()
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    page.locator("#factors .factor").last.scroll_into_view_if_needed()
    seen = page.locator("#twin").bounding_box()
    assert seen is not None
    assert seen["y"] >= 0  # the images stay in sight beside the sliders
    boxes = page.locator(".do, .levels label, button:visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).filter(r => r.right > innerWidth).length"
    )
    assert boxes == 0
    page.get_by_label("Difference").uncheck()
    page.get_by_label("Two samples").check()
    settle(page)
    heads = [box for box in map(lambda head: head.bounding_box(), page.locator(".kind:visible").all()) if box]
    assert len(heads) == 4 and len({round(box["height"]) for box in heads}) == 1  # none is broken into two lines
    assert len({round(box["x"]) for box in heads}) == 2  # a sample a line
