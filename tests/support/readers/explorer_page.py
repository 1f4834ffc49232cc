"""The explorer's page in a browser: how it is served, and what a user does on it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from scmgen.cli.explorer.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    with server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:  # a test that fails must not leave a thread behind, for which its process would wait
            server.shutdown()
            thread.join()


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
    url = page.get_attribute(f"#{image}", "src")
    assert url is not None
    return url


def pixels(url: str) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))))
