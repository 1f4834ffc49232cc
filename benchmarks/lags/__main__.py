"""What the causal diffusion model learns of clips: the graph from one frame to the next, and what a frame had been.

    python benchmarks/lags --home DIR          # build, train, score: minutes of a core for each scene
    python benchmarks/lags --home DIR --only pong
    python benchmarks/lags --write             # write the table from the figures that are kept

Of each scene 6,000 twin clips are built, in which a factor is set in one frame. The graph is learned twice: from images
and by the same search from labels, which says what images cost. Answers about the last of two frames are scored beside
the frame as it was (identity): once for a do in it, once for a do in the frame before. The figures are kept in
`benchmarks/results/lags.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from cdm import config
from cdm.data import pairs as data
from cdm.data import shards
from cdm.data.pairs import Pairs
from cdm.evaluation import answers
from cdm.evaluation.metrics.graphs import graph_scores
from cdm.evaluation.metrics.pixels import pixel_errors
from cdm.methods import graph_search
from cdm.models.protocol import Job, Model
from cdm.runs import models
from cdm.scm.graph import present

ROOT = Path(__file__).resolve().parents[2]
KEPT, PAGE = ROOT / "benchmarks" / "results" / "lags.json", ROOT / "docs" / "reference" / "cdm.md"
FRAMES = {"fall": 8, "pong": 12}
STEPS = {
    "encoder_steps": 1200,
    "encoder_batch": 32,
    "mechanism_steps": 1000,
    "draft_steps": 1000,
    "denoiser_steps": 800,
}
CLIPS, SIZE, ROWS, AT_ONCE = 6000, 32, 1000, 100
_TABLE = re.compile(r"(?<=<!-- table: python benchmarks/lags -->\n).*?(?=<!-- end of the table of lags -->)", re.DOTALL)


def built(scene: str, home: Path) -> Path:
    """Build a data set, unless it is there."""
    recipe, out = home / f"{scene}.yaml", home / scene
    told = {
        "scene": scene,
        "n": CLIPS,
        "frames": FRAMES[scene],
        "size": SIZE,
        "interventions": f"hard:at=1-{FRAMES[scene] - 2},lasts=1",
        "splits": [{"name": "train", "share": 0.8}, {"name": "test", "share": 0.2}],
    }
    recipe.write_text(json.dumps(told), encoding="utf-8")  # JSON is YAML, too
    words = ["build", str(recipe), "-o", str(out), "-j", "1"]
    subprocess.run([sys.executable, "-c", "from scmgen.cli.main import main; main()", *words], check=True)  # noqa: S603
    return out


def measured(scene: str, home: Path) -> dict[str, Any]:
    """Graphs and answers of one scene."""
    source = shards.read(str(built(scene, home)), lags=1)
    train, test = (data.load(source, split, home / "cache") for split in ("train", "test"))
    job, began = Job(train, source.manifest, note=print), time.process_time()
    searched = graph_search.fit(job, graph_search.Options(search="interventional", pairs=True))
    labels = {"CPU-seconds": time.process_time() - began, **compared(searched, source.manifest["graph"])}
    began = time.process_time()
    model = models.train(models.USUAL, Job(train, source.manifest, note=print), config.make("quick", **STEPS))
    spent = time.process_time() - began
    return {
        "frames": FRAMES[scene],
        "CPU-seconds": spent,
        "from labels": labels,
        "from images": compared(model, source.manifest["graph"]),
        "read": read(model, test),
        "L1": {when: drawn(model, test, past) for when, past in (("in it", False), ("in the frame before", True))},
    }


def compared(model: Any, graph: Any) -> dict[str, Any]:
    """A graph beside the true one: edges within a frame and from the frame before, each counted once."""
    names, frames = model.code.names, model.code.frames
    mine, true = present(model.graph, frames), present(torch.tensor(graph["adjacency"]["directed"]), frames)
    past = len(names) // 2
    edges = {
        name: [[names[i], names[j]] for i, j in table.nonzero().tolist()]
        for name, table in (("mine", mine), ("true", true))
    }
    parts = {}
    for part, lag in (("within a frame", 0), ("from the frame before", 1)):
        both = [table[:past, past:] if lag else table[past:, past:] for table in (mine > 0, true > 0)]
        parts[part] = {
            "true": int(both[1].sum()),
            "found": int((both[0] & both[1]).sum()),
            "false": int((both[0] & ~both[1]).sum()),
        }
    return {
        **graph_scores(mine, true),
        **parts,
        "edges": edges["mine"],
        "missing": [e for e in edges["true"] if e not in edges["mine"]],
    }


def read(model: Model, test: Pairs) -> dict[str, float]:
    """How well each factor is read in the last frame: the correlation of its code, the largest of a code's numbers."""
    batch = test.batch(torch.arange(ROWS))
    codes = torch.cat([model.codes(some) for some in torch.split(batch["image"], AT_ONCE)])
    told = {}
    for factor, block in zip(model.code.factors, model.code.blocks, strict=True):
        if not factor.past:
            both = zip(codes[:, block].T, batch["factors"][:, block].T, strict=True)
            told[factor.name] = max(abs(float(torch.corrcoef(torch.stack(pair))[0, 1].nan_to_num())) for pair in both)
    return told


def drawn(model: Model, test: Pairs, past: bool) -> dict[str, Any]:
    """L1 of the last frame, of images from -1 to 1, for dos in it or in the frame before."""
    mask = torch.tensor(test.arrays["do_mask"])
    d = mask.shape[1] // 2
    rows = (mask[:, :d] if past else mask[:, d:]).any(dim=1).nonzero()[:ROWS, 0]
    parts: dict[str, list[torch.Tensor]] = {"model": [], "image": [], "image_cf": []}
    for some in torch.split(rows, AT_ONCE):
        batch = test.batch(some)
        batch["model"] = answers.prediction(model, batch)
        for name, images in parts.items():
            images.append(batch[name][:, :, SIZE:])
    shown = {name: torch.cat(images) for name, images in parts.items()}
    told = {
        name: pixel_errors(shown[of], shown["image_cf"], shown["image"])
        for name, of in (("identity", "image"), ("model", "model"))
    }
    return {"rows": len(rows), **told}


def table(kept: dict[str, Any]) -> str:
    """What was measured, for the page."""
    lines = [
        "| scene | graph from | edges within a frame: true, found, false | from the frame before | SHD |",
        "|---|---|---|---|---|",
    ]
    for name, figures in kept["scenes"].items():
        for way in ("labels", "images"):
            told = figures[f"from {way}"]
            cells = (
                ", ".join(str(told[part][key]) for key in ("true", "found", "false"))
                for part in ("within a frame", "from the frame before")
            )
            lines.append(f"| `{name}` | {way} | {' | '.join(cells)} | {told['SHD']} |")
    lines += [
        "",
        "| scene | the do is | L1 of the frame | all pixels | changed | unchanged |",
        "|---|---|---|---|---|---|",
    ]
    for name, figures in kept["scenes"].items():
        for when, rows in figures["L1"].items():
            for who in ("identity", "model"):
                lines.append(
                    f"| `{name}` | {when} | {who} | "
                    + " | ".join(f"{rows[who][part]:.4f}" for part in ("all", "changed", "unchanged"))
                    + " |"
                )
    lines += ["", "How well each factor is read in one frame, as a correlation:", ""]
    for name, figures in kept["scenes"].items():
        lines.append(f"- `{name}`: " + ", ".join(f"{factor} {r:.2f}" for factor, r in figures["read"].items()))
    spent = ", ".join(f"{figures['CPU-seconds']:.0f} s for `{name}`" for name, figures in kept["scenes"].items())
    return "\n".join(
        [*lines, "", f"One seed, {CLIPS:,} clips at {SIZE} px, on one thread: {spent}, by the processor's time.", ""]
    )


def main() -> None:
    """Measure, keep, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="where data sets lie")
    parser.add_argument("--only", choices=FRAMES)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {"scenes": {}}
    if not asked.write:
        asked.home.mkdir(parents=True, exist_ok=True)
        for scene in [asked.only] if asked.only else FRAMES:
            kept["scenes"][scene] = {**measured(scene, asked.home), "load": os.getloadavg()[0]}
            KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    PAGE.write_text(_TABLE.sub(lambda found: table(kept), PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
