"""Pin what the data sets of the catalogue are, or say which no longer are what was pinned.

    python benchmarks/pins.py            # write the pins of all entries, or of those that are named
    python benchmarks/pins.py --check    # write nothing; exit status 1 if a pin or the table is not right

Edits `datasets.yaml` as text, so that comments and order stay, and the table of `docs/data-sets/catalogue.md`. An entry
that gives what it gave keeps its pins, with the versions that first gave it.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from scmgen.checks import pins
from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Recipe
from scmgen.dataset.fingerprint import content
from scmgen.dataset.sampling import compile_spec
from scmgen.storage.places import place

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE, PAGE = ROOT / "datasets.yaml", ROOT / "docs" / "data-sets" / "catalogue.md"
HEADER = ("data set", "version", "samples", "small", "image", "licence", "what it is", "spec")
_TABLE = re.compile(r"(?<=<!-- table: python benchmarks/pins.py -->\n).*?(?=<!-- end of the table -->)", re.DOTALL)


def measure(name: str) -> dict[str, Any]:
    """What an entry gives here: its spec hash, and the digests of its content."""
    source = catalogue.find(name)
    spec = catalogue.spec(source)
    digests = content(compile_spec(spec, source.scene))
    return {"spec_hash": spec.hash, "labels": digests["labels"], "pixels": digests["pixels"]}


def pinned(entry: Recipe) -> dict[str, Any] | None:
    """What was pinned, to compare with :func:`measure`."""
    return entry.pins.model_dump(exclude={"software"}) if entry.pins else None


def write(text: str, name: str, values: dict[str, Any], rasteriser: str | None = None) -> str:
    """Put the pins at the end of an entry; every other line stays as it is."""
    lines = text.split("\n")
    start = lines.index(f"{name}:")
    after = next((i for i in range(start + 1, len(lines)) if re.match(r"[^\s#]", lines[i])), len(lines))
    stop = max(i for i in range(start, after) if lines[i].startswith("  ")) + 1
    old = next((i for i in range(start, stop) if lines[i].startswith("  pins:")), stop)
    versions = yaml.safe_dump(pins.software(rasteriser), default_flow_style=True, sort_keys=False, width=1000).strip()
    new = ["  pins:", *(f"    {key}: {value}" for key, value in values.items()), f"    software: {versions}"]
    return "\n".join([*lines[:old], *new, *lines[stop:]])


def table() -> str:
    """The catalogue as a table in Markdown."""
    rows = [HEADER, ("---",) * len(HEADER)]
    for name, entry in catalogue.entries().items():
        kind = "pairs" if entry.interventions else "images"
        small = f"{entry.small:,}" if entry.small else ""
        image = f"{kind}, {entry.size} px"
        spec_hash = entry.pins.spec_hash[:12] if entry.pins else ""
        version = str(entry.version)
        rows.append(
            (f"`{name}`", version, f"{entry.n:,}", small, image, entry.license, entry.description, f"`{spec_hash}`")
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def check(names: list[str]) -> list[str]:
    """What is not as pinned."""
    known = catalogue.entries()
    faults = [
        f"{name}: {_difference(known[name], measure(name))}" for name in names if pinned(known[name]) != measure(name)
    ]
    written = _TABLE.search(PAGE.read_text(encoding="utf-8"))
    stale = "docs/data-sets/catalogue.md: its table is not that of datasets.yaml"
    return faults + ([] if written and written[0] == table() else [stale])


def _difference(entry: Recipe, values: dict[str, Any]) -> str:
    old = pinned(entry)
    return "no pins" if old is None else f"{', '.join(k for k in values if values[k] != old[k])} differ from the pins"


def pin(names: list[str]) -> None:
    """Write what changed."""
    known, text = catalogue.entries(), CATALOGUE.read_text(encoding="utf-8")
    for name in names:
        values = measure(name)
        if values != pinned(known[name]):
            print(f"{name}: {_difference(known[name], values)}: pinned anew. Is it released? Then raise its version.")
            text = write(text, name, values, catalogue.find(name).scene.renderer.version)
    place.write(CATALOGUE, text.encode())
    place.write(PAGE, _TABLE.sub(lambda _: table(), PAGE.read_text(encoding="utf-8")).encode())


def main() -> int:
    """Pin, or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="entries; all if none is named")
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if something differs")
    options = parser.parse_args()
    names = options.names or list(catalogue.entries())
    if not options.check:
        pin(names)
        return 0
    faults = check(names)
    print("\n".join(faults) or f"{len(names)} data sets as pinned")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
