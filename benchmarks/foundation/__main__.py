"""Causal semantic guidance where the true counterfactual pixels are known: the pendulum, under the oracle's edits.

    python benchmarks/foundation run --home HOME     # builds, trains two models, draws: ten minutes of a core
    python benchmarks/foundation search --home HOME  # what the settings of the guidance were chosen by
    python benchmarks/foundation page --page docs/how-to/foundation.md

`HOME` holds data, cache and runs; what is there is not made again. Figures stand in
`benchmarks/results/foundation.json`. With `--vgg vgg16.pth --lpips vgg.pth`, weights of torchvision and of the package
lpips, which do not come with us, LPIPS is measured, too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import page
import rows
import torch
from torch import Tensor

from cdm import config
from cdm.data import pairs as data
from cdm.data import shards
from cdm.data.images import to_bytes
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.evaluation import protocol
from cdm.evaluation.metrics.pixels import pixel_errors
from cdm.foundation.guidance.run import RunGenerator
from cdm.foundation.known.oracle import Oracle
from cdm.foundation.perceptual import Perceptual, vgg16
from cdm.metrics import perceptual
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.models.protocol import USUAL, Job, Model
from cdm.runs import models

RESULTS = Path("benchmarks/results/foundation.json")
AT_ONCE, SEARCHED, SHOWN = 100, 40, 4
STEPS = {  # of the benchmark of methods, seed 0: three CPU-minutes each
    USUAL: {"encoder_steps": 473, "mechanism_steps": 394, "draft_steps": 788, "denoiser_steps": 867},
    "direct_regression": {"steps": 3689},
}


def built(home: Path) -> Path:
    """The data of the protocol ``pendulum``, unless they are there."""
    out = home / "pendulum"
    if not (out / "manifest.json").exists():
        words = shlex.split(protocol.find("pendulum").build)
        command = [*words[1 : words.index("-o")], "-o", str(out), "-j", "1"]
        script = "from scmgen.cli.main import main; main()"
        subprocess.run([sys.executable, "-c", script, *command], check=True)  # noqa: S603
    return out


def trained(kind: str, home: Path) -> Model:
    """A model of a kind, of its preset ``quick`` with :data:`STEPS`, unless its run is there."""
    out, source = home / kind, shards.read(str(built(home)))
    with contextlib.suppress(CdmError):
        return models.finished(out)[1]
    entry = models.MODELS[kind]
    job = Job(data.load(source, "train", home / "cache"), source.manifest, out=out, events=False, note=print)
    models.train(kind, job, config.chosen(entry.config, entry.presets, "quick", STEPS[kind]))
    return models.load(out)


def run(home: Path, count: int, lpips: Perceptual | None) -> None:
    """Draw and score the first rows of the protocol in which something was done."""
    model, test = _given(home)
    some = _acted(test, protocol.find("pendulum").rows)[:count]
    truth = _drawn(lambda batch: {"truth": batch["image_cf"], "factual": batch["image"]}, test, some)
    follows = _follows(model, test, some)
    told = {"rows": len(some), "with descendants": int(follows.sum()), "lpips": lpips.name if lpips else None}
    kept = _kept()
    found = kept["found"] if told.items() <= kept.items() else {}  # what an earlier run came to
    _keep({**told, "one by one": _one_by_one(model, home, test, some), "found": found})
    for name, row in rows.table(model, trained("direct_regression", home)).items():
        if name not in found:
            began = time.process_time()
            drawn = _drawn(row, test, some)
            spent = {"seconds": (time.process_time() - began) / len(some), "load": os.getloadavg()[0]}
            found[name] = {**spent, **_scored(drawn, truth, follows, lpips)}
            _keep({"found": found})
            print(name, json.dumps(found[name]), flush=True)


def search(home: Path) -> None:
    """Try settings on samples that the protocol does not ask about."""
    model, test = _given(home)
    asked = protocol.find("pendulum").rows
    some = _acted(test, len(test))
    some = some[some >= asked][:SEARCHED]
    truth = _drawn(lambda batch: {"truth": batch["image_cf"], "factual": batch["image"]}, test, some)
    found = []
    for told, row in rows.tried(model):
        found.append({**told, **_scored(_drawn(row, test, some), truth, _follows(model, test, some), None)})
        print(json.dumps(found[-1]), flush=True)
        _keep({"searched on": len(some), "search": found})


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    return kept


def _keep(told: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps({**_kept(), **told}, indent=1) + "\n", "utf-8")


def _given(home: Path) -> tuple[CausalDiffusionModel, Pairs]:
    torch.set_num_threads(1)
    home.mkdir(parents=True, exist_ok=True)
    source = shards.read(str(built(home)))
    model = trained(USUAL, home)
    assert isinstance(model, CausalDiffusionModel)  # noqa: S101
    return model, data.load(source, "test", home / "cache")


def _acted(test: Pairs, count: int) -> Tensor:
    """The samples of the first ones in which something was done."""
    return torch.tensor(test.arrays["do_mask"][:count]).any(dim=1).nonzero()[:, 0]


def _follows(model: CausalDiffusionModel, test: Pairs, some: Tensor) -> Tensor:
    """Where the target has descendants."""
    batch = test.batch(some)
    return rows.touched(batch).sum(dim=1) > batch["do_mask"].sum(dim=1)


def _drawn(row: Callable[[dict[str, Tensor]], dict[str, Tensor]], test: Pairs, some: Tensor) -> dict[str, Tensor]:
    parts = [row(test.batch(few)) for few in torch.split(some, AT_ONCE)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _scored(
    drawn: dict[str, Tensor], truth: dict[str, Tensor], follows: Tensor, lpips: Perceptual | None
) -> dict[str, Any]:
    """Errors of pixels, and what masks cover: of what truly changes, and of what does not."""
    images, true, factual = drawn["images"], truth["truth"], truth["factual"]
    told: dict[str, Any] = {"L1": pixel_errors(images, true, factual)}
    told["L1 with descendants"] = pixel_errors(images[follows], true[follows], factual[follows])
    if "maps" in drawn:
        inside, changed = drawn["maps"].amax(dim=1), (true != factual).any(dim=1)
        told["mask"] = {"changed": float(inside[changed].mean()), "unchanged": float(inside[~changed].mean())}
    if lpips:
        mine, right = (part.permute(0, 2, 3, 1).numpy() for part in (images, true))
        told["lpips"] = perceptual(mine, right, lpips.backbone, lpips.weights)
    return told


def _one_by_one(model: CausalDiffusionModel, home: Path, test: Pairs, some: Tensor) -> dict[str, Any]:
    """The first pictures through extractor, manipulator and generator, beside the same rows drawn at once."""
    oracle, generator = Oracle.of(str(built(home)), "test", home / "cache"), RunGenerator(model)
    few, apart = some[:SHOWN], 0
    at_once = to_bytes(rows.guided(model)(test.batch(few))["images"])
    for row, other in zip(few.tolist(), at_once, strict=True):
        image = test.arrays["image"][row]
        told = oracle.manipulate(oracle.extract(image), oracle.recorded(image), image)
        drawn = torch.tensor(generator.generate(image, told).image)
        apart = max(apart, int((drawn.int() - other.int()).abs().max()))
    return {"pictures": len(few), "largest difference of a byte": apart}


def main() -> None:
    """What the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--home", type=Path, required=True)
    running.add_argument("--rows", type=int, default=60)
    running.add_argument("--vgg", type=Path)
    running.add_argument("--lpips", type=Path)
    commands.add_parser("search").add_argument("--home", type=Path, required=True)
    commands.add_parser("page").add_argument("--page", type=Path, required=True)
    asked = parser.parse_args()
    if asked.command == "run":
        run(asked.home, asked.rows, vgg16(asked.vgg, asked.lpips) if asked.vgg else None)
    elif asked.command == "search":
        search(asked.home)
    else:
        page.write(asked.page, json.loads(RESULTS.read_text("utf-8")))


if __name__ == "__main__":
    main()
