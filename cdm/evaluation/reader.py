"""The reader: a regressor of the factors that an evaluation trains on labels, to see what images show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.networks.encoder import Encoder, anchor

STEPS = 1500
_BATCH, _RATE = 64, 2e-3
_READ = ("image", "factors", "image_cf", "factors_cf")


def fit(
    pairs: Pairs,
    steps: int = STEPS,
    seed: int = 7,
    device: str = "cpu",
    progress: Callable[[int], None] = lambda steps: None,
) -> Encoder:
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
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = Encoder(pairs.code, pairs.size).to(device)
    optimiser = torch.optim.Adam(encoder.parameters(), _RATE, (0.9, 0.99))
    slower = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate(step, steps))
    for _ in range(steps):
        rows = torch.randint(len(pairs), (_BATCH,), generator=generator)
        optimiser.zero_grad(set_to_none=True)
        _missed(encoder, known.batch(rows, device)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        slower.step()
        progress(1)
    return encoder.eval()


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
