"""Write the tables of functions and noises in the page of the equation language, from what the words say of themselves.

python docs/make_language.py
"""

from __future__ import annotations

import re
from pathlib import Path

from scmgen.scene import words

PAGE = Path(__file__).parent / "reference" / "language.md"
_TABLES = re.compile(r"(<!-- table: python docs/make_language.py (\w+) -->\n).*?(<!-- end of the table -->)", re.DOTALL)
_NOISE = re.compile(r"Value for u: (?P<value>.*?)\.\nDemands: (?P<demands>.*?)\.$", re.DOTALL | re.MULTILINE)
_LINKS = {
    **dict.fromkeys(("pick", "stroke", "lean"), " ([pictures.md](../how-to/pictures.md#in-equations))"),
    "collide": ": [see below](#two-outputs-of-one-computation)",
    **dict.fromkeys(("prev", "each", "bounce", "swing"), " ([scenes that move](#scenes-that-move))"),
}


def functions() -> str:
    """A row for each function."""
    rows = [f"| `{word.usage}` | {word.meaning}{_LINKS.get(name, '')} |" for name, word in words.functions().items()]
    return "\n".join(["| function | meaning |", "|---|---|", *rows, ""])


def noises() -> str:
    """A row for each noise."""
    found = [(word, _NOISE.search(word.more)) for word in words.noises().values()]
    rows = [
        f"| `{word.usage}` | {word.meaning} | {' '.join(said['value'].split())} | {said['demands']} |"
        for word, said in found
        if said
    ]
    return "\n".join(["| noise | meaning | value for u | demands |", "|---|---|---|---|", *rows, ""])


def filled(page: str) -> str:
    """The page with its tables as they must be."""
    tables = {"functions": functions, "noises": noises}
    return _TABLES.sub(lambda found: found[1] + tables[found[2]]() + found[3], page)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
