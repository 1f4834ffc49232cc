"""The explorer's server, as somebody else's page or script meets it."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from explored import ASKED

from scmgen.cli.explorer import subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import LARGEST, Server


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
    assert (status, found["do"]) == (200, [{"light_angle": 1.5}])
    assert response.getheader("Access-Control-Allow-Origin") is None
    origin = {"Origin": f"http://127.0.0.1:{served.server_port}", "Sec-Fetch-Site": "same-origin"}
    assert send(served, headers=origin)[0] == 200
    assert send(served, path="/api/scene", body=b"{}")[1]["name"] == "pendulum"
    local = {"Host": f"localhost:{served.server_port}"}
    assert send(served, headers=local)[0] == 200


def test_the_page_carries_the_headers_that_lock_it(served: Server) -> None:
    status, text, response = send(served, "GET", "/", headers={"X-Scmgen-Token": None})
    assert status == 200
    assert len(text) > 1_000
    assert served.token not in text.decode()
    assert response.getheader("X-Content-Type-Options") == "nosniff"
    assert response.getheader("Cross-Origin-Resource-Policy") == "same-origin"
    policy = dict(part.strip().split(" ", 1) for part in response.getheader("Content-Security-Policy", "").split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"].startswith("'sha256-") and policy["connect-src"] == "'self'"
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
            json.dumps({**ASKED, "do": [{"light_angle": 9}]}).encode(),
            "do(light_angle): 9 is outside the range 1.15 to 2 rad",
        ),
        (json.dumps({**ASKED, "do": [{"x": 1e400}]}).encode(), "the request is not valid JSON"),
    ],
)
def test_a_bad_question_is_a_bad_request_and_says_why(body: bytes, error: str, served: Server) -> None:
    assert send(served, body=body)[:2] == (400, {"error": error})


@pytest.mark.parametrize(
    "path", ["/../pyproject.toml", "/%2e%2e/server.py", "/server.py", "/explore.html", "/web/start.js", "/?x"]
)
def test_no_other_file_is_given(path: str, served: Server) -> None:
    assert send(served, "GET", path)[:2] == (404, {"error": "there is no such page"})


@pytest.mark.parametrize("path", ["/", "/api", "/api/world/", "/api/worlds"])
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
    assert len({answer["samples"][0]["worlds"][0]["values"]["light_angle"] for answer in found}) == 12
