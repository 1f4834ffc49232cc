"""What an intervention must leave alone, as the true counterfactual tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cdm.errors import CdmError
from cdm.metrics.arrays import Flags, alike, images, reals, rows
from cdm.metrics.factors import Factor, table


def nuisance_kept(answers: ArrayLike, truth: ArrayLike, fresh: ArrayLike, factual: ArrayLike) -> float:
    """How much of what no factor explains survives where the image is drawn anew. Best: 1; 0 if none does.

    ``1 - sum (answer - truth)^2 / sum (fresh - truth)^2`` over the pixels in which factual and true image differ: an
    image of the same factors with other nuisance scores 0. (Where a do is built with ``nuisance=fresh``, scmgen writes
    such images.)

    Args:
        answers: a model's counterfactual images ``(n, height, width, channels)``.
        truth: the true ones.
        fresh: the true ones with nuisance that was drawn anew.
        factual: the images that were asked about.

    Returns:
        NaN if nuisance is nowhere seen.
    """
    mine, true, other, before = (
        images(part, what)
        for part, what in ((answers, "answers"), (truth, "truth"), (fresh, "fresh"), (factual, "factual"))
    )
    alike(answers=mine, truth=true, fresh=other, factual=before)
    changed: Flags = np.asarray((true != before).any(axis=-1))
    whole = ((other - true)[changed] ** 2).sum()
    return float(1 - ((mine - true)[changed] ** 2).sum() / whole) if whole > 0 else float("nan")


def spill(
    before: ArrayLike, after: ArrayLike, targets: ArrayLike, reached: ArrayLike, factors: Sequence[Factor]
) -> dict[str, Any]:
    """How much what a do does not cause moves, as a share of how much its target does. Best: 0.

    Args:
        before, after: ``(n, d)``, factors that are read in factual and counterfactual images, or are a model's codes.
        targets: ``(n, d)``, 1 where a factor was set.
        reached: ``(d, d)``, 1 where the column is the row or a descendant of it.
        factors: the ``d`` factors; changes are shares of their ranges.

    Returns:
        ``target``: the mean change of what was set; ``others``: of what is neither set nor caused by it, None if there
        is none; ``ratio`` of the two, None if no target moves.
    """
    old, new = table(before, factors), table(after, factors)
    done: Flags = np.asarray(targets) > 0
    rows(before=old, after=new, targets=done)
    way = reals(reached, 2, "reached") > 0
    if way.shape != (len(factors), len(factors)) or done.shape != old.shape:
        raise CdmError(f"spill: targets {old.shape} and reached {(len(factors),) * 2} are needed")
    moved = np.stack([f.errors(new[:, j], old[:, j]) / f.span for j, f in enumerate(factors)], axis=1)
    acted: Flags = np.asarray(done.any(axis=1))
    still = ~((done.astype(np.int64) @ way.astype(np.int64)) > 0) & acted[:, None]
    target, others = (moved[where].mean() if where.any() else None for where in (done, still))
    ratio = float(others / target) if others is not None and target else None
    return {"target": _number(target), "others": _number(others), "ratio": ratio}


def consistency(stepwise: ArrayLike, at_once: ArrayLike) -> float:
    """How far a sequence of dos leads from the same dos at once: the mean absolute error of images. Best: 0."""
    one, other = images(stepwise, "stepwise"), images(at_once, "at_once")
    alike(stepwise=one, at_once=other)
    return float(np.abs(one - other).mean())


def worst_group(correct: ArrayLike, groups: ArrayLike) -> dict[str, Any]:
    """The accuracy of the group that fares worst, such as a combination of an object and its background. Best: 1.

    Sagawa, Koh, Hashimoto and Liang 2020, arXiv 1911.08731.

    Args:
        correct: ``(n,)``, whether each answer is right.
        groups: ``(n,)``, the group of each.

    Returns:
        ``worst``, ``mean`` and ``groups``, the accuracy of each.
    """
    right, which = np.asarray(correct, bool), np.asarray(groups)
    rows(correct=right, groups=which)
    each = {str(group): float(right[which == group].mean()) for group in np.unique(which)}
    return {"worst": min(each.values()), "mean": float(right.mean()), "groups": each}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
