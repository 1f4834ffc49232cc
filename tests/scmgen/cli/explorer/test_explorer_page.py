"""The explorer's page in a real browser, as a teacher, a keyboard, a phone and a hostile page meet it."""

from __future__ import annotations

import base64
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from scmgen.cli.explorer import subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NARROW = {"width": 360, "height": 740}


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    with server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[str], Server]]:
    """Give a server for a scene, one a scene for all tests."""
    servers: dict[str, Server] = {}
    with ExitStack() as stack:

        def found(name: str) -> Server:
            if name not in servers:
                servers[name] = Server(Explorer(lambda: subject.find(name)))
                stack.enter_context(running(servers[name]))
            return servers[name]

        yield found


def opened(page: Page, server: Server) -> Page:
    page.goto(server.url)
    page.wait_for_selector("#factual[src]")
    return page


def until(page: Page, condition: str) -> None:
    """Wait for a condition; what playwright has for it needs eval, which the page's policy forbids."""
    page.evaluate(f"""async () => {{
      for (let k = 0; !({condition}); k++) {{
        if (k > 1000) throw new Error("never: " + {json.dumps(condition)});
        await new Promise((done) => setTimeout(done, 10));
      }}
    }}""")


def settle(page: Page) -> None:
    """Wait until the newest question is answered."""
    until(page, "!asking && !changed")


def value(page: Page, name: str) -> float:
    return float(page.input_value(f'[data-factor="{name}"] input[type=number]'))


def slide(page: Page, name: str, to: float) -> None:
    page.fill(f'[data-factor="{name}"] input[type=range]', str(to))
    settle(page)


def source(page: Page, image: str) -> str:
    found = page.get_attribute(f"#{image}", "src")
    assert found is not None
    return found


def pixels(url: str) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))))


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
    shown = pixels(source(page, "difference"))
    assert shown.shape == (64, 64)
    changed = (pixels(source(page, "factual")) != pixels(source(page, "twin"))).any(axis=-1)
    np.testing.assert_array_equal(shown > 0, changed)


def test_everything_can_be_done_with_the_keyboard(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("shapes"))
    named = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(named))
    assert reached[:4] == ["Previous sample", "index", "Next sample", "seed"]
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


def test_the_newest_question_wins(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("pendulum"))
    page.evaluate("for (let k = 0; k <= 100; k++) intervene('light_angle', 1.2 + k * 0.005)")
    settle(page)
    assert page.inner_text("#twin-told") == "do(light_angle = 1.7 rad)"
    fast = source(page, "twin")
    opened(page, serve("pendulum"))
    slide(page, "light_angle", 1.7)
    assert source(page, "twin") == fast


def test_a_value_that_is_refused_says_why_and_leaves_the_page_as_it_was(
    browser: Browser, serve: Callable[[str], Server]
) -> None:
    context = browser.new_context()
    page = opened(context.new_page(), serve("pendulum"))
    slide(page, "light_angle", 1.4)
    page.fill('[data-factor="light_angle"] input[type=number]', "9")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:not(:empty)")
    assert page.inner_text("#problem") == "do(light_angle): 9 is outside the range 1.15 to 2 rad"
    assert page.get_attribute("#problem", "role") == "alert"
    assert value(page, "light_angle") == 1.4
    slide(page, "light_angle", 1.5)
    assert page.is_hidden("#problem")
    context.close()


def test_a_wrong_token_says_what_to_do(browser: Browser, serve: Callable[[str], Server]) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(serve("pendulum").url[:-1])
    page.wait_for_selector("#problem:not(:empty)")
    assert page.inner_text("#problem") == "wrong token: open the address that scmgen explore printed last"
    context.close()


def test_a_server_that_has_ended_is_told(browser: Browser, tmp_path: Path) -> None:
    line = [sys.executable, "-u", "-c", "from scmgen.cli.main import main; main()", "explore", "pendulum"]
    context = browser.new_context()
    with subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        page = context.new_page()
        page.goto(process.stdout.readline().split()[-1])
        page.wait_for_selector("#factual[src]")
        process.send_signal(signal.SIGINT)
    page.fill('[data-factor="light_angle"] input[type=range]', "1.4")
    page.wait_for_selector("#problem:not(:empty)")
    assert page.inner_text("#problem") == "The server does not answer; is scmgen explore still running?"
    context.close()


def test_a_changed_file_is_reloaded_and_its_faults_are_shown(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    text = (Path(subject.__file__).parents[1] / "template.yaml").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    server = Server(Explorer(lambda: subject.find(str(file))))
    context = browser.new_context()
    with running(server):
        page = opened(context.new_page(), server)
        slide(page, "angle", 0.5)
        file.write_text(text.replace("angle: uniform(-0.7, 0.7)", "angle: unifrom(-0.7, 0.7)"), encoding="utf-8")
        page.click("#reload")
        page.wait_for_selector("#problem:not(:empty)")
        assert "did you mean 'uniform'?" in page.inner_text("#problem")
        assert value(page, "angle") == 0.5
        file.write_text(text.replace("name: swing", "name: swung"), encoding="utf-8")
        page.click("#reload")
        until(page, "document.getElementById('name').textContent === 'swung'")
        settle(page)
        assert page.is_hidden("#problem")
        assert page.inner_text("#twin-told") == "do(angle = 0.5 rad)"
        context.close()


def test_what_a_scene_says_is_shown_as_text(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    text = (Path(subject.__file__).parents[1] / "template.yaml").read_text(encoding="utf-8")
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    text = re.sub("description: .*", f'description: "{evil}"', text)
    file.write_text(re.sub("long_name: .*?}", f'long_name: "{evil}"}}', text), encoding="utf-8")
    server = Server(Explorer(lambda: subject.find(str(file))))
    with running(server):
        opened(page, server)
        assert page.inner_text("#description") == evil
        assert page.locator(".factor .long").first.inner_text() == evil
        page.close()


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
    page.locator(".factor").last.scroll_into_view_if_needed()
    seen = page.locator("#twin").bounding_box()
    assert seen is not None
    assert seen["y"] >= 0  # the images stay in sight beside the sliders
    boxes = page.locator(".do, .levels label, button:visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).filter(r => r.height < 22 || r.right > innerWidth).length"
    )
    assert boxes == 0


def test_nothing_is_asked_of_anybody_else(page: Page, serve: Callable[[str], Server]) -> None:
    server, asked = serve("pendulum"), []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, server)
    slide(page, "light_angle", 1.4)
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {f"127.0.0.1:{server.server_port}"}


# Another page in the same browser

ATTACK = """async ([target, token]) => {
  const post = (path, type, more) => fetch(target + path, {
    method: "POST", headers: {"Content-Type": type}, body: "{}", ...more,
  });
  const knowing = {headers: {"Content-Type": "application/json", "X-Scmgen-Token": token}};
  const tries = {
    read: () => fetch(target + "/explore.js"),
    ask: () => post("/api/scene", "application/json", knowing),
    plain: () => post("/api/reload", "text/plain"),
    blind: () => post("/api/reload", "text/plain", {mode: "no-cors"}).then((r) => r.json()),
    script: () => new Promise((done, fail) => {
      const script = document.createElement("script");
      Object.assign(script, {src: target + "/explore.js", onload: done, onerror: fail});
      document.head.append(script);
    }),
    frame: () => new Promise((done, fail) => {
      const frame = document.createElement("iframe");
      frame.onload = () => { try { done(frame.contentDocument.body.innerText); } catch (error) { fail(error); } };
      frame.src = target + "/";
      document.body.append(frame);
    }),
  };
  const told = {};
  for (const [name, attempt] of Object.entries(tries)) {
    told[name] = await attempt().then(() => "allowed", () => "refused");
  }
  return told;
}"""


class Elsewhere(BaseHTTPRequestHandler):
    """Somebody else's page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><body>")

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.mark.parametrize("own", ["127.0.0.1", "localhost"])
def test_a_page_of_another_origin_can_neither_read_nor_trigger_anything(
    own: str, browser: Browser, serve: Callable[[str], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, answered = serve("pendulum"), []

    def note(data: Any) -> dict[str, Any]:
        answered.append(data)
        return {}

    for path in server.answers:
        monkeypatch.setitem(server.answers, path, note)
    elsewhere = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    with running(elsewhere):
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://{own}:{elsewhere.server_address[1]}/")
        told = page.evaluate(ATTACK, [f"http://127.0.0.1:{server.server_port}", server.token])
        context.close()
    assert set(told.values()) == {"refused"}
    assert len(told) == 6
    assert answered == []
