"""``scmgen explore``: it serves until it is interrupted, and bad input is one message."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from explored import SCENE
from shell_here import Shell


def start(*words: str, folder: Path) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", "from scmgen.cli.main import main; main()", "explore", *words]
    return subprocess.Popen(
        line,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    with start("pendulum", "--seed", "7", "--set", "haze_noise=1", folder=tmp_path) as process:
        assert process.wait(60) == 2
        assert process.stderr is not None
        assert process.stderr.read().startswith("scmgen: --set haze_noise=1: pendulum has no parameter 'haze_noise'; ")
    with start("pendulum", "--seed", "7", folder=tmp_path) as process:
        assert process.stdout is not None
        url = re.fullmatch(
            r"pendulum: explore it at http://127\.0\.0\.1:(\d+)/#token=(\S{32})\n", process.stdout.readline()
        )
        assert url is not None
        connection = http.client.HTTPConnection("127.0.0.1", int(url[1]), timeout=20)
        headers = {"Content-Type": "application/json", "X-Scmgen-Token": url[2]}
        connection.request("POST", "/api/scene", "{}", headers)
        assert json.load(connection.getresponse())["seed"] == 7
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "\nended\n"
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("words", "screen", "opens"), [((), True, True), (("--no-open",), True, False), ((), False, False)]
)
def test_a_browser_is_opened_on_a_terminal_with_a_screen(
    words: tuple[str, ...], screen: bool, opens: bool, tmp_path: Path
) -> None:
    import pty

    (tmp_path / "browser.py").write_text("import pathlib, sys\npathlib.Path('opened').write_text(sys.argv[1])\n")
    outer, inner = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    shown = {"DISPLAY": ":0"} if screen else {}
    line = [sys.executable, "-c", "from scmgen.cli.main import main; main()", "explore", "pendulum", *words]
    with subprocess.Popen(
        line, cwd=tmp_path, stdout=inner, env={**kept, **shown, "BROWSER": f"{sys.executable} browser.py %s"}
    ) as process:
        told = b""
        while b"Ctrl-C" not in told:
            told += os.read(outer, 1_000)
        url = told.split()[4].decode()
        connection = http.client.HTTPConnection(url.split("/")[2], timeout=20)
        connection.request("GET", "/")  # answered once the browser was opened
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGINT)
    os.close(outer)
    os.close(inner)
    opened = tmp_path / "opened"
    assert (opened.read_text() if opened.exists() else None) == (url if opens else None)


def test_a_port_in_use_is_one_message(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start("pendulum", "--port", str(port), folder=tmp_path) as process:
            out, err = process.communicate(timeout=60)
    told = f"scmgen: port {port} of 127.0.0.1 cannot be had: address already in use; give another --port, or none"
    assert (process.returncode, out, err) == (2, "", f"{told} for a free one\n")


def test_a_scene_that_cannot_be_drawn_is_one_message(swing: Path) -> None:
    swing.write_text(SCENE.replace("0.3 + 0.1", "0.3 + 0 / 0 + 0.1"), encoding="utf-8")
    with start("swing.yaml", folder=swing.parent) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("scmgen: swing.yaml:6: equations.length: length is nan in row 0")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pendlum"], "scmgen: no scene or data set 'pendlum'; did you mean 'pendulum'?"),
        (["pendulum", "--scm-seed", "1"], "scmgen: --scm-seed goes with --sample-scm, such as --sample-scm er:1.5"),
        (["nosuch.yaml"], "scmgen: nosuch.yaml: cannot be read: No such file or directory"),
        (["pendulum", "--port", "0"], "scmgen explore: Invalid value for '--port': 0 is not in the range "),
    ],
)
def test_bad_input_is_one_message(words: list[str], message: str, tmp_path: Path) -> None:
    with start(*words, folder=tmp_path) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(message)
    assert "Traceback" not in err


def test_a_page_is_exported_for_a_lesson_whose_scene_lies_beside_it(swing: Path, shell: Shell) -> None:
    step = "{title: One, text: Look., state: {sample: 7, do: {angle: 0.2}}}"
    swing.with_name("lesson.yaml").write_text(f"title: Swings\nscene: swing.yaml\nsteps: [{step}]\n", encoding="utf-8")
    folder = swing.parent
    lesson, out = str(folder / "lesson.yaml"), str(folder / "page.html")
    line = ["explore", "--lesson", lesson, "--export", out, "--samples", "2", "--values", "3", "--size", "32"]
    status, told, err = shell(*line)
    assert (status, err) == (0, "")
    counts = r"\d+ pictures of 3 samples at 32 px, 3 values a factor, [\d.]+ KB; it needs no server\n"
    assert re.fullmatch(re.escape(out) + ": " + counts, told)
    text = Path(out).read_text("utf-8")
    assert '"title":"Swings"' in text and len(text) < 1_000_000
    assert sorted(path.name for path in folder.iterdir()) == ["lesson.yaml", "page.html", "swing.yaml"]
    assert shell(*line)[0] == 0 and Path(out).read_text("utf-8") == text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give SCENE, or a lesson that names one: --lesson confounding"),
        (["--lesson", "confuonding"], "--lesson confuonding: no such lesson; did you mean 'confounding'?; or give"),
        (["pendulum", "--lesson", "confounding"], "3 faults:\n"),
        (["pendulum", "--values", "5"], "--values goes with --export FILE.html"),
        (["pendulum", "--export", "page.txt"], "--export page.txt: the page is an HTML file; call it page.html"),
        (["pendulum", "--export", "no/page.html"], "--export no/page.html: no such folder: no"),
        (["pendulum", "--export", "p.html", "--at", "seed=1"], "--at goes without --export: in a browser open p.html#"),
        (["pendulum", "--export", "p.html", "--port", "80"], "--port goes without --export: a page in a file has no "),
    ],
)
def test_what_does_not_go_together_is_one_message(words: list[str], message: str, shell: Shell) -> None:
    status, out, err = shell("explore", *words)
    assert (status, out) == (2, "")
    assert err.startswith(f"scmgen: {message}")
