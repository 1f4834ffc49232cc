"""Draw the pictures of the page for newcomers from the scenes that stand in it.

python docs/make_start.py
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import compile_spec
from scmgen.publish.sheet import contact_sheet

HERE = Path(__file__).parent
PAGE = HERE / "start.md"
SHEETS = {"first": ("pot", "hard:water=0.9", 3), "second": ("garden", "hard", 9)}
"""A file of ``images/start`` -> a scene of the page, the interventions, the number of pairs."""


def scenes() -> Iterator[tuple[str, str]]:
    """The scenes of the page: name and text."""
    for text in re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        yield re.findall(r"^name: (\w+)$", text, re.MULTILINE)[0], text


def sheet(name: str) -> Image.Image:
    """A sheet of pairs of a scene as it stands in the page."""
    scene, steps, pairs = SHEETS[name]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{scene}.yaml"
        file.write_text(dict(scenes())[scene], encoding="utf-8")
        source = catalogue.find(str(file))
    return contact_sheet(compile_spec(catalogue.spec(source, interventions=parse(steps)), source.scene), pairs)


def main() -> None:
    """Draw them all."""
    (HERE / "images" / "start").mkdir(exist_ok=True)
    for name in SHEETS:
        sheet(name).save(HERE / "images" / "start" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
