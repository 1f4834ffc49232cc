"""YAML in, text and lines out: what is refused, and in which words."""

from __future__ import annotations

import dataclasses
import random
import re
from pathlib import Path

import pytest

from scmgen import cli
from scmgen.checks.audit import review
from scmgen.dataset import catalogue
from scmgen.errors import ScmgenError
from scmgen.scene.document import parse, read
from scmgen.scene.scene import read_scene

TEMPLATE = (Path(cli.__file__).parent / "template.yaml").read_text(encoding="utf-8")
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
)


def edited(old: str, new: str) -> str:
    assert old in TEMPLATE
    return TEMPLATE.replace(old, new, 1)


def refusal(text: str) -> str:
    with pytest.raises(ScmgenError) as caught:
        read_scene(parse(text, "s.yaml"))
    return str(caught.value)


def test_every_scalar_is_text() -> None:
    document = parse("a: on\nb: 1e5\nc: 1:30\nd: [null, 0x10, .nan, 2024-01-01]\ne:\n", "s.yaml")
    assert document.data == {"a": "on", "b": "1e5", "c": "1:30", "d": ["null", "0x10", ".nan", "2024-01-01"], "e": ""}


def test_a_place_knows_its_line() -> None:
    document = parse("a:\n  b:\n    - 1\n    - 2\n", "s.yaml")
    assert document.locate(("a", "b", 1)) == "s.yaml:4: a.b.1"
    assert document.locate(("a", "b", 1, "missing")) == "s.yaml:4: a.b.1.missing"
    assert document.locate(()) == "s.yaml:1"
    noted = dataclasses.replace(document, notes={("a", "b"): "made by hand"})
    assert noted.locate(("a",)) == "s.yaml:1: a"
    assert noted.locate(("a", "b", 1, "missing")) == "s.yaml:4: a.b.1.missing (made by hand)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "s.yaml: the file is empty"),
        ("# only a comment\n", "s.yaml: the file is empty"),
        ("- a\n- b\n", "s.yaml:1: a mapping (key: value) is needed, found ['a', 'b']"),
        ("hello\n", "s.yaml:1: a mapping (key: value) is needed, found 'hello'"),
        (
            "a:\n  b: 1\n   c: 2\n",
            "s.yaml:3: not valid YAML: mapping values are not allowed here; indent it like its neighbours",
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            "s.yaml:3: not valid YAML: while parsing a block mapping, expected <block end>, but found "
            "'<block mapping start>'; indent it like its neighbours",
        ),
        (
            "a:\n  b 1  # no colon: here\n  c: 2\n",
            "s.yaml:2: not valid YAML: while parsing a block mapping, expected <block end>, but found "
            "'<block mapping start>'; write key: value",
        ),
        (
            "a: 1\nb 2\nc: 3\n",
            "s.yaml:2: not valid YAML: while scanning a simple key, could not find expected ':'; write key: value",
        ),
        ("name: a: b\n", "s.yaml:1: not valid YAML: mapping values are not allowed here; quote a text that holds ': '"),
        (
            "name: [a\n",
            "s.yaml:2: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",
        ),
        ("name: 'a\n", "s.yaml:2: not valid YAML: while scanning a quoted scalar, found unexpected end of stream"),
        (
            "name: a\nequations:\n\tx: 1\n",
            r"s.yaml:3: not valid YAML: while scanning for the next token, found character '\t' that cannot start "
            "any token; indent with spaces, not tabs",
        ),
        (
            "name: a\n---\nname: b\n",
            "s.yaml:2: not valid YAML: expected a single document in the stream, but found another document",
        ),
        (
            "name: a\0b\n",
            "s.yaml: not valid YAML: unacceptable character #x0000: special characters are not allowed",
        ),
        ("a: *b\n", "s.yaml:1: not valid YAML: found undefined alias 'b'"),
        ("x: {a: 1, a: 2}\n", "s.yaml:1: x.a: the key stands here twice"),
        ("a: 1\nb: 2\na: 3\n", "s.yaml:3: a: the key stands here twice"),
        ("a:\n  ? [b, c]\n  : 1\n", "s.yaml:2: a key must be a name, found a sequence"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", "s.yaml:3: merge keys (<<) are not read; write the keys out"),
        ("a: &a [*a]\n", "s.yaml:1: too large or too deeply nested (are there aliases?)"),
        ("a: &a {b: *a}\n", "s.yaml:1: too large or too deeply nested (are there aliases?)"),
        (BOMB, "s.yaml:1: too large or too deeply nested (are there aliases?)"),
        ("[" * 2_000, "s.yaml: nested too deeply"),
        ("{a: " * 900 + "1" + "}" * 900, "s.yaml:1: too large or too deeply nested (are there aliases?)"),
    ],
)
def test_what_is_no_document(text: str, message: str) -> None:
    assert refusal(text) == message


def test_a_tag_constructs_nothing() -> None:
    message = refusal("name: !!python/object/apply:os.system ['exit 3']\n")
    assert "s.yaml:1: name: text is needed, found ['exit 3']" in message.splitlines()


@pytest.mark.parametrize(
    "variant", ["\ufeff" + TEMPLATE, TEMPLATE.replace("\n", "\r\n")], ids=["byte order mark", "crlf"]
)
def test_editors_of_other_systems_are_understood(variant: str) -> None:
    assert read_scene(parse(variant, "s.yaml")).name == "swing"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    binary, large, missing = tmp_path / "binary.yaml", tmp_path / "large.yaml", tmp_path / "missing.yaml"
    binary.write_bytes(bytes(range(256)))
    large.write_bytes(b"# x\n" * 500_000)
    for path, problem in [
        (binary, "not UTF-8 text (byte 128)"),
        (large, "has 2,000,000 bytes; at most 250,000 are read"),
        (missing, "cannot be read: No such file or directory"),
        (tmp_path / "binary.yml", f"cannot be read: No such file or directory; did you mean {binary}?"),
        (tmp_path, "cannot be read: Is a directory"),
    ]:
        with pytest.raises(ScmgenError) as caught:
            read(path)
        assert str(caught.value) == f"{path}: {problem}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 1", "verison: 1", "7: verison: unknown key; did you mean 'version'?"),
        ("\nequations:", "\nequation:", "16: equation: unknown key; did you mean 'equations'?"),
        (
            "name: swing",
            "name: my scene",
            "6: name: a name of lower-case letters, digits, _ and - is needed, found 'my scene'",
        ),
        ("name: swing", "name: ../a", "6: name: a name of lower-case letters, digits, _ and - is needed, found '../a'"),
        ("name: swing", "name:", "6: name: a name of lower-case letters, digits, _ and - is needed, found nothing"),
        ("name: swing", "name: [a]", "6: name: text is needed, found ['a']"),
        ("name: swing", "name: " + "x" * 61, f"6: name: at most 60 characters are allowed, found '{'x' * 61}'"),
        ("version: 1", "version: 0", "7: version: at least 1 is needed, found '0'"),
        ("version: 1", "version: one", "7: version: a whole number is needed, found 'one'"),
        ("version: 1", "version: 1.5", "7: version: a whole number is needed, found '1.5'"),
        ("wobble: 0.01", "wobble: lots", "12: parameters.wobble: a number is needed, found 'lots'"),
        ("wobble: 0.01", "wobble:", "12: parameters.wobble: a number is needed, found nothing"),
        ("wobble: 0.01", "wobble: nan", "12: parameters.wobble: a finite number is needed, found 'nan'"),
        (
            "[-0.7, 0.7], unit",
            "[0.7, -0.7], unit",
            "26: factors.angle: the range is turned round: 0.7 is not below -0.7",
        ),
        ("[-0.7, 0.7], unit", "[0.7, 0.7], unit", "26: factors.angle: the range is empty: 0.7 is not below 0.7"),
        ("[-0.7, 0.7], unit", "[nan, 1], unit", "26: factors.angle.range.0: a finite number is needed, found 'nan'"),
        ("[-0.7, 0.7], unit", "[0x1, 1], unit", "26: factors.angle.range.0: a number is needed, found '0x1'"),
        ("[-0.7, 0.7], unit", "[1], unit", "26: factors.angle.range.1: this entry is missing"),
        (
            "[-0.7, 0.7], unit",
            "[1, 2, 3], unit",
            "26: factors.angle.range: at most 2 entries are allowed, found ['1', '2', '3']",
        ),
        ("[-0.7, 0.7], unit", "3, unit", "26: factors.angle.range: a list is needed, found '3'"),
        (
            "range: [-0.7, 0.7], u",
            "u",
            "26: factors.angle: a factor needs either range: [low, high] or levels: [a, b, ...]",
        ),
        ("range: [-0.7", "rnage: [-0.7", "26: factors.angle.rnage: unknown key; did you mean 'range'?"),
        ("unit: rad", "unit: ''", "26: factors.angle.unit: a text that is not empty is needed, found nothing"),
        (
            "unit: rad",
            "unit: rad, circular: maybe",
            "26: factors.angle.circular: true or false is needed, found 'maybe'",
        ),
    ],
)
def test_values_that_do_not_fit(old: str, new: str, message: str) -> None:
    assert refusal(edited(old, new)) == f"s.yaml:{message}"


@pytest.mark.parametrize("key", ["equations", "factors", "parameters"])
@pytest.mark.parametrize(("value", "found"), [("", "nothing"), (" [a, b]", "['a', 'b']"), (" hello", "'hello'")])
def test_a_part_of_the_wrong_kind(key: str, value: str, found: str) -> None:
    text = re.sub(rf"(?ms)^{key}:\n.*?(?=^\S)", f"{key}:{value}\n", TEMPLATE)
    line = text[: text.index(f"\n{key}:")].count("\n") + 2
    assert refusal(text) == f"s.yaml:{line}: {key}: a mapping (key: value) is needed, found {found}"


@pytest.mark.parametrize("key", ["name", "equations", "factors", "draw"])
def test_a_missing_part(key: str) -> None:
    text = re.sub(rf"(?ms)^{key}:.*?(?=^\S|\Z)", "", TEMPLATE)
    first = next(i for i, line in enumerate(text.split("\n"), 1) if line and not line.startswith("#"))
    assert refusal(text) == f"s.yaml:{first}: {key}: this key is missing"


# Three hundred ways to spoil a good scene.

BITS = [
    *[
        "",
        "0",
        "-1",
        "nan",
        "inf",
        "1e308",
        "-1e308",
        "1e400",
        "[",
        "]",
        "{",
        "}",
        ":",
        "- ",
        "&a ",
        "*a",
        "<<: *a",
        "? ",
    ],
    *[
        "!!int ",
        "null",
        "~",
        "\t",
        "\n",
        "'",
        '"',
        "#",
        "|",
        ">",
        "%",
        "---\n",
        "\0",
        "\u00d7",
        "²",
        "lambda",
        "true",
        "/ 0",
    ],
    *["** 999", "sqrt(-1)", "log(0)", "normal(0, 1)", "9" * 400, "levels: [a, b]", "range: [1, 0]", "circular: true"],
    *["{k}", "{side}", "repeat:", "for: {k: [1, 2]}", "side: [left]"],
    *["mark: polygon", "mark: path", "points: [[0, 0], [1, 1], [0, 1]]", "sides: 5", "group: x", "when: 0", "cot"],
]


def spoiled(chance: random.Random, text: str) -> str:
    for _ in range(chance.randint(1, 3)):
        lines, words = text.split("\n"), list(re.finditer(r"[\w.]+", text))
        here, line, word = chance.randrange(len(text) + 1), chance.randrange(len(lines)), chance.choice(words)
        bit = chance.choice([*BITS, word.group()])
        match chance.randrange(6):
            case 0:
                text = text[:here] + bit + text[here:]
            case 1:
                text = text[:here] + text[here + chance.randint(1, 8) :]
            case 2:
                text = "\n".join(lines[:line] + lines[line + 1 :])
            case 3:
                text = "\n".join([*lines[:line], lines[chance.randrange(len(lines))], *lines[line:]])
            case 4:
                text = "\n".join([*lines[:line], lines[line].split(":")[0] + ": " + bit, *lines[line + 1 :]])
            case _:
                text = text[: word.start()] + bit + text[word.end() :]
    return text


@pytest.mark.parametrize(("name", "rounds"), [("pendulum", 300), ("shapes", 100)])
def test_a_spoiled_scene_is_valid_or_refused_in_our_own_words(name: str, rounds: int) -> None:
    good = catalogue.scenes()[name].read_text(encoding="utf-8")
    refused = 0
    for seed in range(rounds):
        try:
            review.review(read_scene(parse(spoiled(random.Random(seed), good), "s.yaml")))
        except ScmgenError as error:
            refused += 1
            assert str(error)
    assert rounds / 2 < refused < rounds
