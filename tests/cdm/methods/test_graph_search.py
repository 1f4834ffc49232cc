"""A graph search reads labels; it finds the toy's graph, and says that it draws nothing."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.methods import graph_search
from cdm.methods.graph_search import Options
from cdm.models.protocol import Job


def test_on_labels_of_pairs_the_graph_comes_out(taught_pairs: Pairs) -> None:
    model = graph_search.fit(Job(taught_pairs), Options(search="interventional", pairs=True))
    assert model.graph.tolist() == toy.ADJACENCY and model.probability[0, 1] > 0.9 and not model.undecided.any()


def test_it_reads_as_many_rows_as_it_is_told(taught_pairs: Pairs) -> None:
    pytest.importorskip("causallearn")
    few, many, again = (graph_search.fit(Job(taught_pairs), Options(search="pc", rows=rows)) for rows in (10, 500, 10))
    assert torch.equal(few.probability, again.probability) and not torch.equal(few.probability, many.probability)


def test_what_it_cannot_do(taught_pairs: Pairs) -> None:
    for search in ("gies", "enco"):
        with pytest.raises(CdmError, match=f"^search '{search}': needs pairs: --set pairs=true$"):
            Options(search=search)
    with pytest.raises(CdmError, match=r"^rows: at least 2 are needed, found 1$"):
        Options(rows=1)
    model = graph_search.GraphSearch(taught_pairs.code, 16, Options())
    with pytest.raises(CdmError, match=r"^model 'graph_search' cannot answer counterfactuals; it answers graph$"):
        model.abduct(torch.zeros(1, 3, 16, 16))
