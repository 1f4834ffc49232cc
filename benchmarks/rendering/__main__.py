"""How long an image of a scene in three dimensions takes, at four sizes.

    python benchmarks/rendering            # measure, and keep the figures
    python docs/make_stage.py              # write them into the page of the stage language

Seconds of the processor for an image, in one process on one thread, the mean of some samples; the figures are kept in
`benchmarks/results/rendering.json`, with the load of the machine.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from scmgen.dataset import catalogue
from scmgen.scene.scene import Scene

SIZES = {64: 4, 128: 2, 224: 1, 512: 1}  # pixels a side, and how many images are drawn
KEPT = Path(__file__).resolve().parent.parent / "results" / "rendering.json"


def measured(scene: Scene, size: int, count: int) -> float:
    """Seconds that an image takes."""
    world = scene.sample(count)
    start = time.process_time()
    scene.render(world, size)
    return (time.process_time() - start) / count


def main() -> None:
    """Measure every scene that has a stage."""
    names = [name for name in catalogue.scenes() if catalogue.load_scene(name).document.stage]
    found = {}
    for name in names:
        scene = catalogue.load_scene(name)
        scene.render(scene.sample(1), 16)  # loads the renderer
        seconds = {str(size): round(measured(scene, size, count), 3) for size, count in SIZES.items()}
        found[name] = {"samples": scene.document.stage and int(scene.document.stage["samples"]), "seconds": seconds}
    version = catalogue.load_scene(names[0]).renderer.version
    told = {"load": round(os.getloadavg()[0], 1), "renderer": version, "scenes": found}
    KEPT.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
