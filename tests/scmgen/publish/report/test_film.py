"""Clips in a report: what is told of them, and the bar that plays them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from reported import Reader, images

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.publish import report

if TYPE_CHECKING:
    from playwright.sync_api import Page

FRAMES, SIDE = 6, 24


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> scmgen.Data:
    place = tmp_path_factory.mktemp("clips") / "fall"
    source = catalogue.find("fall", frames=FRAMES)
    build(catalogue.spec(source, n=24, size=SIDE, interventions=parse("hard:lasts=2; soft:scale=0.5")), place)
    return scmgen.load(place)


@pytest.fixture(scope="module")
def page_of(data: scmgen.Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pages") / "fall.html"
    report.write(data, file, samples=20)
    return file


def test_a_pair_of_clips_is_shown_whole_with_its_difference(data: scmgen.Data, page_of: Path) -> None:
    text = page_of.read_text("utf-8")
    seen: dict[str, Any] = {}
    for told, strip in images(text):
        seen.setdefault(told, strip)  # of both steps the first
    alt = next(alt for alt in seen if ", counterfactual: do(height = " in alt)
    what = alt.split(",")[0]
    row = int(what.rsplit("-", 1)[1])
    for name, member in ((f"{what}, factual", "image"), (alt, "image_cf")):
        np.testing.assert_array_equal(seen[name].reshape(FRAMES, SIDE, SIDE, 3), data.images("train", member)[row])
    unequal = (data.images("train")[row] != data.images("train", "image_cf")[row]).any(axis=-1)
    shown = seen[f"{what}, difference of the two images"].reshape(FRAMES, SIDE, SIDE, 3)
    assert ((shown != shown[0, 0, 0]).any(axis=-1) <= unequal).all()
    label = list(data.rows("train"))[row]
    frames = [frame for frame, marks in enumerate(label["do_mask"]) if any(marks)]
    assert re.search(rf"do\(height = [\d.]+ -&gt; [\d.]+ m in frames? {frames[0]}", text)
    speeds = np.array([label["factors"]["speed"], label["factors_cf"]["speed"]])
    first = np.flatnonzero(speeds[0] != speeds[1])
    assert not first.size or f"speed differs from frame {first[0]}" in alt


def test_tables_count_clips_values_count_frames(data: scmgen.Data, page_of: Path) -> None:
    text = page_of.read_text("utf-8")
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text))
    assert facts["frames a clip"] == "6" and facts["clips a sample"].startswith("3: factual, ")
    n = data.splits["train"]
    assert f"train, {n * FRAMES} frames" in text and "samples</label>" not in text
    told = Reader(text).tables["interventions"]
    counted = sum(int(row[2]) for row in told[1:] if row[0] == "counterfactual")
    assert counted == sum(data.splits.values())
    row = next(row for row in told if row[:2] == ["counterfactual", "do(gravity)"])
    labels = [label for split in data.splits for label in data.rows(split)]
    marked = [pair for one in labels for pair in zip(one["do_value"], one["do_mask"], strict=True)]
    values = [value[0] for value, mask in marked if mask[0]]
    assert row[3] == f"gravity: {min(values):.2f} to {max(values):.2f} m/s2"


def test_the_graph_runs_in_time(page_of: Path) -> None:
    text = page_of.read_text("utf-8")
    panels = re.findall(r'<svg[^>]*causal-graph[^>]*aria-label="([^"]*)".*?</svg>', text, re.DOTALL)
    assert "height[t-1] causes height[t]" in panels[0] and "Time runs from left to right" in text
    drawn = re.findall(r"<svg[^>]*causal-graph.*?</svg>", text, re.DOTALL)
    under = next(
        part for part, label in zip(drawn, panels, strict=True) if label.startswith("Causal graph under do(he")
    )
    cut = re.findall(r'class="edge directed cut" data-from="([^"]*)" data-to="([^"]*)"', under)
    assert cut and {to for _, to in cut} == {"height[t]"}
    soft = next(part for part, label in zip(drawn, panels, strict=True) if "under soft(height)" in label)
    assert ' cut"' not in soft


def test_the_bar_plays_all_clips_together(page: Page, page_of: Path) -> None:
    page.goto(page_of.as_uri())
    assert page.is_visible(".film")
    position = "image => getComputedStyle(image).objectPosition"
    image = page.locator("img.clip").first
    assert image.evaluate(position) == "0px 100%"
    page.fill(".film .at", "0")
    assert image.evaluate(position) == "0px 0%" and page.inner_text(".film output") == "0 / 5"
    box = image.bounding_box()
    assert box is not None and abs(box["width"] - box["height"]) < 1  # one frame of the strip
    page.keyboard.press(".")
    assert image.evaluate(position) == "0px 20%"
    page.click(".film .play")
    page.locator('.film [aria-label="Pause the clips"]').wait_for()
    page.evaluate("""async () => {
      const told = document.querySelector(".film output");
      for (let k = 0; told.textContent !== "4 / 5" && k < 1000; k++) await new Promise((done) => setTimeout(done, 10));
    }""")
    page.keyboard.press("k")
    assert page.locator('.film [aria-label="Play the clips"]').is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_bar_fits_and_fingers_hit_it(scheme: Any, page: Page, page_of: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.goto(page_of.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for control in page.locator(".film button, .film input").all():
        box = control.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 44 and box["x"] + box["width"] <= 390


def test_a_report_of_still_images_has_no_bar(written: str) -> None:
    assert 'class="film"' not in written and 'class="photo"' in written


def test_frames_are_counted_by_the_environment_that_they_are_in(tmp_path: Path) -> None:
    source, told = catalogue.find("fall", frames=FRAMES), {"size": 16, "interventions": parse("hard")}
    environments = [{"name": "calm"}, {"name": "storm", "at": 2, "parameters": {"gust": 0.6}}]
    build(catalogue.spec(source, n=10, environments=environments, **told), tmp_path / "fall", workers=1)
    report.write(scmgen.load(tmp_path / "fall"), tmp_path / "fall.html")
    text = (tmp_path / "fall.html").read_text("utf-8")
    assert "train in calm, 16<" in text and "train in storm, 32<" in text  # of 8 clips, from frame 2 on
