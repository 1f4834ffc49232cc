"""The explorer's page where something is amiss: a refusal, a wrong token, a hostile scene, a page of another origin."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from explorer_page import opened, running, settle, slide, source, until, value

from scmgen.cli.explorer import subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


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
    told = page.locator('[data-factor="light_angle"] .problem')
    told.wait_for()
    assert told.inner_text() == "do(light_angle): 9 is outside the range 1.15 to 2 rad"
    assert (told.get_attribute("role"), page.is_hidden("#problem")) == ("alert", True)
    assert page.get_attribute('[data-factor="light_angle"] input[type=range]', "aria-invalid") is None
    assert page.locator('[data-factor="light_angle"] [aria-invalid]').count() == 1
    assert value(page, "light_angle") == 1.4
    slide(page, "light_angle", 1.5)
    assert told.is_hidden() and page.locator("[aria-invalid]").count() == 0
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
    told = page.locator('[data-factor="light_angle"] .problem')
    told.wait_for()
    assert told.inner_text() == "The server does not answer; is scmgen explore still running?"
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


def test_nothing_is_asked_of_anybody_else(page: Page, serve: Callable[[str], Server]) -> None:
    server, asked = serve("pendulum"), []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, server)
    slide(page, "light_angle", 1.4)
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {f"127.0.0.1:{server.server_port}"}


ATTACK = """async ([target, token]) => {
  const post = (path, type, more) => fetch(target + path, {
    method: "POST", headers: {"Content-Type": type}, body: "{}", ...more,
  });
  const knowing = {headers: {"Content-Type": "application/json", "X-Scmgen-Token": token}};
  const tries = {
    read: () => fetch(target + "/"),
    ask: () => post("/api/scene", "application/json", knowing),
    plain: () => post("/api/reload", "text/plain"),
    blind: () => post("/api/reload", "text/plain", {mode: "no-cors"}).then((r) => r.json()),
    script: () => new Promise((done, fail) => {
      const script = document.createElement("script");
      Object.assign(script, {src: target + "/", onload: done, onerror: fail});
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
