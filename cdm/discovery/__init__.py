"""The ways to a graph, behind one door: each reads it off codes and gives a DAG, probabilities, and what stays open.

Imports scm and the ground; it knows no networks.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from cdm.discovery import constraints, dagma, enco, gies, interventional, notears, variational
from cdm.discovery.conclusion import Discovery
from cdm.errors import CdmError, suggestion
from cdm.scm.codes import Code

Method = Callable[..., Discovery]
"""From codes, both sides, mask, floor and seed, as :func:`discover` passes them."""

METHODS: dict[str, Method] = {
    "interventional": interventional.discover,
    "notears": notears.discover,
    "dagma": dagma.discover,
    "pc": constraints.pc,
    "fci": constraints.fci,
    "gies": gies.discover,
    "enco": enco.discover,
    "variational": variational.discover,
}
NEED_PAIRS = ("interventional", "gies", "enco")
_TOLD_ERRORS = ("interventional",)
_PACKAGES = {"pc": "causal-learn", "fci": "causal-learn", "dagma": "dagma", "gies": "gies"}


def require(method: str) -> None:
    """Raise unless the package that a method needs is there; methods that need none, and ``given``, pass.

    Raises:
        CdmError: if it is missing.
    """
    package = _PACKAGES.get(method)
    if package and importlib.util.find_spec(package.replace("-", "")) is None:
        raise CdmError(f"graph {method!r}: needs {package}: pip install 'scmgen[graphs]'")


def discover(
    method: str,
    code: Code,
    before: Tensor,
    after: Tensor | None,
    mask: Tensor | None,
    floor: Tensor,
    seed: int = 0,
    still: Tensor | None = None,
    trusted: Tensor | None = None,
) -> Discovery:
    """Find the graph of the factors in codes, on the CPU whatever device they are on: one seed, one graph, bit for bit.

    Args:
        method: one of :data:`METHODS`.
        code: the factors.
        before, after: codes ``(n, width)`` of the factual and the counterfactual images; ``after`` None without pairs.
        mask: ``(n, d)``, 1 on the targets; None without pairs.
        floor: ``(d,)``, mean squared error of the encoder for each factor.
        seed: of everything random.
        still: ``(d, d)``, 1 where it is known that the movement of the column under a do on the row is an error of the
            encoder; read by ``interventional``.
        trusted: ``(n, d)``, 1 where the codes ``after`` can be trusted, everywhere if None; read by the same.

    Raises:
        CdmError: if there is no such method, it needs pairs and there are none, or a package that it needs is missing.
    """
    if method not in METHODS:
        raise CdmError(f"graph: {method!r}; {suggestion(method, METHODS)}")
    require(method)
    after, mask = (None if table is None else _here(table) for table in (after, mask))
    with torch.random.fork_rng(devices=[]):
        more = {"still": still, "trusted": trusted} if method in _TOLD_ERRORS else {}
        more = {name: None if table is None else _here(table) for name, table in more.items()}
        found = METHODS[method](code, _here(before), after, mask, _here(floor), seed, **more)
    said = torch.zeros_like(found.adjacency) if found.bidirected is None else found.bidirected
    return replace(found, bidirected=said)


def _here(table: Tensor) -> Tensor:
    return table.detach().cpu().float()


__all__ = ["METHODS", "NEED_PAIRS", "Discovery", "Method", "discover", "require"]
