"""A server on this machine that speaks what ``huggingface_hub`` needs to put a data set on the Hub."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_a-token-of-this-machine"  # noqa: S105
CUT = 0  # instead of a status: the line is cut


@dataclass
class Hub:
    """What the server holds, and how it fails.

    Attributes:
        repos: name and whether it is private.
        blobs: contents of large files, by their sums.
        files: names and contents, once a commit has made them.
        commits: their titles.
        failing: a part of an address, and the status that is answered there (:data:`CUT`: none).
        calls: methods and addresses, in order.
    """

    repos: dict[str, bool] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving() -> Iterator[Hub]:
    """Serve a hub on a free port."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def _answer(self, data: Any, status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _handle(self) -> None:
        path, body = self.path.partition("?")[0], self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.hub.calls.append(f"{self.command} {path}")
        failure = next((status for part, status in self.hub.failing.items() if part in path), None)
        if failure == CUT and failure is not None:
            self.close_connection = True
            self.connection.close()
        elif failure is not None:
            self._answer({"error": f"failing, as {TOKEN} was told"}, failure)
        elif "/blobs/" not in path and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer({"error": "Invalid credentials"}, 401)
        else:
            self._route(path, body)

    do_GET = do_POST = do_PUT = _handle

    def _route(self, path: str, body: bytes) -> None:
        if path == "/api/repos/create":
            self._create(json.loads(body))
        elif "/blobs/" in path:
            self.hub.blobs[hashlib.sha256(body).hexdigest()] = body
            self._answer({})
        elif "/tree/" in path:
            self._answer([self._entry(name, data) for name, data in self.hub.files.items()])
        elif "/preupload/" in path:
            asked = json.loads(body)["files"]
            modes = [{"path": one["path"], "uploadMode": _mode(one["path"]), "shouldIgnore": False} for one in asked]
            self._answer({"files": modes})
        elif path.endswith("/info/lfs/objects/batch"):
            self._batch(json.loads(body))
        elif "/commit/" in path:
            self._commit([json.loads(line) for line in body.splitlines()])
        elif path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        else:
            self._answer({"error": f"nothing is at {path}"}, 404)

    def _create(self, asked: dict[str, Any]) -> None:
        name = f"{asked['organization']}/{asked['name']}"
        known = name in self.hub.repos
        if not known:
            self.hub.repos[name] = bool(asked.get("private")) or asked.get("visibility") == "private"
        self._answer({"url": f"{self.hub.url}/datasets/{name}"}, 409 if known else 200)

    def _entry(self, name: str, data: bytes) -> dict[str, Any]:
        return {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}  # noqa: S324

    def _batch(self, asked: dict[str, Any]) -> None:
        told = []
        for one in asked["objects"]:
            upload = {"href": f"{self.hub.url}/blobs/{one['oid']}", "header": {}}
            told.append(one if one["oid"] in self.hub.blobs else {**one, "actions": {"upload": upload}})
        self._answer({"transfer": "basic", "objects": told})

    def _commit(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                self.hub.commits.append(value["summary"])
            elif line["key"] == "deletedFile":
                del self.hub.files[value["path"]]
            elif line["key"] == "lfsFile":
                self.hub.files[value["path"]] = self.hub.blobs[value["oid"]]
            else:
                self.hub.files[value["path"]] = base64.b64decode(value["content"])
        repo = next(iter(self.hub.repos))
        self._answer({"commitOid": "0" * 40, "commitUrl": f"{self.hub.url}/datasets/{repo}/commit/{'0' * 40}"})


def _mode(name: str) -> str:
    return "lfs" if name.endswith(".tar") else "regular"
