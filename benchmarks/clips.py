"""How fast clips are made and how many bytes they take, as film strips and as one PNG a frame.

    python benchmarks/clips.py            # measure, keep the figures, and write both tables anew
    python benchmarks/clips.py --write    # write the tables from the figures that are kept

Measures for each scene that moves pairs of clips at 64 px, factual and under a hard do, in one process; times are of
the processor. `strip` and `single` are bytes of the images of a clip alone, `strip + tar` and `single + tar` with what
a tar takes for each member. The figures are kept in `benchmarks/results/clips.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from pathlib import Path
from typing import Any

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.storage import png, tar
from scmgen.storage.shards import members

CLIPS, WARM, SIZE = 100, 8, 64
ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "benchmarks" / "results" / "clips.json"
PAGES = {  # the columns of the table of each page
    ROOT / "docs" / "explanation" / "scenes.md": ("bytes a pair", "strip", "single", "strip + tar", "single + tar"),
    ROOT / "docs" / "reference" / "performance.md": ("frames/s solved", "frames/s", "pairs/s", "bytes a pair"),
}
_TABLE = re.compile(
    r"(?<=<!-- table: python benchmarks/clips.py -->\n).*?(?=<!-- end of the table of clips -->)", re.DOTALL
)


def dataset(name: str) -> Dataset:
    """Pairs of a scene."""
    return compile_spec(catalogue.spec(catalogue.find(name), size=SIZE, interventions=parse("hard")))


def measured(name: str) -> dict[str, float]:
    """What one scene takes."""
    made = dataset(name)
    frames = made.scene.frames or 1
    list(members(made, made.evaluate("train", 0, WARM)))  # compiles the rasteriser
    start = time.process_time()
    batch = made.evaluate("train", 0, CLIPS)
    solved = time.process_time()
    size = sum(map(len, members(made, batch)))
    done = time.process_time()
    drawn = made.draw("train", batch.domain, batch.values)
    files = [png.encode(images) for images in (drawn.reshape(CLIPS, -1, SIZE, 3), drawn.reshape(-1, SIZE, SIZE, 3))]
    bare = [sum(map(len, some)) / CLIPS for some in files]
    held = [sum(len(file) + rounding(len(file)) for file in some) / CLIPS for some in files]
    both = 2 * CLIPS * frames
    return {
        "frames": frames,
        "frames/s solved": both / (solved - start),
        "frames/s": both / (done - start),
        "pairs/s": CLIPS / (done - start),
        "bytes a pair": size / CLIPS,
        "strip": bare[0],
        "single": bare[1],
        "strip + tar": held[0],
        "single + tar": held[1],
    }


def rounding(size: int) -> int:
    """What a member takes in a tar besides its bytes: a header, and the rest of its last block."""
    return tar.BLOCK + -size % tar.BLOCK


def table(kept: dict[str, Any], columns: tuple[str, ...]) -> str:
    """Some columns of what was measured, a row a scene."""
    lines = [f"| scene | frames | {' | '.join(columns)} |", "|" + "---|" * (2 + len(columns))]
    for name, figures in kept["scenes"].items():
        lines.append(f"| `{name}` | {figures['frames']} | {' | '.join(f'{figures[c]:,.0f}' for c in columns)} |")
    return "\n".join([*lines, "", f"In one process, by the processor's time, at a load of {kept['load']:.0f}.", ""])


def write(kept: dict[str, Any]) -> None:
    """Put the tables into their pages."""
    for page, columns in PAGES.items():
        page.write_text(_TABLE.sub(lambda found: table(kept, columns), page.read_text("utf-8")), "utf-8")  # noqa: B023


def main() -> None:
    """Measure, keep, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    if not parser.parse_args().write:
        moving = [name for name in catalogue.scenes() if catalogue.load_scene(name).frames is not None]
        kept = {"load": os.getloadavg()[0], "scenes": {name: measured(name) for name in moving}}
        KEPT.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    write(json.loads(KEPT.read_text("utf-8")))


if __name__ == "__main__":
    main()
