"""Take the pictures of the pages that README and docs show; needs Chromium and Playwright (`.[dev]`).

python docs/make_screenshots.py
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import scmgen
from scmgen.build.generated import build
from scmgen.cli.explorer import lesson, subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import Server
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.publish import report

IMAGES = Path(__file__).parent / "images"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser of this machine."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


def shoot(page: Page, name: str) -> None:
    """Save what the window shows."""
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file)
    with Image.open(file) as image:
        image.convert("RGB").save(file, optimize=True)


def of_report(browser: Browser) -> None:
    """The report of 2,000 pairs of the pendulum: its top, its effects, and the pairs of factors in the dark."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "pendulum"
        spec = catalogue.spec(catalogue.find("pendulum"), n=2_000, interventions=parse("hard"))
        build(spec, data)
        report.write(scmgen.load(data), data / "report.html")
        for name, start, height, scheme in (
            ("report", "header", 1480, "light"),
            ("report-effects", "#effect-maps", 760, "light"),
            ("report-dark", "#values", 1240, "dark"),
        ):
            window = {"width": 1200, "height": height}
            page = browser.new_page(viewport=window, color_scheme=scheme, reduced_motion="reduce")
            page.goto((data / "report.html").as_uri())
            page.locator("label", has_text="do(shadow_length)").first.click()
            page.locator(start).evaluate("part => part.scrollIntoView()")
            shoot(page, name)
            page.close()


def of_explorer(browser: Browser) -> None:
    """The explorer under a do: on a wall, in the dark, and on a phone."""
    for name, scene, do, width, height, scheme in (
        ("explore", "flow", {"water_height": 3.9}, 1280, 900, "light"),
        ("explore-dark", "shapes", {"shape_left": 2, "hue_left": 0.6}, 1280, 900, "dark"),
        ("explore-narrow", "pendulum", {"light_angle": 1.4}, 400, 860, "light"),
    ):
        with explored(browser, Explorer(functools.partial(subject.find, scene)), width, height, scheme) as page:
            page.get_by_label("Difference").set_checked(width > 1000)
            for factor, value in do.items():
                page.evaluate("([factor, value]) => intervene(factor, value)", [factor, value])
            page.wait_for_timeout(500)
            shoot(page, name)


def of_clips(browser: Browser) -> None:
    """Clips in the explorer, at a frame within the do."""
    with explored(browser, Explorer(functools.partial(subject.find, "pong")), 1280, 980, "light") as page:
        page.get_by_label("Difference").check()
        page.evaluate("([factor, value]) => intervene(factor, value)", ["ball_way", 0.6])
        page.locator("#twin-told", has_text="do(").wait_for()
        page.fill("#film-at", "9")
        page.wait_for_timeout(500)
        shoot(page, "explore-clips")


def of_lesson(browser: Browser) -> None:
    """A step of a bundled lesson, its answer revealed."""
    taught = lesson.read("confounding")
    explorer = Explorer(functools.partial(subject.find, str(taught.scene)), None, taught.taught)
    with explored(browser, explorer, 1280, 1000, "light") as page:
        page.click("#lesson-next")
        page.get_by_text("Show the answer").click()
        page.wait_for_timeout(500)
        shoot(page, "explore-lesson")


@contextmanager
def explored(browser: Browser, explorer: Explorer, width: int, height: int, scheme: Any) -> Iterator[Page]:
    """The explorer's page, as it is served, once it shows something."""
    server = Server(explorer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(server.url)
    page.wait_for_selector("#factual[src]")
    yield page
    page.close()
    server.shutdown()
    server.server_close()
    thread.join()


SHOTS: tuple[Callable[[Browser], None], ...] = (of_report, of_explorer, of_clips, of_lesson)


def main() -> None:
    """Take them all."""
    with chromium() as browser:
        for take in SHOTS:
            take(browser)


if __name__ == "__main__":
    main()
