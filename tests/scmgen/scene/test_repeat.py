"""``repeat`` blocks: what they are written out to, and which blocks are refused in which words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from checkout import ROOT

from scmgen.errors import ScmgenError
from scmgen.scene.document import Document, parse
from scmgen.scene.repeat import expand
from scmgen.scene.scene import Scene, read_scene

TEXT = """\
name: row
parameters:
  gain: 2
equations:
  a: uniform(0, 1)
draw:
  - mark: fill
    rgb: [1, 1, 1]
repeat:
  - for: {k: [1, 2], left: [0.25, 0.75]}
    equations:
      x_{k}: gain * a + {left} + uniform(0, 0.1)
    factors:
      x_{k}: {range: [0, 3], long_name: "number {k}, at {left}"}
    free: ["x_{k}"]
    draw:
      - mark: disc
        x: x_{k}
        y: 0.5
        radius: 0.1
        rgb: [1, 0, "{left}"]
        group: group_{k}
"""


HEAD = TEXT[: TEXT.index("  - for")]


def edited(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def scene(text: str) -> Scene:
    return read_scene(parse(text, "s.yaml"))


def refusal(text: str) -> str:
    with pytest.raises(ScmgenError) as caught:
        scene(text)
    return str(caught.value)


def expanded(text: str) -> Document:
    return expand(parse(text, "s.yaml"))


def disc(k: int, left: str) -> dict[str, Any]:
    return {
        "mark": "disc",
        "x": f"x_{k}",
        "y": "0.5",
        "radius": "0.1",
        "rgb": ["1", "0", left],
        "group": f"group_{k}",
    }


def test_a_block_is_written_out_for_each_row_after_what_is_written() -> None:
    assert expanded(TEXT).data == {
        "name": "row",
        "parameters": {"gain": "2"},
        "equations": {
            "a": "uniform(0, 1)",
            "x_1": "gain * a + 0.25 + uniform(0, 0.1)",
            "x_2": "gain * a + 0.75 + uniform(0, 0.1)",
        },
        "factors": {
            "x_1": {"range": ["0", "3"], "long_name": "number 1, at 0.25"},
            "x_2": {"range": ["0", "3"], "long_name": "number 2, at 0.75"},
        },
        "free": ["x_1", "x_2"],
        "draw": [{"mark": "fill", "rgb": ["1", "1", "1"]}, disc(1, "0.25"), disc(2, "0.75")],
    }
    assert list(expanded(TEXT).data["equations"]) == ["a", "x_1", "x_2"]


def test_a_scene_with_a_block_is_the_scene_written_out() -> None:
    whole = expanded(TEXT)
    written = read_scene(Document(whole.data, {}, "s.yaml"))
    assert scene(TEXT).document == written.document
    assert "repeat" not in scene(TEXT).document.data()
    assert scene(TEXT).document.data()["free"] == ["x_1", "x_2"]


def test_a_file_without_blocks_is_left_alone() -> None:
    plain = parse("name: a\nequations: {x: 1}\n", "s.yaml")
    assert expand(plain) is plain


def test_the_source_is_not_written_to() -> None:
    source = parse(TEXT, "s.yaml")
    before, lines = repr(source.data), dict(source.lines)
    expand(source)
    assert (repr(source.data), source.lines, source.notes) == (before, lines, {})


def test_places_have_the_line_of_the_block_and_name_the_row() -> None:
    whole = expanded(TEXT)
    assert whole.locate(("equations", "a")) == "s.yaml:5: equations.a"
    assert whole.locate(("equations", "x_2")) == "s.yaml:12: equations.x_2 (repeat.0, k = 2, left = 0.75)"
    assert whole.locate(("draw", 0)) == "s.yaml:7: draw.0"
    assert whole.locate(("draw", 2, "rgb", 1)) == "s.yaml:21: draw.2.rgb.1 (repeat.0, k = 2, left = 0.75)"


def test_several_blocks_follow_one_another_and_bring_any_part() -> None:
    text = """\
name: a
repeat:
  - for: {k: [1, 2]}
    parameters:
      p_{k}: 0.{k}
    equations:
      x_{k}: uniform(0, p_{k})
    draw:
      - {mark: fill, rgb: [1, 1, "x_{k}"]}
  - for: {name: [x_2, x_1]}
    factors:
      "{name}": {range: [0, 1]}
    free: ["{name}"]
"""
    whole = scene(text)
    assert whole.document.parameters == {"p_1": 0.1, "p_2": 0.2}
    assert list(whole.factors) == ["x_2", "x_1"] and whole.document.free == ("x_2", "x_1")
    assert whole.renderer.summary == "2 marks"


def test_a_value_is_put_in_as_text() -> None:
    text = edited("gain * a + {left}", "gain * {left}").replace("0.25, 0.75", "a + 1, (a + 1)")
    equations = {e.targets[0]: e.expression.text for e in scene(text).scm.equations}
    assert equations["x_1"] == "gain * a + 1 + uniform(0, 0.1)"
    assert equations["x_2"] == "gain * (a + 1) + uniform(0, 0.1)"


FOR = "10: repeat.0.for"
FIRST = "(repeat.0, k = 1, left = 0.25)"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("k: [1, 2]", "k: [1, 2, 3]", f"{FOR}: lists of one length are needed; k has 3, left has 2"),
        ("k: [1, 2]", "k: []", f"{FOR}.k: at least 1 of these is needed, found []"),
        ("k: [1, 2]", "k: 3", f"{FOR}.k: a list is needed, found '3'"),
        ("k: [1, 2]", "k: [1, [2]]", f"{FOR}.k.1: text is needed, found ['2']"),
        ("k: [1, 2]", "1k: [1, 2]", f"{FOR}.1k: a name of letters, digits and _ is needed, a letter first, found '1k'"),
        ("k: [1, 2]", "k: [1, 2], j: [3, 4]", f"{FOR}.j: nothing in this block reads {{j}}"),
        ("{k: [1, 2], left: [0.25, 0.75]}", "{}", f"{FOR}: at least 1 of these is needed, found {{}}"),
        ("{k: [1, 2], left: [0.25, 0.75]}", "", f"{FOR}: a mapping (key: value) is needed, found nothing"),
        ("  - for", "  - foor", "10: repeat.0.foor: unknown key; did you mean 'for'?"),
        ("  - for: {k: [1, 2], left: [0.25, 0.75]}\n    eq", "  - eq", "10: repeat.0.for: this key is missing"),
        ("repeat:", "repaet:", "9: repaet: unknown key; did you mean 'repeat'?"),
        ("    free", "    fere", "15: repeat.0.fere: unknown key; did you mean 'free'?"),
        ("    free", "    repeat", "10: repeat.0: a block holds no other block; give it an entry of its own"),
        (
            "{left} + uniform",
            "{lft} + uniform",
            "12: repeat.0.equations.x_{k}: no value for {lft}; did you mean 'left'?",
        ),
        ("      x_{k}: gain", "      x_{j}: gain", "12: repeat.0.equations.x_{j}: no value for {j}; allowed: k, left"),
        ("a + {left}", "a + {}", "12: repeat.0.equations.x_{k}: no value for {}; allowed: k, left"),
        (
            "      x_{k}: gain",
            "      a: gain",
            "12: repeat.0.equations.a: 'a' stands in line 5 already (here with k = 1, left = 0.25); "
            "a key that is repeated needs a placeholder",
        ),
        (
            "      x_{k}: gain",
            "      x: gain",
            "12: repeat.0.equations.x: 'x' stands in line 12 already (here with k = 2, left = 0.75); "
            "a key that is repeated needs a placeholder",
        ),
        (
            "k: [1, 2]",
            "k: [1, 1]",
            "12: repeat.0.equations.x_{k}: 'x_1' stands in line 12 already (here with k = 1, left = 0.75)",
        ),
        (
            "{range: [0, 3], l",
            '{"{k}": 1, "{left}": 2, "1": 3, l',
            "14: repeat.0.factors.x_{k}.1: the key '1' stands here twice",
        ),
        (
            "gain * a + {left} + uniform(0, 0.1)",
            "{left}",
            '12: repeat.0.equations.x_{k}: to YAML {left} alone is a mapping; write "{left}", in quotes',
        ),
        (
            '"{left}"]',
            "{left}]",
            '21: repeat.0.draw.0.rgb.2: to YAML {left} alone is a mapping; write "{left}", in quotes',
        ),
        (
            '["x_{k}"]',
            "[x_{k}]",
            "15: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got '{'; "
            "between brackets, quote a text that holds { }",
        ),
        (
            "x: x_{k}",
            "x: {k} + 1",
            "18: not valid YAML: while parsing a block mapping, expected <block end>, but found '<scalar>'; "
            "quote a text that begins with {, [ or a quotation mark",
        ),
        ("    equations:\n", "    equations: 3\n    parameters:\n", "11: repeat.0.equations: " + "a mapping"),
        ("parameters:\n  gain: 2\n", "parameters: hello\n", "2: parameters: a mapping (key: value) is needed, found"),
    ],
)
def test_blocks_that_are_refused(old: str, new: str, message: str) -> None:
    assert refusal(edited(old, new)).startswith(f"s.yaml:{message}")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "9: repeat: a list is needed, found nothing"),
        (" []", "9: repeat: at least 1 of these is needed, found []"),
        (" [a]", "9: repeat.0: a mapping (key: value) is needed, found 'a'"),
        (" {for: {k: [1]}}", "9: repeat: a list is needed, found {'for': {'k': ['1']}}"),
        (" [{for: {k: [1]}}]", "9: repeat.0.for.k: nothing in this block reads {k}"),
    ],
)
def test_a_repeat_of_the_wrong_kind(value: str, message: str) -> None:
    assert refusal(re.sub(r"(?s)repeat:.*", f"repeat:{value}\n", TEXT)) == f"s.yaml:{message}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "gain * a",
            "gian * a",
            f"12: equations.x_1 {FIRST}: unknown name 'gian'\n"
            "  gian * a + 0.25 + uniform(0, 0.1)\n  ^^^^\ndid you mean 'gain'?",
        ),
        ("[0, 3]", "[3, 0]", f"14: factors.x_1 {FIRST}: the range is turned round: 3 is not below 0"),
        (
            "[0, 3]",
            '[0, "{left}", 1]',
            f"14: factors.x_1.range {FIRST}: at most 2 entries are allowed, found ['0', '0.",
        ),
        ("        radius: 0.1\n", "", f"17: draw.1 {FIRST}: disc needs radius"),
        ("y: 0.5", "y: y_{k}", f"19: draw.1.y {FIRST}: unknown name 'y_1'\n  y_1\n  ^^^\ndid you mean 'x_1'?"),
        ('["x_{k}"]', '["x_{k}", "x_1"]', f"15: free.1 {FIRST}: 'x_1' stands here twice"),
    ],
)
def test_errors_of_what_was_written_out_name_line_name_and_row(old: str, new: str, message: str) -> None:
    assert refusal(edited(old, new)).startswith(f"s.yaml:{message}")


def test_a_second_row_that_does_not_fit_is_named() -> None:
    message = refusal(edited("0.25, 0.75", "0.25, 0.75 +"))
    first, *_, last = (line for line in message.splitlines() if line.startswith("s.yaml:"))
    assert first.startswith("s.yaml:12: equations.x_2 (repeat.0, k = 2, left = 0.75 +): ")
    assert last.startswith("s.yaml:21: draw.2.rgb (repeat.0, k = 2, left = 0.75 +): ")


def test_a_long_row_is_cut_in_errors() -> None:
    message = refusal(edited("0.25", f"0.{'1' * 100}").replace("gain * a", "gian * a"))
    assert message.splitlines()[0] == f"s.yaml:12: equations.x_1 (repeat.0, k = 1, left = 0.{'1' * 61}...): " + (
        "unknown name 'gian'"
    )


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (f"{HEAD}  - {{for: {{k: {[1] * 9_999}}}, draw: [['{{k}}', 2, 3, 4]]}}\n", "50000 entries"),
        (edited("[0.25, 0.75]", f"[{'1' * 100_000}, 2]").replace("{left} +", "{left} + " * 2_000), "250000 characters"),
        (edited("[0.25, 0.75]", f"[{'1' * 20_000}, {'1' * 20_000}]"), None),
        (edited("[0.25, 0.75]", f"[{'1' * 50_000}, {'1' * 50_000}]"), "250000 characters"),
    ],
)
def test_what_is_too_large_when_written_out_is_refused_at_once(text: str, limit: str | None) -> None:
    problem = refusal(text)
    if limit is None:
        assert "too large when written out" not in problem
    else:
        assert problem == f"s.yaml:10: repeat.0: too large when written out: more than {limit} in all"


def test_the_example_of_the_documentation_is_written_out() -> None:
    page = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
    example = next(block for block in re.findall(r"(?ms)^```yaml\n(.*?)^```$", page) if "repeat:" in block)
    whole = scene("name: example\n" + example)
    assert list(whole.factors) == ["size_1", "x_1", "size_2", "x_2", "size_3", "x_3"]
    assert whole.renderer.groups == ("object_1", "object_2", "object_3")
    message = refusal("name: scene\n" + example.replace("sway +", "swya +")).splitlines()[0]
    shown = next(line for line in page.splitlines() if "unknown name 'swya'" in line).strip()
    assert message.split(": ", 1)[1].replace("x_1", "x_2") == shown.split(": ", 1)[1].replace(
        "k = 2, middle = 0.5", "k = 1, middle = 0.17"
    )
