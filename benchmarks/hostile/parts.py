"""A part of the inputs, in a process of its own; and the sound things that they are made from."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import damage
import documents
import texts
import watch

ROOT = Path(__file__).parents[2]
MANIFESTS, SCENES, RECIPES, CATALOGUES = 2_000, 1_800, 700, 500
SHARDS, BESIDE, CACHES, CHECKPOINTS = 400, 400, 350, 350
PART = {"texts": 5_000, "scene": 225, "recipe": 175, "catalogue": 250, "manifest": 125, "damage": 50}
SETS = {
    "pairs": "build pendulum --n 12 --size 16 --shard-size 4 --interventions hard --masks --effects",
    "withheld": "build pendulum --n 12 --size 16 --shard-size 6 --interventions hard --labels hidden",
    "environments": "build pendulum --n 12 --size 16 --shard-size 6",
}


def prepare(place: Path) -> None:
    """The sound data sets and the sound checkpoint that inputs are made from."""
    from cdm.cli.main import main as trainer
    from scmgen.cli.main import main

    for name, line in SETS.items():
        watch.command(main, *line.split(), "-j", "1", "-o", str(place / name))
    images = place / "images"
    images.mkdir()
    from PIL import Image

    for number in range(6):
        Image.new("RGB", (16, 16), (40 * number, 90, 200 - 30 * number)).save(images / f"i{number}.png")
    rows = "".join(f"i{number}.png,{number / 5},{'ab'[number % 2]}\n" for number in range(6))
    (place / "labels.csv").write_text(f"image,v,kind\n{rows}")
    line = (
        f"import {images} --labels {place / 'labels.csv'} --categorical kind --name faces -j 1 -o {place / 'imported'}"
    )
    watch.command(main, *line.split())
    for name in (*SETS, "imported"):
        watch.command(main, "verify", str(place / name), "-j", "1")  # what is sound is found to be so
    few = "encoder_steps=4 encoder_batch=4 mechanism_steps=2 draft_steps=2 denoiser_steps=2"
    large = "build pendulum --n 80 --size 16 --shard-size 40 --interventions hard -j 1 -o"
    watch.command(main, *large.split(), str(place / "training"))
    settings = [word for setting in few.split() for word in ("--set", setting)]
    line = f"train {place / 'training'} --preset quick -o {place / 'run'} --cache {place / 'cache'}"
    watch.command(trainer, *line.split(), *settings)


def made(kind: str, chance: random.Random, place: Path, sound: Path) -> tuple[str, Any]:
    """An input of a kind, and what reads it."""
    sets = [sound / name for name in (*SETS, "imported")]
    match kind:
        case "scene":
            return documents.scenes(chance, ROOT, place)
        case "recipe":
            return documents.recipes(chance, ROOT, place)
        case "catalogue":
            return documents.catalogues(chance, ROOT, place)
        case "manifest":
            return documents.manifests(chance, ROOT, place, chance.choice(sets))
        case "shard":
            return damage.shards(chance, place, chance.choice(sets))
        case "beside":
            return damage.beside(chance, place, chance.choice(sets))
        case "cache":
            return damage.caches(chance, place, sound / "pairs")
        case "checkpoint":
            return damage.checkpoints(chance, place, sound / "run")
    _, make, use = texts.KINDS[kind]
    text = make(chance)
    return repr(text[:80]), lambda: use(text, place)


def part(task: tuple[str, int, int, int, str]) -> tuple[str, dict[str, Any]]:
    """Inputs ``first`` to ``last`` of a kind, in a process of its own."""
    kind, seed, first, last, sound = task
    counts = watch.Counts()
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        own = {"NUMBA_CACHE_DIR": f"{folder}/numba", "TORCHINDUCTOR_CACHE_DIR": f"{folder}/torch"}  # they make these
        os.environ |= {"XDG_CACHE_HOME": folder, "TMPDIR": folder, **own}
        sys.dont_write_bytecode = True
        place, tempfile.tempdir = Path(folder), folder
        os.chdir(place)
        watch.fence(place, counts)
        for number in range(first, last):
            chance = random.Random(f"{seed} {kind} {number}")  # noqa: S311 - reproducible on purpose
            name, use = made(kind, chance, place, Path(sound))
            watch.tried(counts, kind, f"{number} {name}", use)
        tempfile.tempdir = None
    counts.megabytes = watch.peak()
    return kind, counts.data()


def tasks(seed: int, share: float, sound: str, only: str | None) -> list[tuple[str, int, int, int, str]]:
    """Every part of the work."""
    amounts = {kind: 1_000 * parts for kind, (parts, _, _) in texts.KINDS.items()}
    sizes = dict.fromkeys(amounts, PART["texts"])
    more = {"scene": SCENES, "recipe": RECIPES, "catalogue": CATALOGUES, "manifest": MANIFESTS}
    files = {"shard": SHARDS, "beside": BESIDE, "cache": CACHES, "checkpoint": CHECKPOINTS}
    amounts |= more | files
    sizes |= {kind: PART[kind] for kind in more} | dict.fromkeys(files, PART["damage"])
    return [
        (kind, seed, first, min(first + sizes[kind], count), sound)
        for kind, whole in amounts.items()
        if only in (None, kind)
        for count in [max(1, round(whole * share))]
        for first in range(0, count, sizes[kind])
    ]
