"""How long an image of a scene in three dimensions takes, at four sizes.

    python benchmarks/rendering                                           # images of all scenes, or of those named
    python benchmarks/rendering --build ident3d 1000 64 -o data/ident3d   # a build of so many pairs of a size
    python docs/make_stage.py                                             # write both into the page on stages

Seconds of the processor for an image, in one process on one thread, the mean of some samples; the figures are kept in
`benchmarks/results/rendering.json`, with the load of the machine. A build that was stopped goes on by the same command,
and its seconds are added up.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.scene.scene import Scene

SIZES = {64: 4, 128: 2, 224: 1, 512: 1}  # pixels a side, and how many images are drawn
KEPT = Path(__file__).resolve().parent.parent / "results" / "rendering.json"


def measured(scene: Scene, size: int, count: int) -> float:
    """Seconds that an image takes, of a clip a frame."""
    world = scene.sample(count)
    start = time.process_time()
    scene.render(world, size)
    return (time.process_time() - start) / (count * (scene.frames or 1))


def built(name: str, pairs: int, size: int, out: Path) -> dict[str, Any]:
    """Build pairs in this process, or finish to; give the seconds that it took, also of the times before."""
    clock, journal = (time.time(), time.process_time()), out.with_name(f".{out.name}.seconds")
    spent = json.loads(journal.read_text()) if journal.exists() else [0.0, 0.0]

    def kept(samples: int = 0) -> list[float]:
        """What was spent until now, kept beside the data set for whoever goes on."""
        now = [spent[0] + time.time() - clock[0], spent[1] + time.process_time() - clock[1]]
        out.parent.mkdir(parents=True, exist_ok=True)
        journal.write_text(json.dumps(now))
        return now

    source = catalogue.find(name)
    spec = catalogue.spec(source, n=pairs, size=size, shard_size=min(50, pairs), interventions=parse("hard"))
    try:
        manifest = build(spec, out, workers=1, progress=kept)
    finally:
        seconds, processor = kept()
    told = {"pairs": pairs, "size": size, "seconds": round(seconds), "cpu_seconds": round(processor)}
    return {**told, "bytes": manifest.bytes, "load": round(os.getloadavg()[0], 1)}


def images(names: list[str]) -> dict[str, Any]:
    """Measure scenes."""
    found = {}
    for name in names:
        scene = catalogue.load_scene(name)
        scene.render(scene.sample(1), 16)  # loads the renderer
        seconds = {str(size): round(measured(scene, size, count), 3) for size, count in SIZES.items()}
        found[name] = {
            "renderer": scene.renderer.version.partition(",")[0],
            "samples": scene.document.stage and int(scene.document.stage["samples"]),
            "seconds": seconds,
            "load": round(os.getloadavg()[0], 1),
        }
    return found


def main() -> None:
    """Measure images, or a build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="scenes; all that have a stage if none is named")
    parser.add_argument("--build", nargs=3, metavar=("NAME", "PAIRS", "SIZE"), help="measure a build instead")
    parser.add_argument("-o", "--out", type=Path, help="where the data set of --build goes")
    options = parser.parse_args()
    if options.build:
        name, pairs, size = options.build[0], *map(int, options.build[1:])
        keep("built", {f"{name}-{size}": built(name, pairs, size, options.out or Path("data") / f"{name}{size}")})
        return
    every = [name for name in catalogue.scenes() if catalogue.load_scene(name).document.stage]
    keep("scenes", images(options.names or every))


def keep(part: str, found: dict[str, Any]) -> None:
    """Add what was measured to what is known, which stays where nothing new is."""
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    known |= {part: dict(sorted({**known.get(part, {}), **found}.items()))}
    KEPT.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
