"""The bar that plays the clips of a report, all together; a script works it, and shows it."""

from __future__ import annotations

from scmgen.publish.markup import Safe, element, void


def bar(frames: int) -> Safe:
    """Play and pause, a frame back or on, and a slider through the frames."""
    last = frames - 1
    slider = void("input", type="range", min=0, max=last, step=1, value=last, aria_label="Frame", class_="at")
    return element(
        "div",
        element(
            "button", element("span", aria_hidden="true"), type="button", class_="play", aria_label="Play the clips"
        ),
        element("button", "\N{LEFTWARDS ARROW}", type="button", class_="back", aria_label="Previous frame"),
        slider,
        element("button", "\N{RIGHTWARDS ARROW}", type="button", class_="on", aria_label="Next frame"),
        element("output", f"{last} / {last}"),
        class_="film",
        role="group",
        aria_label="Frames of all clips",
    )
