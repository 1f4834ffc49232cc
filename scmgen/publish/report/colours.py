"""Changes of pixels as colours, images as PNG."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scmgen.publish.markup import Safe, element, void
from scmgen.publish.report.scale import figure, rounded

# From no change to the greatest: even steps of lightness, black to pale yellow, told apart without hue.
_STOPS = ("#08060f", "#2a1358", "#641a80", "#a3307e", "#de4968", "#f9795d", "#fdb97d", "#fcf8c2")
_BAR = 240  # length of the colour bar


def png(image: NDArray[np.uint8]) -> bytes:
    """A small file, the same on each run."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", optimize=True)
    return file.getvalue()


def fitted(images: NDArray[np.uint8], most: int) -> NDArray[np.uint8]:
    """Images ``(n, height, width, 3)`` no larger than ``most`` pixels a side."""
    tall, wide = images.shape[1:3]
    if max(tall, wide) <= most:
        return images
    box = (max(1, round(wide * most / max(tall, wide))), max(1, round(tall * most / max(tall, wide))))
    return np.stack([np.asarray(Image.fromarray(one).resize(box, Image.Resampling.LANCZOS)) for one in images])


def coloured(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Colours ``(..., 3)`` of numbers from 0 to 1."""
    stops = np.array([[int(stop[k : k + 2], 16) for k in (1, 3, 5)] for stop in _STOPS])
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(shares, at, stops[:, c]) for c in range(3)], axis=-1).round().astype(np.uint8)


def change(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How much each pixel differs, 1 from black to white: the mean over channels, without the last axis."""
    differ = np.abs(after.astype(np.float64) - before) / 255
    return np.asarray(differ if differ.ndim == 2 else differ.mean(axis=-1))


def bar(top: float, label: str, known: str) -> Safe:
    """The colours with their numbers, from 0 to ``top``; ``known`` is an id that nothing else has."""
    stops = (void("stop", offset=f"{k / (len(_STOPS) - 1):.3f}", stop_color=c) for k, c in enumerate(_STOPS))
    numbers = (
        element("text", text, x=f"{20 + _BAR * value / top:.1f}", y=32, class_="tick middle")
        for value, text in rounded(0.0, top)
    )
    return element(
        "svg",
        element("defs", element("linearGradient", *stops, id=known)),
        void("rect", x=20, y=2, width=_BAR, height=14, fill=f"url(#{known})"),
        *numbers,
        viewBox=f"0 0 {_BAR + 40} 36",
        width=_BAR + 40,
        height=36,
        class_="bar",
        role="img",
        aria_label=f"{label}: from 0 (dark) to {figure(top)} (light)",
    )
