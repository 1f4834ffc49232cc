"""Check what a wheel puts into site-packages: all of the scenes, and nothing that is not ours."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def main(wheel: Path) -> None:
    """Exit with a message if a file is missing or foreign."""
    with zipfile.ZipFile(wheel) as archive:
        found = set(archive.namelist())
    scenes = sorted((CHECKOUT / "scenes").glob("*.yaml"))
    kinds = (".py", ".html", ".css", ".js", ".yaml", ".npz", ".txt")
    parts = [path for package in ("scmgen", "cdm") for path in (CHECKOUT / package).rglob("*")]
    sources = [path for path in parts if path.suffix in kinds]
    wanted = {f"scmgen/dataset/scenes/{path.name}" for path in scenes} | {
        "scmgen/dataset/datasets.yaml",
        "scmgen/py.typed",
        "cdm/py.typed",
        "cdm/data/manifest.schema.json",
    }
    wanted |= {path.relative_to(CHECKOUT).as_posix() for path in sources}
    library = {name for name in found if name.startswith("scmgen/native/loops-")}
    pure = wheel.name.endswith("-py3-none-any.whl")
    problems = [] if pure != bool(library) else [f"its name says it is {'' if pure else 'not '}for all machines"]
    problems += [f"missing: {name}" for name in sorted(wanted - found)]
    own = ("scmgen/", "cdm/", "-".join(wheel.name.split("-")[:2]) + ".dist-info/")
    problems += [f"foreign: {name}" for name in sorted(found) if not name.startswith(own)]
    problems += [f"not to be shipped: {name}" for name in sorted(found) if "__pycache__" in name or "/tests/" in name]
    if problems or not scenes:
        sys.exit("\n".join([f"{wheel.name}:", *(problems or ["no scenes in the checkout"])]))
    print(f"{len(found)} files, {len(scenes)} scene(s); nothing but scmgen, cdm and their metadata")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
