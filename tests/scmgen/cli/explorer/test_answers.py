"""The explorer's answers, the code that it writes, and its server as somebody else's page or script meets it."""

from __future__ import annotations

import base64
import functools
import http.client
import io
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

import scmgen
from scmgen.cli import datasets, options, scenes
from scmgen.cli.explorer import answers, question, subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import LARGEST, Server
from scmgen.dataset import catalogue
from scmgen.dataset.sampling import compile_spec
from scmgen.errors import ScmgenError
from scmgen.scm import vocabulary

ASKED: dict[str, Any] = {"seed": 3, "index": 5, "noise": 5, "size": 32, "do": {"light_angle": 1.5}}
PLUGIN = "from scmgen import function\n\n\n@function()\ndef twice_it(x):\n    return 2 * x\n"
SCENE = """\
name: swing
parameters: {wobble: 0.01}
equations:
  angle: uniform(-0.7, 0.7)
  sort: category(1, 1)
  length: 0.3 + 0.1 * angle ** 2 + 0.05 * sort + uniform(-wobble, wobble)
  heading: uniform(0, 1)
factors:
  angle: {range: [-0.7, 0.7], unit: rad, long_name: the angle}
  sort: {levels: [low, high]}
  length: {range: [0.2, 0.5]}
  heading: {range: [0, 1], circular: true, unit: turn}
draw:
  - mark: disc
    x: 0.5 + length * sin(angle)
    y: 0.7 - length * cos(angle)
    radius: 0.05 + 0.05 * sort
    hsv: [heading, 0.8, 0.8]
"""


def pixels(url: str) -> np.ndarray[Any, Any]:
    head, data = url.split(",", 1)
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


@pytest.fixture
def swing(tmp_path: Path) -> Path:
    (tmp_path / "swing.yaml").write_text(SCENE, encoding="utf-8")
    return tmp_path / "swing.yaml"


# Answers


@pytest.mark.parametrize("do", [{}, {"light_angle": 1.5}, {"light_angle": 1.2, "shadow_length": 3.0}])
@pytest.mark.parametrize("noise", [5, 6])
def test_an_answer_is_what_the_library_computes_and_draws(do: dict[str, float], noise: int) -> None:
    scene = scmgen.load_scene("pendulum")
    factual = scene.sample(1, seed=3, start=5)
    twin = scene.counterfactual(factual, do) if noise == 5 else scene.sample(1, seed=3, start=noise, do=do)
    found = Explorer(lambda: subject.find("pendulum")).answer({**ASKED, "noise": noise, "do": do})
    for name, world in (("factual", factual), ("twin", twin)):
        assert found[name]["values"] == {variable: world[variable].item() for variable in scene.scm.variables}
        np.testing.assert_array_equal(pixels(found[name]["image"]), scene.render(world, 32)[0])
    assert found["moved"] == [name for name in scene.factors if factual[name].item() != twin[name].item()]
    assert found["milliseconds"] > 0


def test_the_difference_is_black_where_nothing_changed_and_bright_where_it_did() -> None:
    explorer = Explorer(lambda: subject.find("pendulum"))
    assert (pixels(explorer.answer({**ASKED, "do": {}})["difference"]) == 0).all()
    found = explorer.answer(ASKED)
    changed = (pixels(found["factual"]["image"]) != pixels(found["twin"]["image"])).any(axis=-1)
    assert 0.01 < changed.mean() < 0.5
    np.testing.assert_array_equal(pixels(found["difference"]) > 0, changed)


def test_the_graph_shows_what_the_do_cuts() -> None:
    explorer = Explorer(lambda: subject.find("flow"))
    asked = {**ASKED, "do": {"water_height": 3.9}}
    assert 'class="edge directed cut" data-from="ball_radius" data-to="water_height"' in explorer.answer(asked)["graph"]
    assert " cut" not in explorer.answer({**ASKED, "do": {}})["graph"]


def test_a_description_names_factors_causes_and_equations(swing: Path) -> None:
    told = answers.describe(subject.find(str(swing)))
    assert (told["name"], told["file"], told["parameters"]) == ("swing", str(swing), {"wobble": 0.01})
    assert [(f["name"], f["low"], f["high"], f["causes"]) for f in told["factors"]] == [
        ("angle", -0.7, 0.7, []),
        ("sort", 0.0, 1.0, []),
        ("length", 0.2, 0.5, ["angle", "sort"]),
        ("heading", 0.0, 1.0, []),
    ]
    assert told["factors"][0] == {
        **{"name": "angle", "long_name": "the angle", "unit": "rad", "levels": [], "low": -0.7, "high": 0.7},
        **{"step": 0.01, "circular": False, "causes": []},
    }
    assert [f["step"] for f in told["factors"][2:]] == [0.002, 0.01]
    assert {"targets": ["sort"], "text": "category(1, 1)"} in told["equations"]


def test_a_hidden_common_cause_is_named_among_the_causes() -> None:
    factors = {f["name"]: f["causes"] for f in answers.describe(subject.find("spurious-pairs-95"))["factors"]}
    assert factors["object"] == ["a hidden cause shared with background"]
    assert factors["background"] == ["a hidden cause shared with object"]


def test_a_circular_value_is_wrapped(swing: Path) -> None:
    scene = scmgen.load_scene(swing)
    do = {"heading": -0.25, "angle": 0.7}
    assert question.read({**ASKED, "do": do}, scene).do == {"angle": 0.7, "heading": 0.75}


FACTORS = "angle, heading, length, sort"


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"do": {"angle": 0.8}}, "do(angle): 0.8 is outside the range -0.7 to 0.7 rad"),
        ({"do": {"length": 0.1}}, "do(length): 0.1 is outside the range 0.2 to 0.5"),
        ({"do": {"sort": 2}}, "do(sort): 2 is no level; levels are 0 to 1 (low, high)"),
        ({"do": {"sort": 0.5}}, "do(sort): 0.5 is no level; levels are 0 to 1 (low, high)"),
        ({"do": {"lenght": 0.3}}, "do(lenght): no such factor; did you mean 'length'?"),
        ({"do": {"wobble": 0.3}}, f"do(wobble): no such factor; allowed: {FACTORS}"),
        ({"do": {"angle": 1e999}}, "do.angle: a finite number is needed, found inf"),
        ({"do": {"angle": "0.1"}}, "do.angle: a number is needed, found '0.1'"),
        ({"do": {"angle": None}}, "do.angle: a number is needed, found None"),
        ({"do": {"angle": True}}, "do.angle: a number is needed, found True"),
        ({"do": [1]}, "do: a mapping (key: value) is needed, found [1]"),
        ({"size": 15}, "size: at least 16 is needed, found 15"),
        ({"size": 513}, "size: at most 512 is allowed, found 513"),
        ({"size": 64.5}, "size: a whole number is needed, found 64.5"),
        ({"index": -1}, "index: at least 0 is needed, found -1"),
        ({"index": 10**6}, "index: at most 999999 is allowed, found 1000000"),
        ({"seed": 2**53}, f"seed: at most {2**53 - 1} is allowed, found {2**53}"),
        ({"sede": 1}, "sede: unknown key; did you mean 'seed'?"),
    ],
)
def test_a_question_that_does_not_fit_says_why(part: dict[str, Any], message: str, swing: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        question.read({**ASKED, "do": {}, **part}, scmgen.load_scene(swing))
    assert str(caught.value) == message


def test_a_hidden_variable_is_refused() -> None:
    with pytest.raises(ScmgenError, match=r"^do\(haze\): hidden; only factors can be intervened on: pendulum_angle, "):
        question.read({**ASKED, "do": {"haze": 0.5}}, scmgen.load_scene("pendulum"))


@pytest.mark.parametrize("body", [b"", b"{", b'{"seed": NaN}', b"[Infinity]", b"\xff", b"[" * 5_000, b"9" * 5_000])
def test_a_body_that_is_no_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(ScmgenError, match=r"^the request is not valid JSON$"):
        question.parse(body)


def test_a_file_is_read_again_and_a_faulty_one_leaves_the_old_scene_in_force(swing: Path) -> None:
    explorer = Explorer(lambda: subject.find(str(swing)))
    swing.write_text(SCENE.replace("0.3 + 0.1 *", "0.3 + 0.1 x"), encoding="utf-8")
    with pytest.raises(ScmgenError, match=r"swing\.yaml:6: equations\.length"):
        explorer.reload()
    assert explorer.answer({**ASKED, "do": {}})["moved"] == []
    swing.write_text(SCENE.replace("name: swing", "name: swung"), encoding="utf-8")
    assert explorer.reload()["name"] == "swung"


# The code on the page


def ask(found: subject.Subject, **part: Any) -> dict[str, Any]:
    return Explorer(lambda: found).answer({**ASKED, **part})


def run_copied(code: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a working directory with a scene, one that needs a plug-in, and a recipe."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/swing.yaml").write_text(SCENE, encoding="utf-8")
    text = SCENE.replace("0.1 * angle ** 2", "0.05 * twice_it(angle ** 2)")
    (tmp_path / "swing.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text("scene: plain/swing.yaml\nparameters: {wobble: 0.02}\n", encoding="utf-8")
    (tmp_path / "twice.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    vocabulary.FUNCTIONS.pop("twice_it", None)


@pytest.mark.parametrize(
    ("named", "more", "do"),
    [
        ("pendulum", {}, {"light_angle": 1.4321}),
        ("spurious-pairs-95", {"settings": ["agreement=0.9"]}, {"object": 1, "hue": -0.1}),
        ("shapes-random-4", {}, {}),
        ("swing.yaml", {"plugin_files": (Path("twice.py"),)}, {"sort": 1, "heading": 0.5, "length": 0.3}),
        ("recipe.yaml", {}, {"angle": 0.1}),
    ],
)
def test_the_copied_python_draws_the_very_images(
    named: str, more: dict[str, Any], do: dict[str, float], folder: Path
) -> None:
    scene = subject.find(named, **more)
    for noise, second in ((5, "counterfactual.png"), (8, "intervention.png")):
        found = ask(scene, do=do, noise=noise)
        run_copied(found["python"], folder)
        for name, file in (("factual", "factual.png"), ("twin", second)):
            np.testing.assert_array_equal(np.asarray(Image.open(file)), pixels(found[name]["image"]))


def test_the_python_reads_as_a_person_would_write_it() -> None:
    found = ask(subject.find("shapes-random-4"), do={"shape_left": 2, "hue_right": 0.25})
    assert found["python"] == (
        "from PIL import Image\n"
        "\n"
        "from scmgen.dataset import catalogue\n"
        "\n"
        'scene = catalogue.find("shapes", "er:1.5,factors=4", 1).scene\n'
        "factual = scene.sample(1, seed=3, start=5)\n"
        "do = {\n"
        '    "shape_left": 2,  # triangle\n'
        '    "hue_right": 0.25,\n'
        "}\n"
        "twin = scene.counterfactual(factual, do=do)\n"
        "\n"
        'images = {"factual.png": factual, "counterfactual.png": twin}\n'
        "for file, world in images.items():\n"
        "    Image.fromarray(scene.render(world, size=32)[0]).save(file)\n"
    )


def worlds_of(command: str) -> tuple[Any, list[str]]:
    """What a copied command line would draw, and its words."""
    program, name, *words = shlex.split(command, comments=True)
    assert program == "scmgen"
    room = {"show": scenes.show, "build": datasets.build}[name]
    given = room.make_context(name, list(words)).params
    kept = ("seed", "size", "interventions", "sample_scm", "scm_seed")
    source, spec = options.request(
        given["scene"], given["settings"], given["plugin_files"], **{key: given[key] for key in kept}
    )
    return compile_spec(spec, source.scene), words


@pytest.mark.parametrize("name", [*catalogue.entries(), *catalogue.scenes()])
def test_the_command_line_of_every_data_set_draws_the_very_images(name: str) -> None:
    found = subject.find(name)
    chosen = list(found.scene.factors)[:2]
    do = {factor: found.scene.factors[factor].bounds[1] for factor in chosen}
    for noise in (5, 8):
        answer = ask(found, do=do, noise=noise)
        dataset, _ = worlds_of(answer["command"])
        split = next(iter(dataset.regimes))
        left, right = (dataset.evaluate(split, at, at + 1) for at in (5, noise))
        images = dataset.draw(split, left.domain, left.values), dataset.draw(split, right.domain, right.twins[0].values)
        np.testing.assert_array_equal(images[0][0], pixels(answer["factual"]["image"]))
        np.testing.assert_array_equal(images[1][0], pixels(answer["twin"]["image"]))


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({}, "# the images of pair 6"),
        ({"noise": 399}, "# the first image of pair 6 and the second of pair 400"),
        ({"index": 400, "noise": 400}, "# the images of sample train-000000400"),
    ],
)
def test_the_command_line_says_where_its_images_are(part: dict[str, int], where: str) -> None:
    command = ask(subject.find("pendulum"), **part)["command"]
    assert command.splitlines()[1:] == [where]
    _, words = worlds_of(command)
    size = int(words[words.index("--pairs" if "--pairs" in words else "--n") + 1])
    last = 1 + max(part.get("index", 5), part.get("noise", 5))
    assert size == last if "--pairs" in words else 0.8 * size >= last


def test_the_copied_command_line_runs(tmp_path: Path) -> None:
    command = ask(subject.find("pendulum"), index=1, noise=1)["command"]
    words = shlex.split(command, comments=True)[1:]
    line = [sys.executable, "-c", "from scmgen.cli.main import main; main()", *words]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "pendulum.png: 2 pairs of pendulum\n", "")


def test_where_no_command_line_can_do_it_that_is_said(swing: Path) -> None:
    everything = {"angle": 0, "sort": 1, "length": 0.3, "heading": 0.5}
    assert ask(subject.find(str(swing)), do=everything)["command"].startswith("# a data set never sets every factor")
    swing.write_text(SCENE.replace("heading", "sizes"), encoding="utf-8")
    assert ask(subject.find(str(swing)), do={"sizes": 0.5})["command"].startswith("# sizes is also an option")


# The server


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    with Server(Explorer(lambda: subject.find("pendulum"))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def send(
    server: Server,
    method: str = "POST",
    path: str = "/api/world",
    body: bytes | None = None,
    headers: dict[str, str | None] | None = None,
) -> tuple[int, Any, http.client.HTTPResponse]:
    """Send a request as the page does, but for what is given; None leaves a header out."""
    own = {"Host": f"127.0.0.1:{server.server_port}", "Content-Type": "application/json"}
    data = json.dumps(ASKED).encode() if body is None else body
    usual = {**own, "X-Scmgen-Token": server.token, "Content-Length": str(len(data)), **(headers or {})}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in usual.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(data if method == "POST" else None)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return (
        response.status,
        json.loads(text) if text[:1] == b"{" else text,
        response,
    )


def test_the_page_gets_its_answers(served: Server) -> None:
    status, found, response = send(served)
    assert (status, found["do"]) == (200, {"light_angle": 1.5})
    assert response.getheader("Access-Control-Allow-Origin") is None
    origin = {"Origin": f"http://127.0.0.1:{served.server_port}", "Sec-Fetch-Site": "same-origin"}
    assert send(served, headers=origin)[0] == 200
    assert send(served, path="/api/scene", body=b"{}")[1]["name"] == "pendulum"
    local = {"Host": f"localhost:{served.server_port}"}
    assert send(served, headers=local)[0] == 200


@pytest.mark.parametrize("path", ["/", "/explore.css", "/explore.js"])
def test_the_files_of_the_page_carry_the_headers_that_lock_it(path: str, served: Server) -> None:
    status, text, response = send(served, "GET", path, headers={"X-Scmgen-Token": None})
    assert status == 200
    assert len(text) > 1_000
    assert served.token not in text.decode()
    assert response.getheader("X-Content-Type-Options") == "nosniff"
    assert response.getheader("Cross-Origin-Resource-Policy") == "same-origin"
    policy = dict(part.strip().split(" ", 1) for part in response.getheader("Content-Security-Policy", "").split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)
    assert not re.search(rb"(?:https?:)?//[a-z]", re.sub(rb"\s//.*|http://www.w3.org", b"", text))


OTHERS = "requests of other pages are refused"


@pytest.mark.parametrize(
    ("headers", "status", "error"),
    [
        ({"X-Scmgen-Token": None}, 403, "wrong token: open the address that scmgen explore printed last"),
        ({"X-Scmgen-Token": "wrong"}, 403, "wrong token: open the address that scmgen explore printed last"),
        ({"X-Scmgen-Token": "\xe9"}, 403, "wrong token: open the address that scmgen explore printed last"),
        ({"Host": "evil.example"}, 403, "this server answers to 127.0.0.1 and localhost only"),
        ({"Host": "127.0.0.1"}, 403, "this server answers to 127.0.0.1 and localhost only"),
        ({"Host": None}, 403, "this server answers to 127.0.0.1 and localhost only"),
        ({"Origin": "http://evil.example"}, 403, OTHERS),
        ({"Origin": "null"}, 403, OTHERS),
        ({"Origin": "http://127.0.0.1:1"}, 403, OTHERS),
        ({"Sec-Fetch-Site": "cross-site"}, 403, f"{OTHERS}; type the address yourself"),
        ({"Sec-Fetch-Site": "same-site"}, 403, f"{OTHERS}; type the address yourself"),
        ({"Content-Type": "text/plain"}, 415, "a question is application/json"),
        ({"Content-Type": None}, 415, "a question is application/json"),
        ({"Content-Length": None}, 411, "a question says its length"),
        ({"Content-Length": "-1"}, 411, "a question says its length"),
        ({"Content-Length": None, "Transfer-Encoding": "chunked"}, 411, "a question says its length"),
        ({"Content-Length": str(LARGEST + 1)}, 413, f"a question has at most {LARGEST} bytes"),
        ({"Content-Length": "9" * 30}, 413, f"a question has at most {LARGEST} bytes"),
    ],
)
def test_who_may_not_ask_is_refused(headers: dict[str, str | None], status: int, error: str, served: Server) -> None:
    found = send(served, headers=headers)
    assert found[:2] == (status, {"error": error})
    assert found[2].getheader("Connection") == "close"
    assert found[2].getheader("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "the request is not valid JSON"),
        (b'{"do": NaN}', "the request is not valid JSON"),
        (b"[]", "question: a mapping (key: value) is needed, found []"),
        (
            json.dumps({**ASKED, "do": {"light_angle": 9}}).encode(),
            "do(light_angle): 9 is outside the range 1.15 to 2 rad",
        ),
        (json.dumps({**ASKED, "do": {"x": 1e400}}).encode(), "the request is not valid JSON"),
    ],
)
def test_a_bad_question_is_a_bad_request_and_says_why(body: bytes, error: str, served: Server) -> None:
    assert send(served, body=body)[:2] == (400, {"error": error})


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/server.py", "/server.py", "/explore.html", "/?x"])
def test_no_other_file_is_given(path: str, served: Server) -> None:
    assert send(served, "GET", path)[:2] == (404, {"error": "there is no such page"})


@pytest.mark.parametrize("path", ["/", "/api", "/api/world/", "/api/worlds", "/explore.js"])
def test_no_other_question_is_answered(path: str, served: Server) -> None:
    assert send(served, "POST", path)[:2] == (404, {"error": "there is no such question"})


def test_answers_are_no_pages(served: Server) -> None:
    assert send(served, "GET", "/api/scene")[:2] == (404, {"error": "there is no such page"})


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "HEAD", "CONNECT"])
def test_other_methods_are_refused(method: str, served: Server) -> None:
    status, found, response = send(served, method, "/api/world")
    assert (status, response.getheader("Allow")) == (405, "GET, POST")
    assert found == {"error": "only GET and POST are answered"} if method != "HEAD" else found == b""
    assert response.getheader("Access-Control-Allow-Methods") is None


@pytest.mark.parametrize("line", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"/" * 70_000 + b"\r\n"])
def test_what_is_no_http_gets_no_page_of_the_library(line: bytes, served: Server) -> None:
    with socket.create_connection(served.server_address[:2], timeout=20) as connection:
        connection.sendall(line)
        told = connection.makefile("rb").read()
    assert b"Traceback" not in told
    assert b"<html" not in told.lower()
    assert send(served)[0] == 200


def test_an_error_inside_is_told_without_a_traceback(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: Any) -> dict[str, Any]:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setitem(served.answers, "/api/world", fail)
    assert send(served)[:2] == (500, {"error": "ZeroDivisionError: division by zero"})


def test_only_this_machine_is_served(served: Server) -> None:
    assert served.server_address[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", served.server_port), timeout=5)


def test_many_can_ask_at_once(served: Server) -> None:
    found: list[Any] = []
    bodies = [json.dumps({**ASKED, "index": k, "noise": k}).encode() for k in range(12)]
    threads = [Thread(target=lambda body=body: found.append(send(served, body=body)[1])) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer["factual"]["values"]["light_angle"] for answer in found}) == 12


# The command


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
        assert process.wait(20) == 0
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
        (["pendulum", "--port", "0"], "Usage: "),
    ],
)
def test_bad_input_is_one_message(words: list[str], message: str, tmp_path: Path) -> None:
    with start(*words, folder=tmp_path) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(message)
    assert "Traceback" not in err


def test_a_change_is_drawn_quickly() -> None:
    for name in ("pendulum", "shapes", "collision"):
        explorer = Explorer(functools.partial(subject.find, name))
        factor, domain = next((f, d) for f, d in explorer.subject.scene.factors.items() if not d.levels)
        taken = []
        for value in np.linspace(*domain.bounds, 20):
            asked = {**ASKED, "size": 256, "do": {factor: float(value)}}
            taken.append(explorer.answer(asked)["milliseconds"])
        assert np.median(taken) < 200
        print(f"{name}: {np.median(taken):.1f} ms")  # the figure of docs/explore.md on a quiet machine
