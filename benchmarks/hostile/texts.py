"""Texts for whatever reads text: equations, YAML, tables, graphs, options and queries."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

Make = Callable[[random.Random], str]
Use = Callable[[str, Path], None]

ODD = (
    "\0 \ufeff \u2028 \u00a0 \u0662 \u00b2 \ud83d\ude00 \u202e {} [] <> && || ^ ; ' \" \\ ` $(id) ${HOME} {{x}} "
    "../../x /dev/zero ~/x CON nan inf -inf 1e999 -0 9**9**9 10**30 0x10 1_0 1j __import__('os') lambda: \t \r"
).split(" ")
WORDS = (
    "x y angle lamp 0 1 0.5 pi uniform normal bernoulli category sin where clip max + - * / ** % ( ) , < <= == name "
    "equations factors draw mark disc range levels unit repeat for scene splits share where hold_out interventions "
    "image v i0.png i1.png 1,5 0.25 digraph graph -> <-> -- [ ] { } label source target directed nodes edges id ;"
).split(" ")
JOINS = ["", " ", "\n", ",", ": ", "\t", ";", "=", "|"]


def soup(chance: random.Random, words: list[str], most: int = 40) -> str:
    """Words in any order."""
    join = chance.choice(JOINS)
    return join.join(chance.choices(words + ODD if chance.random() < 0.5 else words, k=chance.randint(0, most)))


def bent(chance: random.Random, text: str) -> str:
    """A sound text with a few pieces cut out, doubled, or replaced."""
    for _ in range(chance.choice([1, 1, 2, 4])):
        a, b = sorted(chance.randint(0, len(text)) for _ in range(2))
        b = min(b, a + chance.choice([0, 1, 1, 3, 30]))
        piece = chance.choice(
            ["", text[a:b] * 2, chance.choice(ODD), chance.choice(WORDS), chance.choice("0123456789.,:;-+()[]{} \n")]
        )
        text = text[:a] + piece + text[b:]
    return text


def made(samples: list[str]) -> Make:
    """Texts of one kind: bent ones, and mere words."""

    def make(chance: random.Random) -> str:
        form = chance.random()
        if form < 0.02:
            return chance.choice(["(", "a", "{", "[", "-", "x+", '"']) * chance.choice([1_000, 100_000])
        return bent(chance, chance.choice(samples)) if form < 0.7 else soup(chance, WORDS)

    return make


def _equation(text: str, place: Path) -> None:
    import numpy as np

    from scmgen.scm.expression import NOISE, parse

    expression = parse(text)
    scope = {name: np.linspace(-1, 1, 3) for name in expression.names}
    with np.errstate(all="ignore"):
        expression.evaluate({**scope, NOISE: np.array([0.1, 0.5, 0.9])})


def _equations(text: str, place: Path) -> None:
    from scmgen.scm.model import from_text

    parts = (line.partition("=") for line in text.split("\n"))
    from_text({name.strip(): body for name, _, body in parts})


def _scene(text: str, place: Path) -> None:
    from scmgen.scene import document, scene

    scene.read_scene(document.parse(text, "a scene"))


def _table(text: str, place: Path) -> None:
    from scmgen.build.imported import matches, naming, tables
    from scmgen.build.imported.request import Request

    path = place / "labels.csv"
    path.write_text(text, "utf-8", errors="surrogatepass", newline="")
    table = tables.read(Request(place, (path,), categorical=("w",) if "a" in text else ()))
    naming.names(table.columns, path)
    matches.find(table, place, ["i0.png", "i1.png", "a/i2.png"])


def _graph(text: str, place: Path) -> None:
    from scmgen.scm.graph_files import graph_file

    signs = {"[ ": "gml", "<g": "graphml", "cause": "csv"}
    path = place / f"graph.{next((ending for sign, ending in signs.items() if sign in text), 'txt')}"
    path.write_text(text, "utf-8", errors="surrogatepass")
    graph_file.read(path, {"a": "a", "b": "b", "c": "c"})


def _intervention(text: str, place: Path) -> None:
    from scmgen.dataset.interventions import steps

    steps.parse(text)


def _setting(text: str, place: Path) -> None:
    from scmgen.dataset import catalogue

    catalogue.settings([text], catalogue.load_scene("pendulum"))


def _family(text: str, place: Path) -> None:
    from scmgen.scene.sampled import parse

    parse(text)


def _shares(text: str, place: Path) -> None:
    from scmgen.build.imported import request

    (request.period if ":" in text else request.shares)(text)


def _query(text: str, place: Path) -> None:
    from cdm.models import interventions
    from cdm.scm import codes

    plain = {"unit": "1", "levels": [], "circular": False}
    code = codes.from_manifest({"a": {**plain, "type": "continuous", "range": [0.0, 1.0]}})
    interventions.parse(code, text.split())


KINDS: dict[str, tuple[int, Make, Use]] = {  # how many of 50, where from, and who reads it
    "equation": (
        20,
        made(["0.5 + 0.45 * sin(angle)", "where(x < y, category(1, x, 2), 3)", "clip(normal(x, 1), -1, 1) ** 2"]),
        _equation,
    ),
    "equations": (4, made(["a = uniform(0, 1)\nb = a * 2 + normal(0, 1)\nc, d = collide(a, b, 0.5)"]), _equations),
    "scene text": (
        8,
        made(
            [
                "name: s\nversion: 1\nequations:\n  a: uniform(0, 1)\n  b: 0.5 * a + uniform(0, 0.1)\nfactors:\n"
                "  a: {range: [0, 1]}\n  b: {range: [0, 1], unit: rad}\ndraw:\n  - mark: disc\n    x: a\n    y: b\n"
                "    radius: 0.1\n    rgb: [a, 0.2, 0.3]\n"
            ]
        ),
        _scene,
    ),
    "table": (
        6,
        made(["image,v,w\ni0.png,1.5,a\ni1.png,2.5,b\na/i2.png,3,a\n", "2\nv w \ni0.png 1 -1\ni1.png -1  1\n"]),
        _table,
    ),
    "graph": (
        5,
        made(
            [
                "digraph { a -> b; b -> c }",
                "dag { a -> b; b -> c }",
                '{"nodes": [{"id": "a"}, {"id": "b"}], "edges": [{"source": "a", "target": "b"}]}',
                'graph [ directed 1 node [ id 0 label "a" ] node [ id 1 label "b" ] edge [ source 0 target 1 ] ]',
                '<graphml><graph edgedefault="directed"><node id="a"/><node id="b"/>'
                '<edge source="a" target="b"/></graph></graphml>',
                "cause,effect\na,b\nb,c\n",
            ]
        ),
        _graph,
    ),
    "intervention": (
        2,
        made(["hard", "hard:lamp=0.3; soft:shift=0.1", "soft:scale=0.5,sizes=[1,2]", "hard | soft:scale=2"]),
        _intervention,
    ),
    "setting": (1, made(["length_noise=0.1", "position_noise=1e-3"]), _setting),
    "family": (1, made(["er:1.5", "sf:2,mechanisms=linear", "er:1,factors=3"]), _family),
    "shares": (1, made(["train=0.8,test=0.2", "angle=0:1"]), _shares),
    "query": (2, made(["a=0.5", "a=0.5 a=1", "a=nan b=2"]), _query),
}
