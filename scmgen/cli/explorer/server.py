"""The server of the page: on this machine only, for nobody but the page itself.

Other pages in the same browser can send requests to it, so every answer that tells something needs the token
that was printed in the address, in a header that a page of another origin may not send without asking
(no answer ever allows it); the names of host and origin are checked too, against DNS rebinding.
"""

from __future__ import annotations

import io
import json
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import quote

from scmgen.cli.explorer import page, question
from scmgen.cli.explorer.answers import Explorer
from scmgen.errors import ScmgenError
from scmgen.publish.pages.document import LOCKED

ADDRESS = "127.0.0.1"
LARGEST = 65_536  # bytes of a request
MOST = 64  # connections at once; a browser opens about six for a page
PATIENCE = 60.0  # seconds in which a connection must have sent its next question, or taken the answer
_SAFE = "=:,;~.-_%"  # what may stand in a word of an address as it is
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_NOTHING = f"default-src 'none'; {LOCKED}"  # for what is no page


class Refusal(Exception):
    """A request that is not answered: the status, and the reason in words."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Server(ThreadingHTTPServer):
    """Serves one explorer on a port of 127.0.0.1; 0 takes a free one; ``at`` is the state that its address opens.

    Raises:
        ScmgenError: if the port cannot be had.
    """

    daemon_threads = True

    def __init__(self, explorer: Explorer, port: int = 0, at: str = "") -> None:
        self.token, self.page = secrets.token_urlsafe(24), page.served()
        words = [word for word in at.rpartition("#")[2].split("&") if word and not word.startswith("token=")]
        self._at = "".join(f"&{quote(word, safe=_SAFE)}" for word in words)
        self._free = threading.BoundedSemaphore(MOST)
        self.answers: dict[str, Callable[[Any], dict[str, Any]]] = {
            "/api/scene": lambda data: explorer.describe(),
            "/api/reload": lambda data: explorer.reload(),
            "/api/world": explorer.answer,
        }
        try:
            super().__init__((ADDRESS, port), Handler)
        except OSError as error:
            refusal = f"port {port} of {ADDRESS} cannot be had: {(error.strerror or str(error)).lower()}"
            raise ScmgenError(f"{refusal}; give another --port, or none for a free one") from None

    def server_bind(self) -> None:
        """Bind without looking up the name of the machine, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin to serve a connection, unless there are too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        with suppress(OSError):
            request.setblocking(False)
            request.send(_FULL)
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that hung up."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """The address of the page; what stands behind # stays in the browser."""
        return f"http://{ADDRESS}:{self.server_port}/#token={self.token}{self._at}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a browser may call this server."""
        return tuple(f"{name}:{self.server_port}" for name in (ADDRESS, "localhost"))


class _Incoming(io.RawIOBase):
    """What a connection sends, until its time is over, however slowly it comes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self.until = connection, 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class Handler(BaseHTTPRequestHandler):
    """Gives the page to GET, and answers as JSON to POST."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "scmgen", ""
    wbufsize = -1  # head and body in one packet, or the kernel waits 40 ms between them

    def setup(self) -> None:
        """Read with an eye on the clock."""
        super().setup()
        self.rfile.close()
        self._incoming = _Incoming(self.connection)
        self.rfile = io.BufferedReader(self._incoming)

    def handle_one_request(self) -> None:
        """Wait for a question and answer it, within the time that a connection has."""
        self._incoming.until = time.monotonic() + PATIENCE
        super().handle_one_request()

    def do_GET(self) -> None:
        """Give the page."""
        self._guard(self._page)

    def do_POST(self) -> None:
        """Answer a question."""
        self._guard(self._answer)

    def _guard(self, respond: Callable[[], None]) -> None:
        try:
            self._check_sender()
            respond()
        except Refusal as refusal:
            self._refuse(refusal.status, str(refusal))
        except ScmgenError as error:
            self._json(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except (ConnectionError, TimeoutError):
            self.close_connection = True
            raise
        except Exception as error:  # a plug-in's function may raise anything
            self._json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": f"{type(error).__name__}: {error}"})

    def _check_sender(self) -> None:
        """Raise unless a page of this server asks, or a person typed the address."""
        if self.headers.get_all("Host") not in [[host] for host in self.server.hosts]:
            raise Refusal(HTTPStatus.FORBIDDEN, "this server answers to 127.0.0.1 and localhost only")
        origin, site = self.headers.get("Origin"), self.headers.get("Sec-Fetch-Site")
        if origin is not None and origin != f"http://{self.headers['Host']}":
            raise Refusal(HTTPStatus.FORBIDDEN, "requests of other pages are refused")
        if site not in (None, "same-origin", "none"):
            raise Refusal(HTTPStatus.FORBIDDEN, "requests of other pages are refused; type the address yourself")

    def _page(self) -> None:
        if self.path != "/":
            raise Refusal(HTTPStatus.NOT_FOUND, "there is no such page")
        shown = self.server.page
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", shown.text.encode(), shown.policy)

    def _answer(self) -> None:
        if self.path not in self.server.answers:
            raise Refusal(HTTPStatus.NOT_FOUND, "there is no such question")
        token = self.headers.get("X-Scmgen-Token", "")
        if not secrets.compare_digest(token.encode(), self.server.token.encode()):
            raise Refusal(HTTPStatus.FORBIDDEN, "wrong token: open the address that scmgen explore printed last")
        if self.headers.get_content_type() != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question is application/json")
        data = question.parse(self.rfile.read(self._length()))
        self._json(HTTPStatus.OK, self.server.answers[self.path](data))

    def _length(self) -> int:
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or len(lengths) != 1 or not lengths[0].isdecimal():
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "a question says its length")
        if len(lengths[0]) > 9 or int(lengths[0]) > LARGEST:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a question has at most {LARGEST} bytes")
        return int(lengths[0])

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        """Answer without reading what else was sent, and hang up."""
        self.close_connection = True
        self._json(status, {"error": reason})

    def _json(self, status: HTTPStatus, data: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(data, allow_nan=False).encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes, policy: str = _NOTHING) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **_HEADERS}
        headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
        if self.close_connection:
            headers["Connection"] = "close"
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = "GET, POST"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.connection.settimeout(PATIENCE)
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the library itself refuses, unknown methods above all, as everything else is."""
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self._refuse(status, "only GET and POST are answered" if status == 405 else status.phrase)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal quiet."""
