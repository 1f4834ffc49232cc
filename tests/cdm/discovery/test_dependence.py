"""What the ways to a graph are made of: tests of blocks, penalties, a posterior, and classes of graphs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch")

from causes import MIXED, NUMBERS, TRUTH, mixed  # noqa: E402

from cdm.discovery import equivalence, interventional, structural, variational  # noqa: E402
from cdm.discovery.conclusion import Discovery  # noqa: E402
from cdm.discovery.dependence import BlockTest  # noqa: E402
from cdm.evaluation.verdicts import known, verdicts  # noqa: E402
from cdm.scm.codes import Code, Factor  # noqa: E402
from cdm.scm.domains import Circular, Continuous  # noqa: E402
from cdm.scm.graph import from_edges, topological  # noqa: E402

# The parts


def test_the_test_of_blocks_keeps_its_level_and_has_power() -> None:
    draw = torch.Generator().manual_seed(0)
    levels = []
    for seed in range(60):
        values = torch.stack([torch.randint(0, 3, (500,), generator=draw), *torch.rand(2, 500, generator=draw)], 1)
        codes = MIXED.encode(values * torch.tensor([1.0, 360.0, 1.0])).double().numpy()
        levels.append(BlockTest(MIXED, codes, seed)(0, 1, (2,)))
    assert 0 <= sum(p < 0.05 for p in levels) <= 8
    told = BlockTest(MIXED, mixed(1000).before.double().numpy(), 0)
    assert told(0, 1) < 1e-6 and told(0, 2) < 1e-6  # a level moves the angle, and through it the size
    assert told(0, 2, (1,)) > 0.01


def test_a_factor_that_never_moves_tells_nothing() -> None:
    codes = torch.cat([torch.randn(200, 3), torch.zeros(200, 1)], 1).double().numpy()
    assert BlockTest(NUMBERS, codes, 0)(0, 3) == 1.0
    assert BlockTest(NUMBERS, codes[:, [0, 1, 0, 3]], 0)(0, 1, (2,)) == 1.0  # a copy is known: nothing is left


def test_both_penalties_are_zero_for_a_dag_and_positive_for_a_circle() -> None:
    model = structural.Structural(NUMBERS, 0)
    with torch.no_grad():
        model.first.zero_()
        model.first[1, 0], model.first[3, 1] = 0.2, 0.1
        assert model.strength().nonzero().tolist() == [[0, 1], [1, 3]]
        assert float(model.circles()) == pytest.approx(0, abs=1e-5)
        assert float(model.h_func()) == pytest.approx(0, abs=1e-5)
        model.first[0, 3] = 0.3
        assert float(model.circles()) > 1e-3 and float(model.h_func()) > 1e-3


# Parents of one factor


def last_of(parents: Callable[[torch.Tensor], torch.Tensor], d: int, n: int = 12_000) -> Discovery:
    """What is found where d - 1 independent factors may cause the last one."""
    generator = torch.Generator().manual_seed(0)
    code = Code(tuple(Factor(f"x{k}", Continuous(-1.0, 1.0)) for k in range(d)))
    before, value = (torch.rand(n, d, generator=generator) * 2 - 1 for _ in range(2))
    noise = (torch.rand(n, generator=generator) - 0.5) / 10
    mask = torch.nn.functional.one_hot(torch.randint(d, (n,), generator=generator), d).float()
    after = torch.where(mask > 0, value, before)
    before[:, -1] = parents(before) + noise
    after[:, -1] = torch.where(mask[:, -1] > 0, value[:, -1], parents(after) + noise)
    return interventional.discover(code, before, after, mask, torch.full((d,), 1e-5))


def test_a_parent_that_moves_its_child_by_little_is_found() -> None:
    found = last_of(lambda x: 0.5 * x[:, 0] + 0.35 * x[:, 1] * x[:, 2] + 0.06 * x[:, 3], 5)
    assert found.effects is not None and 0.01 < found.effects[3, 4] < 0.015  # of the variance
    assert found.adjacency[:, 4].tolist() == [1, 1, 1, 1, 0] and found.adjacency.sum() == 4
    assert found.probability[3, 4] > 0.9


def test_seven_parents_are_found() -> None:
    weights = torch.tensor([0.4, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1])
    found = last_of(lambda x: x[:, :7] @ weights, 9)
    assert found.adjacency[:, 8].tolist() == [1] * 7 + [0] * 2 and found.adjacency.sum() == 7


def test_an_ancestor_behind_a_steep_mechanism_is_no_parent() -> None:
    generator, n = torch.Generator().manual_seed(0), 12_000
    code = Code((*(Factor(name, Continuous(-1.0, 1.0)) for name in "am"), Factor("c", Circular(0.0, 6.283))))
    a, m, angle, value = (torch.rand(n, generator=generator) * 2 - 1 for _ in range(4))
    target = torch.randint(2, (n,), generator=generator)
    a2 = torch.where(target == 0, value, a)
    middle = 0.3 * m + (3 * a).tanh()
    middle2 = torch.where(target == 1, value, 0.3 * m + (3 * a2).tanh())
    turn, turn2 = (angle / 3 + 3.5 * (2 * each).sin() for each in (middle, middle2))
    tables = (
        torch.stack(row, 1) for row in ((a, middle, turn.cos(), turn.sin()), (a2, middle2, turn2.cos(), turn2.sin()))
    )
    mask = torch.nn.functional.one_hot(target, 3).float()
    found = interventional.discover(code, *tables, mask, torch.full((3,), 1e-5))
    assert found.adjacency.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_samples_of_the_posterior_are_dags_whose_mean_follows_the_beliefs() -> None:
    exists = torch.full((4, 4), 3.0)
    beliefs = variational.Posterior(exists, torch.tensor([6.0, 3.0, 0.0, -3.0]))
    sampled, edges, orders = beliefs.sample(400, torch.Generator().manual_seed(0))
    for graph in sampled[:20]:
        topological(graph)
    mean = sampled.mean(0)
    assert mean[0, 3] == pytest.approx(0.95, abs=0.04) and mean[3, 0] < 0.01
    assert edges.shape == (400, 4) and orders.shape == (400,) and (edges <= 0).all() and (orders <= 0).all()


# Classes of graphs


@pytest.mark.parametrize(
    ("edges", "lines"),
    [
        ([("a", "b"), ("b", "c"), ("c", "d")], [["a", "b"], ["b", "c"], ["c", "d"]]),  # a chain: nothing
        ([("a", "b"), ("b", "d"), ("c", "d")], [["a", "b"]]),
        ([("a", "c"), ("b", "c"), ("c", "d")], []),  # Meek's first rule
        ([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")], [["a", "b"], ["a", "c"]]),
        ([("a", "b"), ("a", "c"), ("a", "d"), ("b", "d"), ("c", "d")], [["a", "b"], ["a", "c"]]),  # the third
    ],
)
def test_observation_alone_orients_what_it_can(edges: list[tuple[str, str]], lines: list[list[str]]) -> None:
    truth = from_edges("abcd", edges)
    arrows, loose = equivalence.essential(truth)
    open_ = [["abcd"[i], "abcd"[j]] for i, j in loose.triu().nonzero().tolist()]
    assert open_ == lines
    assert (truth[arrows] == 1).all()
    again = equivalence.essential(equivalence.extend(arrows, loose))
    assert torch.equal(again[0], arrows) and torch.equal(again[1], loose)  # an extension is of the same class


def test_verdicts_say_what_could_have_told() -> None:
    manifest = {"adjacency": {"directed": TRUTH.int().tolist()}, "equivalence_class": {"undirected": [["a", "b"]]}}
    truth = known(manifest)
    assert truth is not None
    guess, undecided = from_edges("abcd", [("b", "a"), ("b", "d")]), from_edges("abcd", [("a", "c"), ("c", "a")])
    assert list(verdicts("abcd", guess, undecided, truth)) == [
        "a - b differs: these data cannot tell",
        "a - c is undecided: observation alone tells",
        "c - d differs: observation alone tells",
    ]
    assert next(verdicts("abcd", guess, undecided, {**truth, "loose": []})) == (
        "a - b differs: only interventions tell"
    )
    assert known(None) is None
    assert known({**manifest, "equivalence_class": {"undirected": [1]}}) == {**truth, "loose": []}
    assert known({"adjacency": {"directed": [[0, 0], [0, 0]], "bidirected": [[0, 1], [1, 0]]}}) is None
