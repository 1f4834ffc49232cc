"""The registry of metrics: what each needs, which way is better, and whose idea it is.

@metric("null do", needs=("null", "image"), better="lower", source="Monteiro et al. 2023, arXiv 2303.01274")
def null(answer: Tensor, image: Tensor) -> float: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from cdm.errors import CdmError, suggestion

Better = Literal["lower", "higher"] | None

ARRAYS = {
    "code": "how factors are coded (cdm.scm.codes.Code); the one that is no array",
    "names": "the factors' names, d texts",
    "image": "factual images (n, 3, size, size) from -1 to 1",
    "image_cf": "the true counterfactual images",
    "do_mask": "targets (n, d), 0 or 1",
    "do_value": "codes (n, width) that the targets were set to",
    "factors": "true codes (n, width) of the factual images",
    "factors_cf": "true codes of the counterfactual images",
    "true_graph": "the true adjacency (d, d), 1 from cause to effect",
    "graph": "the model's adjacency",
    "codes": "codes that the model reads in the factual images",
    "latents": "numbers (n, m) that it reads there, whatever they mean; values in units, where it names them",
    "codes_of_cf": "codes that it reads in the true counterfactual images",
    "codes_cf": "codes that the model predicts under the dos",
    "prediction": "the model's counterfactual images",
    "rows": "images that are compared with the true counterfactual ones, by name; among them the model's",
    "readings": "codes that a regressor, the reader, reads in each of these",
    "null": "the model's counterfactual images under no do",
    "cycled": "the images after null cycles, by the number of cycles (a text), of the first samples",
    "reversed": "the model's counterfactual images of its first answers, under the dos that set back what was",
    "drawn": "images that the model samples under no do",
    "real": "two or more times as many factual images",
    "drawn_features": "features (n, p) of those that the model samples",
    "real_features": "features of the real ones",
    "answer_features": "features of the model's counterfactual images in which something was done",
    "truth_features": "features of the true ones, row by row",
    "factual_features": "features of the factual ones, row by row",
}
"""What a metric may need, by name; ``width`` numbers code the d factors."""

Measure = TypeVar("Measure", bound=Callable[..., Any])


@dataclass(frozen=True)
class Metric:
    """A figure of an evaluation.

    Attributes:
        name: of the figure; ``L1/model`` is told as ``model`` under ``L1``.
        needs: names of :data:`ARRAYS`, which ``measure`` takes in this order.
        better: which way; None where neither is.
        source: the paper, and where in it.
        measure: the arrays to plain JSON: a number, a list of one a factor, or a dict of such by name.
    """

    name: str
    needs: tuple[str, ...]
    better: Better
    source: str
    measure: Callable[..., Any]


METRICS: dict[str, Metric] = {}
"""All metrics by name, in the order in which they are told."""


def metric(name: str, needs: Sequence[str], better: Better, source: str) -> Callable[[Measure], Measure]:
    """Register a function as a metric; the attributes are those of :class:`Metric`.

    Raises:
        CdmError: if there is a metric of that name, or no such array.
    """
    for need in needs:
        if need not in ARRAYS:
            raise CdmError(f"metric {name!r} needs {need!r}; {suggestion(need, ARRAYS)}")
    if name in METRICS:
        raise CdmError(f"metric {name!r}: there is one of that name")

    def registered(measure: Measure) -> Measure:
        METRICS[name] = Metric(name, tuple(needs), better, source, measure)
        return measure

    return registered


def score(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Every metric whose arrays are there, as plain JSON."""
    scores: dict[str, Any] = {}
    for one in METRICS.values():
        if all(need in arrays for need in one.needs):
            group, _, own = one.name.rpartition("/")
            into = scores.setdefault(group, {}) if group else scores
            into[own] = one.measure(*(arrays[need] for need in one.needs))
    return scores
