"""How fast clips are made and how many bytes they take, as film strips and as one PNG a frame.

    python benchmarks/clips.py

Prints a row for each scene that moves: pairs of clips at 64 px, factual and under a hard do, in one process; times are
of the processor. `strip` and `single` are bytes of the images of a clip alone, `strip + tar` and `single + tar` with
what a tar takes for each member.
"""

from __future__ import annotations

import time

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.storage import png, tar
from scmgen.storage.shards import members

CLIPS, WARM, SIZE = 100, 8, 64


def dataset(name: str) -> Dataset:
    """Pairs of a scene."""
    return compile_spec(catalogue.spec(catalogue.find(name), size=SIZE, interventions=parse("hard")))


def row(name: str) -> str:
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
    figures = (
        f"{both / (solved - start):,.0f}",
        f"{both / (done - start):,.0f}",
        f"{CLIPS / (done - start):,.0f}",
        f"{size / CLIPS:,.0f}",
        *(f"{value:,.0f}" for value in (*bare, *held)),
    )
    return f"| `{name}` | {frames} | {' | '.join(figures)} |"


def rounding(size: int) -> int:
    """What a member takes in a tar besides its bytes: a header, and the rest of its last block."""
    return tar.BLOCK + -size % tar.BLOCK


def main() -> None:
    """Print the table."""
    heads = ("frames/s solved", "frames/s in all", "pairs/s", "bytes a pair")
    print(f"| scene | frames | {' | '.join(heads)} | strip | single | strip + tar | single + tar |")
    print("|" + "---|" * 10)
    for name in catalogue.scenes():
        if catalogue.load_scene(name).frames is not None:
            print(row(name))


if __name__ == "__main__":
    main()
