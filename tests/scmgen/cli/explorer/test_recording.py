"""A page that needs no server: what is recorded is what would be drawn, and it works from the disk."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from explored import pixels
from explorer_page import settle, slide, source, until, value

import scmgen
from scmgen.cli.explorer import lesson, page, recording, subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.recording import Plan
from scmgen.errors import ScmgenError

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLAN = Plan(seed=0, samples=2, values=5, size=32, megabytes=8)


@pytest.fixture(scope="module")
def taught() -> tuple[subject.Subject, dict[str, Any]]:
    found = lesson.read("counterfactuals")
    explorer = Explorer(lambda: subject.find("flow"), None, found.taught)
    return explorer.subject, explorer.describe()


@pytest.fixture(scope="module")
def exported(taught: tuple[subject.Subject, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the page of the lesson on counterfactuals, and nothing beside it."""
    told, left_out = recording.record(*taught, PLAN)
    assert left_out == []
    file = tmp_path_factory.mktemp("exported") / "flow.html"
    file.write_text(page.recorded("flow", told).text, encoding="utf-8")
    return file


def recorded_in(file: Path) -> dict[str, Any]:
    (data,) = re.findall(r'id="recording">(.*?)</script>', file.read_text("utf-8"))
    return dict(json.loads(data))


def test_what_is_recorded_is_what_the_library_draws(exported: Path) -> None:
    told = recorded_in(exported)
    scene = scmgen.load_scene("flow")
    assert told["samples"] == [[0, 0], [0, 1], [0, 3], [0, 12]]
    keys = [repr(world[:5]) for world in told["worlds"]]
    assert len(keys) == len(set(keys)) and len(told["pictures"]) == len(set(told["pictures"]))
    low, high = scene.factors["flow"].bounds
    one = next(w for w in told["worlds"] if w[1] == 1 and w[2] == {"flow": (low + high) / 2})
    world = scene.sample(1, start=1, do={"flow": (low + high) / 2})
    np.testing.assert_array_equal(pixels(told["pictures"][one[5]]), scene.render(world, 32)[0])
    assert told["grid"]["parameters"]["least_water"] == [0.0, 0.75, 1.5, 2.25]  # 3 is more than most_water
    assert one[6] == pytest.approx([world[name].item() for name in scene.scm.variables])


def test_what_does_not_fit_is_left_out_by_its_weight_or_refused(
    taught: tuple[subject.Subject, dict[str, Any]],
) -> None:
    told, left_out = recording.record(*taught, Plan(0, samples=1, values=8, size=32, megabytes=1))
    assert left_out == ["two factors set at once"] and set(told["grid"]) == {"do", "parameters", "u"}
    with pytest.raises(ScmgenError) as caught:
        recording.record(*taught, Plan(0, samples=9, values=51, size=32, megabytes=1))
    sizes = "10 samples, 51 values a factor and 32 px"
    assert str(caught.value) == f"--export: {sizes} do not fit into 1 MB; lower one, or raise --megabytes"


def opened(window: Page, file: Path, words: str = "") -> list[str]:
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto(f"{file.as_uri()}#{words}")
    window.wait_for_selector("#factual[src]")
    settle(window)
    return asked


def test_it_works_from_the_disk_and_asks_nobody(page: Page, exported: Path) -> None:
    asked = opened(page, exported, "sample=1")
    before, twin = source(page, "factual"), source(page, "twin")
    slide(page, "ball_radius", 0.4)
    assert value(page, "ball_radius") == 0.4 and source(page, "factual") == before and source(page, "twin") != twin
    slide(page, "hole_height", 4.6)
    assert page.inner_text("#twin-told") == "do(ball_radius = 0.4 world, hole_height = 4.6 world)"
    page.get_by_label("Next sample").click()
    settle(page)
    assert page.inner_text("#factual-told") == "sample 3"
    page.get_by_label("Two samples").check()
    page.get_by_label("Difference").check()
    until(page, "document.getElementById('difference').naturalWidth === 32")
    page.click("#reset")
    page.locator("#u-box summary").click()
    page.fill('[data-field="u.water_height"] input[type=range]', "0.9")
    settle(page)
    assert page.inner_text("#factual-told") == "sample 3, its noise changed"
    assert page.is_hidden("#python") and page.is_hidden("#seed")
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []


def test_values_between_those_of_the_grid_are_taken_to_the_nearest(page: Page, exported: Path) -> None:
    opened(page, exported, "do=ball_radius:0.45")
    assert value(page, "ball_radius") == 0.4
    until(page, "location.hash === '#do=ball_radius:0.4'")
    page.reload()
    page.wait_for_selector("#factual[src]")
    assert value(page, "ball_radius") == 0.4
    slide(page, "flow", 6.2)
    page.click("#then")
    slide(page, "hole_height", 2)
    told = page.locator('[data-factor="hole_height"] .problem')
    assert told.inner_text() == "This page holds no picture of that; scmgen explore flow draws any."
    assert page.inner_text("#twin-told") == "do(ball_radius = 0.4 world, flow = 6.2 world)"


def test_its_lesson_is_whole(page: Page, exported: Path) -> None:
    opened(page, exported)
    seen = []
    for _ in range(5):
        seen.append((page.inner_text("#lesson-step"), page.inner_text("#twin-told")))
        if page.is_enabled("#lesson-next"):
            page.click("#lesson-next")
            settle(page)
    assert seen[1:] == [
        ("What would have been", "do(ball_radius = 0.5 world)"),
        ("An experiment instead", "do(ball_radius = 0.5 world), noise of sample 12"),
        ("Then another do", "do(ball_radius = 0.5 world, water_height = 3.53 world)"),
        ("A gentle hand", "do(water_height scaled by 0.5, shifted by 0 %)"),
    ]
    page.get_by_text("Show the answer").click()
    assert page.inner_text("#lesson-answer").startswith("Try it with the slider")
    assert re.fullmatch(r"A recording: \d+ pictures of 4 samples, .*", page.inner_text("#told"))
