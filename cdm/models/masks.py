"""Which pixels a counterfactual may change: the regions of mask guidance.

``difference`` asks what the denoiser draws otherwise (after DiffEdit, Couairon et al. 2023, arXiv 2210.11427).
``attention`` asks which factors' tokens a pixel looks at, as semantic guidance does (SEGA, Brack et al. 2023, arXiv
2301.12247). ``both`` takes the pixels that both name (LEDITS++, Brack et al. 2024, arXiv 2311.16711).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.errors import CdmError, suggestion
from cdm.networks.grids import cut, picture

Masking = Literal["none", "difference", "attention", "both"]
Look = tuple[Tensor, Tensor]
"""Noisy images ``(n, 3, s, s)`` and their times ``(n,)``."""

LEAST = 0.04  # of images from -1 to 1: a pixel that would differ by no more keeps what it was
_LOOKS = (1 / 3, 1 / 2, 2 / 3, 5 / 6)  # how far along the inversion images are looked at


def looks(path: Sequence[Tensor], times: Sequence[float]) -> list[Look]:
    """Some of the images on the path of an inversion, with their times."""
    steps = [round(share * (len(path) - 1)) for share in _LOOKS]
    return [(path[step], torch.full((len(path[step]),), times[step], device=path[step].device)) for step in steps]


def region(masking: Masking, changed: Callable[[], Tensor], belongs: Callable[[], Tensor]) -> Tensor:
    """The pixels that may change, of the answers of :func:`difference` and of :func:`attention`.

    Raises:
        CdmError: if there is no such masking.
    """
    if masking == "both":
        return changed() & belongs()
    ask = {"difference": changed, "attention": belongs}.get(masking)
    if ask is None:
        raise CdmError(f"mask {masking!r}: {suggestion(masking, get_args(Masking))}")
    return ask()


def difference(answer: Tensor, again: Tensor) -> Tensor:
    """Where a counterfactual differs from the image, drawn again from the same noise, by more than :data:`LEAST`.

    What the denoiser draws badly it draws badly in both, so that only what the codes change is left.

    Args:
        answer: images ``(n, 3, s, s)`` under the counterfactual codes.
        again: images under the factual codes.

    Returns:
        ``(n, 1, s, s)`` booleans.
    """
    return (answer - again).abs().mean(dim=1, keepdim=True) > LEAST


def attention(maps: Tensor, touched: Tensor) -> Tensor:
    """Where pixels look at the tokens of changed factors more than they would by chance.

    Args:
        maps: ``(n, d, s, s)``, how much a pixel looks at each factor's token (:func:`looked_at`).
        touched: ``(n, d)``, which factors a do changes.

    Returns:
        ``(n, 1, s, s)`` booleans; all true where all factors are touched, all false where none is.
    """
    count = touched.float().sum(dim=1)[:, None, None, None]
    share = (maps * touched[:, :, None, None]).sum(dim=1, keepdim=True)
    chance = count / touched.shape[1] * maps.sum(dim=1, keepdim=True)
    return (count > 0) & (share >= chance - 1e-6)


def looked_at(network: nn.Module, x: Tensor, t: Tensor, tokens: Tensor, seen: Tensor) -> Tensor:
    """How much each pixel looks at each factor's token, ``(n, d, s, s)``: the mean over layers and heads.

    Args:
        network: a denoiser (:mod:`cdm.networks.denoisers`), whose ``side`` is that of what it works on.
        x: noisy images ``(n, 3, s, s)``.
        t: times ``(n,)``.
        tokens: ``(n, d, TOLD)``.
        seen: pictures ``(n, SEEN, s, s)``.

    Raises:
        CdmError: if there are several frames, each of which looks at tokens of its own.
    """
    if x.shape[-2] != x.shape[-1]:
        raise CdmError("mask 'attention' and 'both' are for still images; 'difference' and 'none' are for frames, too")
    with recorded(network) as weights:
        network(x, t, tokens, seen)
    maps = torch.stack([_spread(w[..., : tokens.shape[1]], cast(int, network.side)) for w in weights]).mean(dim=0)
    return cut(maps, x.shape[-1])


def _spread(weights: Tensor, side: int) -> Tensor:
    """Attention ``(n, places, d)`` of a square grid as maps of so many pixels a side."""
    return functional.interpolate(picture(weights), (side, side), mode="bilinear")


@contextmanager
def recorded(network: nn.Module) -> Iterator[list[Tensor]]:
    """Note the weights ``(n, places, tokens)`` of every cross-attention that runs."""
    noted: list[Tensor] = []

    def note(module: nn.Module, inputs: tuple[Tensor, ...], named: dict[str, Any]) -> None:
        weights = _WEIGHTS[type(module).__name__](module, inputs, named)
        noted.extend([] if weights is None else [weights])

    attentive = [module for module in network.modules() if type(module).__name__ in _WEIGHTS]
    hooks = [module.register_forward_pre_hook(note, with_kwargs=True) for module in attentive]
    try:
        yield noted
    finally:
        for hook in hooks:
            hook.remove()


def _of_torch(module: Any, inputs: tuple[Tensor, ...], named: dict[str, Any]) -> Tensor | None:
    query, key, value = inputs[:3]
    if key is query:  # attention of the image to itself
        return None
    weights: Tensor = module.forward(query, key, value, need_weights=True)[1]
    return weights


def _of_diffusers(module: Any, inputs: tuple[Tensor, ...], named: dict[str, Any]) -> Tensor | None:
    context = named.get("encoder_hidden_states")
    if context is None:
        return None
    query, key = (module.head_to_batch_dim(part) for part in (module.to_q(inputs[0]), module.to_k(context)))
    weights: Tensor = module.get_attention_scores(query, key)  # of each head
    return weights.reshape(len(context), -1, *weights.shape[1:]).mean(dim=1)


# By name, so that diffusers need not be imported to look.
_WEIGHTS: dict[str, Callable[[Any, tuple[Tensor, ...], dict[str, Any]], Tensor | None]] = {
    "MultiheadAttention": _of_torch,
    "Attention": _of_diffusers,
}
