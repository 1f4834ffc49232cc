"""Clips in the explorer: what the server tells of them, the code beside them, and the page that plays them."""

from __future__ import annotations

import io
import runpy
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from explorer_page import opened, pixels, running, settle, slide, source, until, value
from here import run
from PIL import Image, ImageSequence

import scmgen
from scmgen.cli.explorer import page as pages
from scmgen.cli.explorer import question, recording, subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.recording import Plan
from scmgen.cli.explorer.server import Server
from scmgen.cli.main import main
from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError

if TYPE_CHECKING:
    from playwright.sync_api import Page

ASKED = {"seed": 3, "index": 1, "noise": 1, "size": 16, "do": [{"height": 9.0}], "at": 6, "lasts": 3}


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(lambda: subject.find("fall"))


def clips(files: bytes | Path) -> np.ndarray[Any, Any]:
    with Image.open(io.BytesIO(files) if isinstance(files, bytes) else files) as image:
        return np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)])


def test_a_do_holds_in_its_frames_and_the_clip_is_that_of_the_library(explorer: Explorer) -> None:
    told = explorer.describe()
    assert (told["frames"], told["at"], told["size"]) == (16, 4, 128)
    factual, twin = explorer.answer(ASKED)["samples"][0]["worlds"]
    scene = scmgen.load_scene("fall")
    sample = scene.sample(1, seed=3, start=1)
    assert isinstance(factual["values"]["gravity"], float) and len(factual["values"]["height"]) == 16
    np.testing.assert_array_equal(factual["values"]["height"], sample["height"].values[0])
    np.testing.assert_array_equal(pixels(factual["image"]), scene.render(sample, 16)[0].reshape(-1, 16, 3))
    heights = np.array([factual["values"]["height"], twin["values"]["height"]])
    assert (heights[0, :6] == heights[1, :6]).all() and (heights[1, 6:9] == 9).all() and heights[1, 9] != 9
    strips = [pixels(world["image"]).reshape(16, 16, 16, 3) for world in (factual, twin)]
    assert (strips[0][:6] == strips[1][:6]).all() and (strips[0][6] != strips[1][6]).any()
    usual = explorer.answer({name: part for name, part in ASKED.items() if name not in ("at", "lasts")})
    assert usual["samples"][0]["worlds"][1]["values"]["height"][4:] == [9.0] * 12


def test_noise_of_a_clip_is_set_in_all_frames(explorer: Explorer) -> None:
    answer = explorer.answer({**ASKED, "u": {"flicker": 0.25}})
    assert answer["samples"][0]["worlds"][0]["values"]["flicker"] == pytest.approx(0.25)
    assert len(answer["noise"]["flicker"]) == 16 and isinstance(answer["noise"]["gravity"], float)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"at": 16}, "do: at: no such frame: frames are 0 to 15, found 16"),
        ({"lasts": 0}, "lasts: at least 1 is needed, found 0"),
        (
            {"do": [{"height": {"shift": 0.9}}]},
            r"soft(height): \d+\.\d+ is outside the range 0 to 10 m; shift less, or ",
        ),
    ],
)
def test_what_does_not_fit_is_refused(explorer: Explorer, part: dict[str, Any], said: str) -> None:
    with pytest.raises(ScmgenError, match=said.replace("(", r"\(").replace(")", r"\)")):
        explorer.answer({**ASKED, **part})


def test_still_scenes_have_no_frames_and_tall_clips_do_not_fit() -> None:
    still = Explorer(lambda: subject.find("pendulum"))
    assert (still.describe()["frames"], still.describe()["at"]) == (None, None)
    with pytest.raises(ScmgenError) as caught:
        still.answer({"seed": 0, "index": 0, "noise": 0, "size": 16, "do": [{}], "at": 3})
    assert str(caught.value) == "do: at: pendulum stands still, and has no frames"
    with pytest.raises(ScmgenError) as caught:
        question.strip(1024, catalogue.find("fall", frames=64).scene)
    assert str(caught.value) == "size: 64 frames of 1024 px are too tall for a browser; at most 511 px fit"


@pytest.mark.parametrize("span", [{"at": 6, "lasts": 3}, {"at": 0}])
def test_the_code_saves_the_clips_of_the_page(
    explorer: Explorer, span: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {name: part for name, part in ASKED.items() if name not in ("at", "lasts")}
    answer = explorer.answer({**plain, "size": 32, "do": [{"height": 9.0}, {"speed": {"scale": 0.5}}], **span})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.py").write_text(answer["python"])
    runpy.run_path("page.py")
    shown = [pixels(world["image"]).reshape(16, 32, 32, 3) for world in answer["samples"][0]["worlds"]]
    for file, frames in zip(("factual", "counterfactual-1", "counterfactual-2"), shown, strict=True):
        np.testing.assert_array_equal(clips(tmp_path / f"{file}.webp"), frames)


def test_the_command_line_shows_the_clips_of_the_page(
    explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = explorer.answer({**ASKED, "size": 64, "index": 0, "noise": 0})
    line, where = answer["command"].strip().split("\n")
    assert "hard:sets=[[height]],height=9,at=6,lasts=3" in line and where == "# the images of pair 1"
    monkeypatch.chdir(tmp_path)
    assert run(main, *shlex.split(line)).returncode == 0
    sheet = clips(tmp_path / "fall.webp")
    shown = [pixels(world["image"]).reshape(16, 64, 64, 3) for world in answer["samples"][0]["worlds"]]
    assert len(sheet) == 16
    for k, frames in enumerate(shown):  # enlarged twice, below the title, side by side
        tile = sheet[:, 44 : 44 + 128 : 2, 12 + 132 * k : 12 + 132 * k + 128 : 2]
        np.testing.assert_array_equal(tile, frames)


# The page in a browser.


def moved_to(page: Page, frame: int) -> None:
    until(page, f"document.getElementById('film-told').textContent.startsWith('{frame} / ')")


def crop(page: Page, image: str) -> str:
    return str(page.eval_on_selector(f"#{image}", "image => getComputedStyle(image).objectPosition"))


def test_a_clip_is_played_and_gone_through(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("fall"))
    assert page.is_visible("#film") and page.input_value("#film-at") == "4"
    factual = source(page, "factual")
    slide(page, "height", 9)
    assert page.inner_text("#twin-told") == "do(height = 9 m) from frame 4"
    course = pixels(source(page, "twin"))
    assert course.shape == (16 * 128, 128, 3) and (course[: 4 * 128] == pixels(factual)[: 4 * 128]).all()
    page.fill("#film-at", "15")
    moved_to(page, 15)
    assert crop(page, "factual") == crop(page, "twin") == "0px 100%"
    assert source(page, "factual") == factual  # a frame asks for nothing
    page.keyboard.press(",")
    moved_to(page, 14)
    until(page, "location.hash.includes('frame=14')")
    page.press("body", "k")
    assert page.get_attribute("#film-play", "aria-label") == "Pause the clips"
    moved_to(page, 1)  # past the end it begins anew
    page.press("body", "k")
    assert page.get_attribute("#film-play", "aria-label") == "Play the clips"
    page.fill("#film-at", "3")
    assert page.inner_text('[data-factor="height"] .note').endswith("not yet done in this frame")
    assert page.locator(".factor.moved").count() == 0  # before the do nothing is other than it was
    until(page, "location.hash.includes('frame=3')")
    page.reload()
    page.wait_for_selector("#factual[src]")
    moved_to(page, 3)
    assert page.inner_text("#twin-told") == "do(height = 9 m) from frame 4"


def test_when_a_do_holds_can_be_told(browser: Any, serve: Callable[[str], Server]) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = opened(context.new_page(), serve("fall"))
    slide(page, "height", 9)
    page.fill("#film-at", "8")
    page.press("body", "f")
    settle(page)
    page.fill("#lasts", "2")
    page.keyboard.press("Enter")
    settle(page)
    assert page.inner_text("#twin-told") == "do(height = 9 m) in frames 8 to 9"
    until(page, "location.hash === '#do=height:9&frame=8&at=8&lasts=2'")
    assert page.locator("#graph .target").get_attribute("data-node") == "height[t]"
    assert {edge.get_attribute("data-to") for edge in page.locator("#graph .cut").all()} == {"height[t]"}
    assert page.get_attribute('[data-factor="height"] .trace path.twin', "d") != page.get_attribute(
        '[data-factor="height"] .trace path.factual', "d"
    )
    assert page.locator('[data-factor="gravity"] .trace').is_hidden()
    page.fill("#at", "99")
    page.keyboard.press("Enter")
    told = page.locator("#span .problem")
    told.wait_for()
    assert told.inner_text() == "do: at: no such frame: frames are 0 to 15, found 99"
    page.click("#reset")
    settle(page)
    assert page.inner_text("#twin-told") == "no do yet" and page.input_value("#at") == "4"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_fits_and_fingers_hit_it(scheme: Any, browser: Any, serve: Callable[[str], Server]) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme=scheme)
    page = opened(context.new_page(), serve("fall"))
    page.get_by_label("Difference").check()
    settle(page)
    until(page, "document.getElementById('difference').naturalHeight === 16 * 128")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for control in ("#film-play", "#film-back", "#film-on", "#film-at", "#at", "#lasts", "#here"):
        box = page.locator(control).bounding_box()
        assert box is not None and box["height"] >= 44 and box["width"] >= 44 and box["x"] + box["width"] <= 390
    page.locator("#factors .factor").last.scroll_into_view_if_needed()
    seen = page.locator("#film").bounding_box()
    assert seen is not None and 0 <= seen["y"] < 844  # it stays in sight beside the sliders
    context.close()


@pytest.fixture(scope="module")
def recorded(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    told, left_out = recording.record(explorer.subject, explorer.describe(), Plan(0, 1, 3, 16, 8))
    assert left_out == [] and {len(world) for world in told["worlds"]} == {9}
    file = tmp_path_factory.mktemp("recorded") / "fall.html"
    file.write_text(pages.recorded("fall", told).text, encoding="utf-8")
    yield file


def test_a_page_without_a_server_plays_them_too(page: Page, recorded: Path) -> None:
    page.goto(f"{recorded.as_uri()}#frame=9")
    page.wait_for_selector("#factual[src]")
    slide(page, "height", 10)
    assert page.inner_text("#twin-told") == "do(height = 10 m) from frame 4" and value(page, "height") == 10
    assert page.is_hidden("#span")  # when it begins was recorded
    page.click("#film-on")
    moved_to(page, 10)
    twin = pixels(source(page, "twin")).reshape(16, 16, 16, 3)
    scene = scmgen.load_scene("fall")
    done = np.arange(16)[None] >= 4
    do = {"height": scmgen.Affine(np.where(done, 0, 1), np.where(done, 10.0, 0))}
    np.testing.assert_array_equal(twin, scene.render(scene.counterfactual(scene.sample(1), do), 16)[0])


def test_the_server_that_reloads_a_still_scene_drops_the_frames(tmp_path: Path, page: Page) -> None:
    text = (Path(subject.__file__).parents[1] / "template.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text(text + "frames: 8\n", encoding="utf-8")
    server = Server(Explorer(lambda: subject.find(str(file))))
    with running(server):
        opened(page, server)
        page.fill("#film-at", "7")
        file.write_text(text, encoding="utf-8")
        page.click("#reload")
        until(page, "scene.frames === null")
        settle(page)
        assert page.is_hidden("#film") and not page.evaluate("document.body.classList.contains('filmed')")
