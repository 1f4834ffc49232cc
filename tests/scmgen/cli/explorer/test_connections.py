"""The explorer's server under too many connections, and under slow ones."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from threading import Thread

import pytest

from scmgen.cli.explorer import server, subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import MOST, Server


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    with Server(Explorer(lambda: subject.find("pendulum"))) as found:
        thread = Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def connected(served: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.server_port), timeout=20)


def page(served: Server) -> bytes:
    """Ask for the page; give all that comes."""
    with connected(served) as connection:
        asked = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{served.server_port}\r\nConnection: close\r\n\r\n"
        with contextlib.suppress(ConnectionError):  # it may have been refused already
            connection.sendall(asked.encode())
        return read(connection)


def read(connection: socket.socket) -> bytes:
    """Everything until the server hangs up."""
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65_536):
            pieces.append(piece)
    return b"".join(pieces)


def eventually(served: Server, beginning: bytes) -> None:
    deadline = time.monotonic() + 20
    while not (found := page(served)).startswith(beginning):
        assert time.monotonic() < deadline, found[:100]
        time.sleep(0.02)


def test_more_connections_than_the_most_are_refused_and_those_that_end_make_room(served: Server) -> None:
    with contextlib.ExitStack() as idle:
        for _ in range(MOST):
            idle.enter_context(connected(served))
        eventually(served, b"HTTP/1.1 503 Service Unavailable\r\n")
    eventually(served, b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("slow", [b"", b"GET / HT", b"POST /api/world HTTP/1.1\r\nHost: a"])
def test_a_connection_has_its_time_however_slowly_it_sends(
    slow: bytes, served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.5)
    began = time.monotonic()
    with connected(served) as connection:
        connection.settimeout(0.05)
        while time.monotonic() < began + 20:
            try:
                connection.sendall(slow[:1])  # a byte now and then, for ever
                slow = slow[1:] or b"X" * bool(slow)
                if not connection.recv(1):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
    assert 0.4 < time.monotonic() - began < 10
    eventually(served, b"HTTP/1.1 200 OK\r\n")


def test_a_body_that_does_not_come_is_not_waited_for(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.5)
    lines = [
        "POST /api/world HTTP/1.1",
        f"Host: 127.0.0.1:{served.server_port}",
        f"X-Scmgen-Token: {served.token}",
        "Content-Type: application/json",
        "Content-Length: 100",
    ]
    with connected(served) as connection:
        connection.sendall("\r\n".join([*lines, "", "{"]).encode())
        assert read(connection) == b""
