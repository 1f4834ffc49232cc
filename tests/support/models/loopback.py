"""A server on this machine that speaks the OpenAI protocol, well or badly; a model behind it knows a street."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-a-key-of-this-test-0123456789"
STREET = {
    "describe": "A wet street in the rain, a lamp above it.",
    "concepts": {
        "concepts": [
            {"name": "weather", "value": "rainy", "values": ["rainy", "dry"]},
            {"name": "road", "value": "wet", "values": ["wet", "dry"]},
            {"name": "reflection", "value": "bright", "values": ["bright", "none"]},
            {"name": "lamp", "value": "on", "values": ["on", "off"]},
        ]
    },
    "edges": {
        "edges": [
            {"cause": "weather", "effect": "road"},
            {"cause": "road", "effect": "reflection"},
            {"cause": "lamp", "effect": "reflection"},
        ]
    },
    "propose": {"interventions": [{"concept": "weather", "value": "dry"}, {"concept": "reflection", "value": "none"}]},
    "intervene": {"phrase": "a clear sky"},
    "propagate": {
        "states": [
            {"concept": "road", "value": "dry", "phrase": "dry grey asphalt"},
            {"concept": "reflection", "value": "bright", "phrase": "bright"},
        ]
    },
    "keep": {"prompt": "A dry street under a clear sky, a lamp above it."},
    "judge": {"shown": True},
}
"""What the model says, by stage."""
_AGAIN = "That answer"
_SIGNS = {
    '{"concepts"': "concepts", '{"edges"': "edges", '{"interventions"': "propose", '{"phrase"': "intervene",
    '{"states"': "propagate", '{"prompt"': "keep", '{"shown"': "judge",
}  # fmt: skip


@dataclass
class Reply:
    """What is sent back.

    Attributes:
        body: all of it.
        status: of HTTP.
        headers: besides those that every answer has.
        wait: seconds before anything is sent, and between two bytes if it is sent ``slowly``.
        slowly: whether it goes out byte by byte.
        lacking: bytes of the body that are announced and never come.
    """

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    slowly: bool = False
    lacking: int = 0


def said(text: str, **more: Any) -> Reply:
    """An answer of the protocol with a text of the model; ``more`` replaces parts of it."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    whole = {"id": "1", "object": "chat.completion", "created": 0, "model": "street", "choices": [choice]}
    used = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    return Reply(json.dumps({**whole, "usage": used, **more}).encode())


def failed(status: int, message: str = "no") -> Reply:
    """An error of the protocol; whoever tries again may do so at once."""
    return Reply(json.dumps({"error": {"message": message}}).encode(), status, {"retry-after-ms": "1"})


def stage(request: dict[str, Any]) -> str:
    """Which question a request asks, perhaps again."""
    said = [turn["content"] for turn in request["body"]["messages"] if turn["role"] == "user"]
    texts = [content if isinstance(content, str) else content[-1]["text"] for content in said]
    return asked([text for text in texts if not text.startswith(_AGAIN)][-1])


def asked(text: str) -> str:
    """The stage of a question."""
    return next((name for sign, name in _SIGNS.items() if sign in text), "describe")


def street(request: dict[str, Any]) -> Reply:
    """The answer of a model that knows the street."""
    return said(spoken(stage(request)))


def spoken(name: str) -> str:
    """What that model says at a stage."""
    answer = STREET[name]
    return answer if isinstance(answer, str) else json.dumps(answer)


@dataclass
class Street:
    """The same model without a server.

    Attributes:
        first: texts that it says at a stage before what it knows, one a question.
        heard: all turns of each question, in order.
    """

    first: dict[str, list[str]] = field(default_factory=dict)
    heard: list[list[Any]] = field(default_factory=list)
    name: str = "street"
    told: dict[str, Any] = field(default_factory=lambda: {"backend": "test"})

    def say(self, turns: Any, manner: Any, form: Any) -> Any:
        """What it answers."""
        from cdm.foundation.language.speaker import Said

        self.heard.append(list(turns))
        question = [turn.text for turn in turns if turn.role == "user" and not turn.text.startswith(_AGAIN)][-1]
        texts = self.first.get(asked(question), [])
        return Said(texts.pop(0) if texts else spoken(asked(question)), True, 7, 5)


@dataclass
class Server:
    """What it answers, and what it was asked.

    Attributes:
        answer: makes a reply to a request: its ``headers`` and its ``body``.
        requests: those, in order.
    """

    answer: Callable[[dict[str, Any]], Reply] = street
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def in_turn(self, *replies: Reply) -> None:
        """Send these, one a request, and then the last one for ever."""
        first = len(self.requests)
        self.answer = lambda request: replies[min(len(self.requests) - first, len(replies)) - 1]


@contextmanager
def serving() -> Iterator[Server]:
    """Serve on a free port."""
    told = Server()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"told": told}))
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    told: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def do_POST(self) -> None:
        """Answer a chat."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = {"path": self.path, "headers": dict(self.headers), "body": body}
        self.told.requests.append(request)
        reply = self.told.answer(request)
        time.sleep(reply.wait)
        try:
            self._send(reply)
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.body) + reply.lacking))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        step = 1 if reply.slowly else max(1, len(reply.body))
        for start in range(0, len(reply.body), step):
            self.wfile.write(reply.body[start : start + step])
            time.sleep(reply.wait if reply.slowly else 0)
        self.close_connection = self.close_connection or reply.lacking > 0
