"""What shapes the weights of a model have, found out before anything of its size is made.

A header may claim any size, and whoever made the model that it describes would first take the memory for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


def check(make: Callable[[], nn.Module], weights: Mapping[str, Tensor]) -> None:
    """Compare weights with those of a model that has no memory.

    Args:
        make: makes the model; all tensors of it are made here, none is given.
        weights: as its ``state_dict`` has them.

    Raises:
        ValueError: if one is missing, of another shape, or of no such model.
    """
    with torch.device("meta"):
        wanted = make().state_dict()
    for name, tensor in wanted.items():
        if name not in weights:
            raise ValueError(f"it has no {name}")
        found, needed = tuple(weights[name].shape), tuple(tensor.shape)
        if found != needed:
            raise ValueError(f"{name} has the shape {found}, not {needed}")
    if left := weights.keys() - wanted.keys():
        raise ValueError(f"it has a {min(left)}, and such a model none")


def filled(make: Callable[[], M], weights: Mapping[str, Tensor]) -> M:
    """A model that has weights, once they are known to be such a model's (:func:`check`).

    Raises:
        ValueError: if they are not.
    """
    check(make, weights)
    model = make()
    model.load_state_dict(dict(weights))
    return model
