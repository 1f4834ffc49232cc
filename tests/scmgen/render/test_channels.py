"""Channels of a mark: what cannot be compiled, and in which words it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pictures import BLACK, drawing

from scmgen import ScmgenError
from scmgen.render import marks


def refusal(*marks: dict[str, Any]) -> str:
    with pytest.raises(ScmgenError) as caught:
        drawing(*marks)
    return str(caught.value)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"mark": "disk"}, "s: draw.0: unknown mark 'disk'; did you mean 'disc'?"),
        ({"x": 1}, f"s: draw.0: no 'mark'; allowed: {', '.join(sorted(marks.MARKS))}"),
        ({"mark": "disc", "x": 0, "y": 0, **BLACK}, "s: draw.0: disc needs radius"),
        (
            {"mark": "line"},
            "2 faults:\ns: draw.0: line needs x1, y1, x2, y2, width\n"
            "s: draw.0: line needs one of rgb and hsv, found neither",
        ),
        ({"mark": "disc", "radious": 1}, "s: draw.0.radious: disc has no channel 'radious'; did you mean 'radius'?"),
        ({"mark": "fill"}, "s: draw.0: fill needs one of rgb and hsv, found neither"),
        ({"mark": "fill", **BLACK, "hsv": [0, 0, 0]}, "s: draw.0: fill needs one of rgb and hsv, found both"),
        (
            {"mark": "fill", "rgb": ["max(a", "0.1)", 0, 0]},
            "s: draw.0.rgb: a list of three expressions is needed, found 4 parts; "
            "in flow style YAML splits at every comma: quote an expression that holds one",
        ),
        ({"mark": "fill", **BLACK, "alpha": [1]}, "s: draw.0.alpha: one expression is needed, found a list"),
        ({"mark": "fill", **BLACK, "alpha": {"a": 1}}, "s: draw.0.alpha: one expression is needed, found a mapping"),
        (
            {"mark": "fill", **BLACK, "alpha": "uniform(0, 1)"},
            "s: draw.0.alpha: a channel has no noise; give 'uniform(0, 1)' a variable",
        ),
        ({"mark": "fill", **BLACK, "alpha": "b"}, "s: draw.0.alpha: unknown name 'b'\n  b\n  ^\nallowed: a"),
        ({"mark": "fill", **BLACK, "group": ""}, "s: draw.0.group: a name is needed, found nothing"),
        ({"mark": "fill", **BLACK, "group": ["g"]}, "s: draw.0.group: a name is needed, found ['g']"),
        (
            {"mark": "path", **BLACK, "points": [[0, 0], [1, 1]]},
            "s: draw.0.points: a list of 3 to 64 [x, y] pairs is needed",
        ),
        (
            {"mark": "path", **BLACK, "points": [[0, 0], [1, 1], [1]]},
            "s: draw.0.points.2: a pair [x, y] is needed, found [1]",
        ),
        *(
            (
                {"mark": "polygon", **BLACK, "x": 0, "y": 0, "radius": 1, "sides": sides},
                f"s: draw.0.sides: a whole number from 3 to 64 is needed, found {sides!r:.80}; "
                "use 'when' to choose between marks",
            )
            for sides in (2, 65, "a", "4.0", "²", "9" * 5_000)
        ),
    ],
)
def test_marks_that_do_not_fit(entry: dict[str, Any], message: str) -> None:
    assert refusal(entry) == message


def test_nothing_drawn() -> None:
    assert refusal() == "s: draw: nothing is drawn; list at least one mark"
