"""The reader: a regressor of the factors that an evaluation trains on labels, to see what images show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.models import checkpoint, shapes
from cdm.models.protocol import Model
from cdm.networks.encoder import Encoder, anchor
from cdm.scm.codes import Code

STEPS = 3000  # of few images: as good as half as many of four times the batch, at 60 % of the cost
FILE = "reader.safetensors"
_READ = ("image", "factors", "image_cf", "factors_cf")


@dataclass(frozen=True)
class Options:
    """How a reader is trained.

    Attributes:
        steps: of Adam.
        seed: of weights and batches.
        batch: samples a step; of pairs both images.
        rate: the highest learning rate.
    """

    steps: int = STEPS
    seed: int = 7
    batch: int = 16
    rate: float = 2e-3


class Reader(Model):
    """An encoder that was told the factors. Called with images ``(n, 3, size, size)`` it gives codes ``(n, width)``."""

    name, answers = "reader", frozenset({"encode"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        self.encoder = Encoder(code, size)

    def forward(self, images: Tensor) -> Tensor:
        """The codes."""
        read: Tensor = self.encoder(images)
        return read

    def codes(self, images: Tensor) -> Tensor:
        """The same, without gradients."""
        with torch.no_grad():
            return self.forward(images)


Progress = Callable[[int], None]


def fit(
    pairs: Pairs,
    steps: int = STEPS,
    seed: int = 7,
    device: str = "cpu",
    progress: Progress = lambda steps: None,
) -> Reader:
    """A regressor of the factors, trained on the labels of a split.

    Args:
        pairs: the split; of pairs it learns from both images, as far as the labels tell.
        steps: of Adam.
        seed: of weights and batches.
        device: where to train.
        progress: called with steps done.

    Raises:
        CdmError: if the labels withhold the factors.
    """
    if "factors" not in pairs.arrays:
        raise CdmError("a regressor of the factors needs labels that tell them, and the shards hold no factors")
    known = replace(pairs, arrays={name: pairs.arrays[name] for name in _READ if name in pairs.arrays})
    options, generator = Options(steps, seed), torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        reader = Reader(pairs.code, pairs.size, options).to(device)
    optimiser = torch.optim.Adam(reader.parameters(), options.rate, (0.9, 0.99), fused=True)
    slower = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate(step, steps))
    for _ in range(steps):
        rows = torch.randint(len(pairs), (options.batch,), generator=generator)
        optimiser.zero_grad(set_to_none=True)
        _missed(reader.encoder, known.batch(rows, device)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        slower.step()
        progress(1)
    return reader.eval()


def kept(
    place: Path,
    pairs: Pairs,
    manifest: Mapping[str, Any],
    steps: int = STEPS,
    seed: int = 7,
    device: str = "cpu",
    progress: Progress = lambda steps: None,
) -> Reader:
    """The reader that was trained on these data before, or one that is trained now, and kept.

    Args:
        place: the directory in which the split's decoded samples are kept, too.
        pairs, steps, seed, device, progress: as in :func:`fit`.
        manifest: whose ``digest`` says which data these are.

    Raises:
        CdmError: if the labels withhold the factors, or it cannot be written.
    """
    file, data = place / FILE, {key: manifest[key] for key in ("name", "digest")}
    found = _found(file, pairs, data, Options(steps, seed))
    if found is not None:
        progress(steps)
        return found.to(device)
    reader = fit(pairs, steps, seed, device, progress)
    checkpoint.save(file, reader, {"data": data, "samples": len(pairs)})
    return reader


def _found(file: Path, pairs: Pairs, data: Mapping[str, str], options: Options) -> Reader | None:
    """The reader of a file; None if it is of other data or options, or damaged, which is told."""
    if not file.exists():
        return None
    wanted = {"factors": pairs.code.data(), "samples": len(pairs), "size": pairs.size, "digest": data["digest"]}
    try:
        header, tensors = checkpoint.read(file)
        same = checkpoint.config_of(header, Options, file) == options and checkpoint.of_data(header, wanted)
        return checkpoint.build(header, tensors, options, _load, where=file) if same else None
    except CdmError as error:
        print(f"cdm: {error}; made anew", file=sys.stderr)
        return None


def _load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> Reader:
    shapes.check(lambda: Reader(code, size, options), weights)
    reader = Reader(code, size, options)
    reader.load_state_dict(weights)
    return reader


def rate(step: int, steps: int) -> float:
    """The learning rate's factor: a short warm-up, flat, then linear to zero over the last half."""
    return min(1.0, (step + 1) / 50, 2 * (1 - step / steps))


def _missed(encoder: Encoder, batch: dict[str, Tensor]) -> Tensor:
    """What it misreads, of one image of each pair or of both."""
    images, factors = [batch["image"]], [batch["factors"]]
    if "image_cf" in batch and "factors_cf" in batch:
        images, factors = [*images, batch["image_cf"]], [*factors, batch["factors_cf"]]
    wanted = torch.cat(factors)
    everything = torch.ones(len(wanted), len(encoder.code.factors), device=wanted.device)
    return anchor(encoder.code, encoder.logits(torch.cat(images)), wanted, everything)
