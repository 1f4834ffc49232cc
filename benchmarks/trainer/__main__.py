"""What the causal diffusion model reaches: graphs, factors and counterfactuals over seeds, with controls.

    python benchmarks/trainer models    # whole models, scored beside direct regression trained for as many CPU-seconds
    python benchmarks/trainer ablations # one thing changed, on clutter
    python benchmarks/trainer graphs    # encoder and graph: data set, seed
    python benchmarks/trainer controls  # oracle codes, permuted targets, shuffled pairs
    python benchmarks/trainer levels    # without values, and without targets
    python benchmarks/trainer methods   # other ways to a graph, on true codes
    python benchmarks/trainer route     # the commands of the README, timed
    python benchmarks/trainer page --page docs/reference/trainer-results.md --readme README.md

Figures stand in `benchmarks/results/trainer.json` (`-o` names another file). Run it with nothing else on the machine.
Each figure is kept as soon as it is there; what is in the file already is not measured again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import levels
import page
import whole
from page import CONTROLS, GRAPH_SETS, SETS
from sets import ENCODER_ONLY, PAIRS, SEEDS, SIZE, asked, built, machine, trained

_REAL = Path("benchmarks/results/real_images.json")  # of benchmarks/real_images, for the page
GRAPH_PRESET = "standard"  # whose encoder's steps a graph is read from


def graphs(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """SHD and MCC without a denoiser, with the encoder steps of a preset."""
    for seed in SEEDS:
        for name in GRAPH_SETS:
            key = f"{name}, seed {seed}"
            if asked(key, only) and key not in kept["graphs"]:
                begun, graph, seconds = trained(built(name, home), home, GRAPH_PRESET, seed=seed, **ENCODER_ONLY)
                kept["graphs"][key] = {**scores(begun, graph, home), "seconds": round(seconds), **machine()}
                save(key)


def methods(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """Every way to a graph on true codes of one seed: with pairs, and of what is merely observed."""
    import torch

    from cdm import discovery
    from cdm.data import pairs as data
    from cdm.data import shards
    from cdm.evaluation.metrics.graphs import graph_scores

    for name in (name for name in SETS if asked(name, only)):
        source = shards.read(str(built(name, home)))
        pairs = data.load(source, "train", home / "cache")
        truth = torch.tensor(source.manifest["graph"]["adjacency"]["directed"])
        batch = pairs.batch(torch.arange(len(pairs)))
        floor = torch.full((len(pairs.code.factors),), 1e-4)
        for method in discovery.METHODS:
            for tables in ((batch["factors_cf"], batch["do_mask"]), (None, None)):
                key = f"{name}, {method}, {'pairs' if tables[0] is not None else 'observed'}"
                apt = method != "dagma" if tables[0] is not None else method not in discovery.NEED_PAIRS
                if key in kept["methods"] or not apt:
                    continue
                discovered = discovery.discover(method, pairs.code, batch["factors"], *tables, floor, 0)
                undecided = int(discovered.undecided.triu().sum())
                kept["methods"][key] = {**graph_scores(discovered.adjacency, truth), "undecided": undecided}
                save(key)


def route(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """What a newcomer types, in processes of their own, with the threads that there are."""
    import resource
    import tempfile

    for preset in (preset for preset in whole.PRESETS if asked(preset, only)):
        with tempfile.TemporaryDirectory(dir=home) as folder:
            data, run, cache = (f"{folder}/{part}" for part in ("data", "run", "cache"))
            seconds: dict[str, Any] = {}
            build = ["build", "pendulum", "--n", str(PAIRS), "--size", str(SIZE), "--interventions", "-o", data]
            train = ["train", data, "--preset", preset, "-o", run, "--cache", cache]
            for script, words in (("scmgen", build), ("cdm", train)):
                began = time.monotonic()
                code = f"from {script}.cli.main import main; main()"
                done = subprocess.run(  # noqa: S603
                    [sys.executable, "-c", code, *words], check=True, capture_output=True, text=True
                )
                seconds[words[0]] = round(time.monotonic() - began, 1)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            said = done.stdout.split("; ", 1)[1].strip()
            kept["route"][preset] = {**seconds, **machine(), "peak_MB": peak, "said": said}
            save(preset)


def scores(begun: Any, graph: dict[str, Any], home: Path) -> dict[str, Any]:
    """Of a graph and an encoder, on the training pairs that were held out."""
    import torch

    from cdm.evaluation.metrics import latents
    from cdm.evaluation.metrics.graphs import graph_scores
    from cdm.training import stages

    model, pairs = begun.model, begun.source.pairs
    rows = torch.arange(len(pairs) - begun.source.held_out, len(pairs))[:1000]
    batch = pairs.batch(rows)
    with torch.no_grad():
        z = torch.cat([model.encoder(images) for images in torch.split(batch["image"], 200)])
    r = latents.correlations(model.code, z, batch["factors"])
    truth = torch.tensor(graph["adjacency"]["directed"])
    probability = torch.tensor(begun.header["graph"]["probability"])
    figures = {**graph_scores(model.adjacency, truth), "MCC": sum(r) / len(r), "edges": stages.edges(model)}
    return figures | {"surest wrong edge": float((probability * (1 - truth)).max())}


def controls(kept: dict[str, Any], home: Path, save: Any, only: list[str]) -> None:
    """The graph stage on true codes, on targets told wrongly, and on second images of other samples."""
    import torch

    from cdm.data import pairs as data
    from cdm.data import shards
    from cdm.discovery import discover
    from cdm.evaluation.metrics.graphs import graph_scores

    for name in (name for name in SETS if asked(name, only)):
        source = shards.read(str(built(name, home)))
        pairs = data.load(source, "train", home / "cache")
        truth = torch.tensor(source.manifest["graph"]["adjacency"]["directed"])
        batch = pairs.batch(torch.arange(len(pairs)))
        d = len(pairs.code.factors)
        for control in CONTROLS:
            for seed in SEEDS:
                generator = torch.Generator().manual_seed(seed)
                before, after, mask = batch["factors"], batch["factors_cf"], batch["do_mask"]
                if control == "permuted targets":
                    mask = mask[:, (torch.arange(d) + 1 + seed % (d - 1)) % d]  # no factor keeps its own
                if control == "shuffled pairs":
                    rows = torch.randperm(len(after), generator=generator)
                    after, mask = after[rows], mask[rows]
                floor = torch.full((d,), 1e-4)
                discovered = discover("interventional", pairs.code, before, after, mask, floor, seed)
                key = f"{name}, {control}, seed {seed}"
                kept["controls"][key] = graph_scores(discovered.adjacency, truth)
                save(key)


MEASURES = {
    "graphs": graphs,
    "controls": controls,
    "levels": levels.levels,
    "methods": methods,
    "models": whole.models,
    "ablations": whole.ablations,
    "route": route,
}


def main() -> None:
    """Measure what is asked for, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=(*MEASURES, "page"))
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/trainer.json"))
    parser.add_argument("--home", type=Path, default=Path("/tmp/cdm-benchmark"), help="where data sets go")  # noqa: S108
    parser.add_argument("--page", type=Path)
    parser.add_argument("--readme", type=Path)
    parser.add_argument(
        "--only", action="append", default=[], help="what begins so: 'clutter', 'clutter, quick, seed 0'"
    )
    options = parser.parse_args()
    kept: dict[str, Any] = {part: {} for part in MEASURES}
    kept |= json.loads(options.out.read_text()) if options.out.exists() else {}

    def save(key: str) -> None:
        # Another process may write here, too.
        there = json.loads(options.out.read_text()) if options.out.exists() else {}
        for part, measured in kept.items():
            measured.update({**there.get(part, {}), **measured})
        whole = options.out.with_suffix(f".{os.getpid()}")
        whole.write_text(json.dumps(kept, indent=1) + "\n")
        whole.replace(options.out)
        print(key, flush=True)

    if options.what == "page":
        kept["real"] = json.loads(_REAL.read_text()) if _REAL.exists() else {}
        options.page.write_text(page.page(kept))
        if options.readme:
            options.readme.write_text(page.in_readme(options.readme.read_text(), page.headline(kept)))
        return
    MEASURES[options.what](kept, options.home, save, options.only)


if __name__ == "__main__":
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the command line does
    main()
