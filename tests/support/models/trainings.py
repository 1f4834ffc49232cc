"""Trainings of a few steps on the toy (:mod:`toy`), and commands of the trainer in this process."""

from __future__ import annotations

import torch
import toy
from click.testing import CliRunner

from cdm.cli import main
from cdm.models.protocol import Model

GRAPH = torch.tensor(toy.ADJACENCY)
TINY = {
    "encoder_steps": 20,
    "encoder_batch": 8,
    "mechanism_steps": 10,
    "draft_steps": 10,
    "draft_batch": 4,
    "denoiser_steps": 10,
    "denoiser_batch": 4,
}
SETTINGS = [word for name, count in TINY.items() for word in ("--set", f"{name}={count}")]
SCRIPT = "from cdm.cli.main import main; main()"
"""The trainer, for a process of its own."""
LEARNS = {
    "encoder_steps": 700,
    "encoder_batch": 16,
    "mechanism_steps": 300,
    "draft_steps": 800,
    "draft_batch": 8,
    "denoiser_steps": 300,
    "denoiser_batch": 8,
}


def call(*arguments: str) -> str:
    """Run a command in this process; give what it printed, without what it told of itself meanwhile."""
    done = CliRunner().invoke(main.cli, list(arguments), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def same(a: Model, b: Model) -> bool:
    """Whether two models have the same weights, bit for bit."""
    one, other = a.state_dict(), b.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
