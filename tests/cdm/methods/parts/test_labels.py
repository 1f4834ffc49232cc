"""Labels with a graph that is given: what follows from a do follows, with the noise that there was."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods.parts import labels
from cdm.methods.parts.labels import Known, Labelled
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job


@dataclass(frozen=True)
class Options:
    seed: int = 0


class Nothing(Labelled):
    name = "nothing"


def _learned(pairs: Pairs, graph: labels.Graph, steps: int = 500) -> Labelled:
    model = Nothing(pairs.code, pairs.size, Options())
    labels.learn(model, Job(pairs, {"graph": toy.graph(toy.FACTORS, toy.ADJACENCY)}), graph, steps)
    return model


@pytest.mark.parametrize("graph", ["given", "none"])
def test_what_follows_follows_along_a_graph_and_without_one_stays(taught_pairs: Pairs, graph: labels.Graph) -> None:
    model, batch = _learned(taught_pairs, graph), taught_pairs.batch(torch.arange(400))
    known = model.abduct(batch["image"], batch["factors"])
    after = model.code.decode(model.act(known, DoTable(batch["do_mask"], batch["do_value"])))
    truth, before = (model.code.decode(batch[name]) for name in ("factors_cf", "factors"))
    moved = batch["do_mask"][:, 0] > 0  # of which b is a child
    error, nothing = (
        (values - truth)[moved, 1].abs().mean() for values in (after, before)
    )  # the noise stays, or b does
    assert error < nothing / 4 if graph == "given" else torch.equal(after[moved, 1], before[moved, 1])
    assert (after - truth)[~moved].abs().max() < 1e-5


def test_what_it_must_know(taught_pairs: Pairs) -> None:
    model = Nothing(taught_pairs.code, 16, Options())
    with pytest.raises(CdmError, match=r"^model 'nothing' reads no factors: it needs labels$"):
        model.abduct(torch.zeros(1, 3, 16, 16))
    assert isinstance(model.abduct(torch.zeros(1, 3, 16, 16), torch.zeros(1, 5)), Known)
    with pytest.raises(CdmError, match=r"^model 'nothing' needs a graph, which the manifest does not tell; --set"):
        labels.learn(model, Job(taught_pairs), "given", 3)
