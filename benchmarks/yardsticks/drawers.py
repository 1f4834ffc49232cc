"""Ways to draw the pendulum and to make PNG files of it, for the comparison: what plotting scripts and others do.

All draw the same things in the same places: bob, rod, light and shadow on white. Ours draws more (a sky, the ground).
"""

from __future__ import annotations

import importlib
import io
import math
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from PIL import Image, ImageDraw

Row = Mapping[str, float]
Drawer = Callable[[int, list[Row]], Iterator[bytes]]
DRAWERS: dict[str, tuple[str, Drawer]] = {}
"""Name -> the module that it needs, and a function of pixels a side and scenes that gives files."""

LEFT, LOW, SIDE = -2.0, -1.5, 24.0  # of the part of the plane that is shown
BLACK, RED, ORANGE = (0, 0, 0), (178, 34, 34), (255, 165, 0)


def drawer(name: str, needs: str) -> Callable[[Drawer], Drawer]:
    """Register a way to draw."""

    def keep(function: Drawer) -> Drawer:
        DRAWERS[name] = needs, function
        return function

    return keep


def installed(module: str) -> bool:
    """Whether a library is there."""
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def places(row: Row) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Where bob and light are, and from where to where the shadow reaches."""
    bob = 10 + 8 * math.sin(row["pendulum_angle"]), 10.5 - 8 * math.cos(row["pendulum_angle"])
    light = 10 + 10 / math.tan(row["light_angle"]), 20.5
    half = row["shadow_length"] / 2
    return bob, light, (row["shadow_position"] - half, row["shadow_position"] + half)


def _pixels(size: int, row: Row) -> dict[str, Any]:
    """The same in pixels, y downwards."""
    scale = size / SIDE

    def at(x: float, y: float) -> tuple[float, float]:
        return (x - LEFT) * scale, size - (y - LOW) * scale

    bob, light, (start, stop) = places(row)
    return {
        "pivot": at(10, 10.5),
        "bob": at(*bob),
        "light": at(*light),
        "shadow": (*at(start, 0), *at(stop, -1)),
        "radius": 1.5 * scale,
        "width": max(1.0, size / 64),
    }


def _axes(pyplot: Any, size: int) -> tuple[Any, Any]:
    figure = pyplot.figure(figsize=(1, 1), dpi=size)
    axes = figure.add_axes((0, 0, 1, 1))
    return figure, axes


def _plotted(axes: Any, patches: Any, row: Row) -> None:
    axes.set(xlim=(LEFT, LEFT + SIDE), ylim=(LOW, LOW + SIDE))
    axes.axis("off")
    bob, light, (start, stop) = places(row)
    axes.plot((10, bob[0]), (10.5, bob[1]), color="black")
    axes.add_patch(patches.Circle(bob, 1.5, color="firebrick"))
    axes.add_patch(patches.Circle(light, 1.5, color="orange"))
    axes.add_patch(patches.Rectangle((start, -1), stop - start, 1, color="black"))


def _saved(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


@drawer("matplotlib, a figure an image", "matplotlib")
def _figures(size: int, rows: list[Row]) -> Iterator[bytes]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import patches, pyplot

    for row in rows:
        figure, axes = _axes(pyplot, size)
        _plotted(axes, patches, row)
        yield _saved(figure)
        pyplot.close(figure)


@drawer("matplotlib, a figure reused", "matplotlib")
def _figure(size: int, rows: list[Row]) -> Iterator[bytes]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import patches, pyplot

    figure, axes = _axes(pyplot, size)
    for row in rows:
        axes.clear()
        _plotted(axes, patches, row)
        yield _saved(figure)
    pyplot.close(figure)


@drawer("Pillow, four times as large", "PIL")
def _pillow(size: int, rows: list[Row]) -> Iterator[bytes]:
    for row in rows:
        image = Image.new("RGB", (4 * size, 4 * size), "white")
        draw, told = ImageDraw.Draw(image), _pixels(4 * size, row)
        draw.line((told["pivot"], told["bob"]), BLACK, round(told["width"]))
        draw.circle(told["bob"], told["radius"], RED)
        draw.circle(told["light"], told["radius"], ORANGE)
        draw.rectangle(told["shadow"], BLACK)
        yield _encoded(image.resize((size, size), Image.Resampling.BOX))


def _encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@drawer("pycairo", "cairo")
def _cairo(size: int, rows: list[Row]) -> Iterator[bytes]:
    import cairo

    for row in rows:
        surface, told = cairo.ImageSurface(cairo.FORMAT_RGB24, size, size), _pixels(size, row)
        context = cairo.Context(surface)
        context.set_source_rgb(1, 1, 1)
        context.paint()
        context.set_line_width(told["width"])
        for name, colour in (("bob", RED), ("light", ORANGE)):
            context.set_source_rgb(*(part / 255 for part in colour))
            context.arc(*told[name], told["radius"], 0, 2 * math.pi)
            context.fill()
        context.set_source_rgb(0, 0, 0)
        context.move_to(*told["pivot"])
        context.line_to(*told["bob"])
        context.stroke()
        x0, y0, x1, y1 = told["shadow"]
        context.rectangle(x0, y0, x1 - x0, y1 - y0)
        context.fill()
        buffer = io.BytesIO()
        surface.write_to_png(buffer)
        yield buffer.getvalue()


@drawer("pygame", "pygame")
def _pygame(size: int, rows: list[Row]) -> Iterator[bytes]:
    import pygame

    for row in rows:
        surface, told = pygame.Surface((size, size)), _pixels(size, row)
        surface.fill((255, 255, 255))
        pygame.draw.line(surface, BLACK, told["pivot"], told["bob"], round(told["width"]))
        pygame.draw.circle(surface, RED, told["bob"], told["radius"])
        pygame.draw.circle(surface, ORANGE, told["light"], told["radius"])
        x0, y0, x1, y1 = told["shadow"]
        pygame.draw.rect(surface, BLACK, (x0, y0, x1 - x0, y1 - y0))
        buffer = io.BytesIO()
        pygame.image.save(surface, buffer, ".png")
        yield buffer.getvalue()


@drawer("OpenCV", "cv2")
def _opencv(size: int, rows: list[Row]) -> Iterator[bytes]:
    import cv2
    import numpy as np

    def fixed(point: tuple[float, float]) -> tuple[int, int]:
        return round(16 * point[0]), round(16 * point[1])

    smooth = {"lineType": cv2.LINE_AA, "shift": 4}
    for row in rows:
        image, told = np.full((size, size, 3), 255, np.uint8), _pixels(size, row)
        cv2.line(image, fixed(told["pivot"]), fixed(told["bob"]), BLACK, round(told["width"]), **smooth)
        for name, colour in (("bob", RED), ("light", ORANGE)):
            cv2.circle(image, fixed(told[name]), round(16 * told["radius"]), colour[::-1], -1, **smooth)
        x0, y0, x1, y1 = told["shadow"]
        cv2.rectangle(image, fixed((x0, y0)), fixed((x1, y1)), BLACK, -1, **smooth)
        yield cv2.imencode(".png", image)[1].tobytes()


@drawer("Skia", "skia")
def _skia(size: int, rows: list[Row]) -> Iterator[bytes]:
    import skia

    def paint(colour: tuple[int, int, int], width: float = 0.0) -> Any:
        made = skia.Paint(AntiAlias=True, Color=skia.Color(*colour))
        if width:
            made.setStyle(skia.Paint.kStroke_Style)
            made.setStrokeWidth(width)
        return made

    for row in rows:
        surface, told = skia.Surface(size, size), _pixels(size, row)
        canvas = surface.getCanvas()
        canvas.clear(skia.ColorWHITE)
        canvas.drawLine(*told["pivot"], *told["bob"], paint(BLACK, told["width"]))
        canvas.drawCircle(*told["bob"], told["radius"], paint(RED))
        canvas.drawCircle(*told["light"], told["radius"], paint(ORANGE))
        canvas.drawRect(skia.Rect(*told["shadow"]), paint(BLACK))
        yield bytes(surface.makeImageSnapshot().encodeToData())
