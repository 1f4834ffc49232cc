"""ENCO: graphs of factors of every kind from dos, orientations that only dos teach, and the gradients of the paper."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from causes import MIXED, NUMBERS, Pairs, curved
from causes import brief as brief
from torch import Tensor

from cdm.discovery import enco
from cdm.errors import CdmError
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Circular, Continuous
from cdm.scm.graph import from_edges

KINDS = Code(
    (
        Factor("glow", Continuous(-1.0, 1.0)),
        Factor("size", Continuous(-1.0, 1.0)),
        Factor("hue", Circular(0.0, 360.0)),
        Factor("kind", Categorical(("cube", "ball", "cone"))),
        Factor("push", Continuous(-1.0, 1.0)),
    )
)
EDGES = [("push", "kind"), ("kind", "hue"), ("hue", "size"), ("push", "size"), ("size", "glow")]


def _kinds(n: int = 4000, seed: int = 0) -> Pairs:
    """A push decides a level, which turns an angle; what its cosine and the push make of a size is not linear."""
    draw = torch.Generator().manual_seed(seed)
    noise, push = torch.randn(n, 5, generator=draw), 2 * torch.rand(n, generator=draw) - 1
    do, level = 2 * torch.rand(n, 5, generator=draw) - 1, torch.randint(0, 3, (n,), generator=draw).float()
    target = torch.randint(0, 5, (n,), generator=draw)

    def solve(target: Tensor) -> Tensor:
        p = torch.where(target == 4, do[:, 4], push)
        k = torch.where(target == 3, level, ((p + 0.3 * noise[:, 3]) * 1.5 + 1).round().clamp(0, 2))
        h = torch.where(target == 2, 180 * (do[:, 2] + 1), 120 * k + 30 * noise[:, 2])
        sized = 0.5 * torch.deg2rad(h).cos() + 0.6 * p.square() - 0.3 + 0.1 * noise[:, 1]
        s = torch.where(target == 1, do[:, 1], sized)
        g = torch.where(target == 0, do[:, 0], 0.8 * (2 * s).sin() + 0.15 * noise[:, 0])
        return KINDS.encode(torch.stack([g, s, h % 360, k, p], dim=1))

    mask = (target[:, None] == torch.arange(5)).float()
    return Pairs(KINDS, solve(torch.full((n,), 9)), solve(target), mask)


def test_a_graph_of_numbers_an_angle_and_levels_comes_out(brief: None) -> None:
    learned = _kinds().discovered("enco")
    assert learned.adjacency.tolist() == from_edges(KINDS.names, EDGES).tolist()
    assert learned.undecided.sum() == 0 and learned.probability[learned.adjacency > 0].min() > 0.9


def _only(pairs: Pairs, kept: Tensor) -> Pairs:
    assert pairs.after is not None and pairs.mask is not None
    return replace(pairs, before=pairs.before[kept], after=pairs.after[kept], mask=pairs.mask[kept])


def test_an_edge_between_two_that_were_never_set_has_no_direction(brief: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enco, "_ROUNDS", 4)
    pairs = curved()
    assert pairs.mask is not None
    learned = _only(pairs, pairs.mask[:, :2].sum(dim=1) == 0).discovered("enco")  # never a, never b; a -> b is true
    assert learned.undecided[0, 1] == learned.adjacency[0, 1] + learned.adjacency[1, 0] == 1
    between = learned.probability[:2, :2]
    assert 0.45 < between.amax() <= 0.5  # it exists; which way it runs, nothing says
    assert learned.adjacency[1:, 3].tolist() == [1, 1, 0]  # dos on c and d tell how d hangs on b and c
    assert learned.undecided[1, 3] == learned.undecided[2, 3] == 0


def test_dos_that_always_set_two_at_once_tell_no_direction_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enco, "_ROUNDS", 1)
    monkeypatch.setattr(enco, "_FIRST", 50)
    pairs = curved(400)
    assert pairs.mask is not None
    both = pairs.mask.clone()
    both[:, 0] = both[:, 1] = pairs.mask[:, :2].amax(dim=1)
    learned = replace(pairs, mask=both).discovered("enco")
    assert learned.probability[:2, :2].amax() <= 0.5 and learned.probability[1, 3] > 0.5
    assert learned.undecided[0, 1] == 1


def test_without_a_do_it_says_nothing() -> None:
    pairs = curved(100)
    assert pairs.mask is not None
    learned = replace(pairs, after=pairs.before, mask=torch.zeros_like(pairs.mask)).discovered("enco")
    assert learned.adjacency.sum() == 0 and learned.undecided.sum() == 12


def test_one_seed_is_one_graph_and_another_seed_another_belief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enco, "_ROUNDS", 1)
    monkeypatch.setattr(enco, "_FIRST", 50)
    one, again, other = (curved(400).discovered("enco", seed) for seed in (3, 3, 4))
    assert torch.equal(one.probability, again.probability) and torch.equal(one.adjacency, again.adjacency)
    assert not torch.equal(one.probability, other.probability)


def test_lambda_sparse_removes_edges_that_win_less(brief: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enco, "_ROUNDS", 2)
    monkeypatch.setattr(enco, "_STEPS", 100)
    edges = []
    for price in (1.0, 20.0):
        monkeypatch.setattr(enco, "_SPARSE", price)
        edges.append(curved().discovered("enco").adjacency)
    assert edges[0].nonzero().tolist() == [[0, 1]]  # of three, which come out at the usual price (test_discovery.py)
    assert edges[1].sum() == 0


def test_it_needs_pairs() -> None:
    with pytest.raises(CdmError, match=r"^graph 'enco': needs pairs of images, which the data do not hold$"):
        curved(50).observed.discovered("enco")


# Its parts


def _laws(code: Code, floor: float = 1e-6) -> enco.Laws:
    """Networks that say something: their last layers start at zero."""
    draw = torch.Generator().manual_seed(0)
    laws = enco.Laws(code, torch.full((len(code.factors),), floor), draw)
    torch.nn.init.normal_(laws.last, std=0.2, generator=draw)
    return laws


def test_a_factor_reads_what_it_is_shown_and_zero_is_not_the_same_as_hidden() -> None:
    laws, draw = _laws(MIXED), torch.Generator().manual_seed(1)
    codes = MIXED.encode(torch.rand(6, 3, generator=draw) * 2)
    shown = torch.zeros(3, 6, 3)
    shown[1, :, 0] = 1  # hue sees kind
    turned = torch.cat([codes[:, [1, 2, 0]], codes[:, 3:]], dim=1)  # other kinds
    told, other = laws(codes, shown), laws(turned, shown)
    assert not torch.isclose(told[1], other[1]).any() and torch.equal(told[2], other[2])
    nothing = torch.cat([torch.zeros_like(codes[:, :3]), codes[:, 3:]], dim=1)
    assert not torch.isclose(laws(nothing, shown)[1], laws(nothing, torch.zeros(3, 6, 3))[1]).any()


def test_noise_is_no_smaller_than_the_error_of_the_encoder() -> None:
    rough, fine = _laws(NUMBERS, floor=0.25), _laws(NUMBERS, floor=0.0)
    for laws in (rough, fine):
        torch.nn.init.constant_(laws.base, -20.0)
        torch.nn.init.zeros_(laws.last)
    exact, hidden = torch.full((1, 4), -20.0), torch.zeros(4, 1, 4)
    torch.testing.assert_close(rough(exact, hidden), torch.full((4, 1), 0.5).log())
    torch.testing.assert_close(fine(exact, hidden), torch.full((4, 1), 0.01).log())


def test_graphs_are_judged_as_if_each_were_looked_at_alone() -> None:
    draw = torch.Generator().manual_seed(2)
    laws, codes = _laws(NUMBERS), torch.rand(7, 4, generator=draw) * 2 - 1
    graphs = (torch.rand(9, 4, 4, generator=draw) < 0.4).float() * (1 - torch.eye(4))
    mask = (torch.rand(7, 4, generator=draw) < 0.4).float()
    lost, under = enco.judge(laws, graphs, codes, mask)
    for graph, mean, done in zip(graphs, lost, under, strict=True):
        losses = laws(codes, graph.T[:, None].expand(4, 7, 4)).detach().clamp_max(10)
        for j in range(4):
            assert mean[j] == pytest.approx(float(losses[j, mask[:, j] == 0].mean()), abs=1e-5)
            for i in range(4):
                rows = (mask[:, j] == 0) & (mask[:, i] == 1)
                assert done[i, j] == pytest.approx(float(losses[j, rows].sum()) / 7, abs=1e-5)


def test_the_gradients_are_those_of_equations_5_and_6() -> None:
    exists, orient = torch.tensor([[0.0, 1.0], [-0.5, 0.0]]), torch.tensor([[0.0, 0.7], [-0.7, 0.0]])
    beliefs = enco.Beliefs(exists, orient)
    graphs = torch.zeros(4, 2, 2)
    graphs[2:, 0, 1] = graphs[1::2, 1, 0] = 1
    lost = torch.tensor([[5.0, 4.0], [3.0, 4.0], [5.0, 1.0], [3.0, 1.0]])  # an edge wins 3 nats of b, or 2 of a
    under = torch.zeros(4, 2, 2)
    under[:, 0, 1], under[:, 1, 0] = torch.tensor([2.0, 2.0, 0.5, 0.5]), torch.tensor([1.0, 1.2, 1.0, 1.2])
    by_exists, by_orient = enco.gradients(beliefs, graphs, lost, under)
    s = torch.sigmoid(torch.tensor([1.0, 0.7, -0.5, -0.7])).tolist()
    assert by_exists[0, 1] == pytest.approx(s[0] * (1 - s[0]) * s[1] * (-3 + 0.004))
    assert by_exists[1, 0] == pytest.approx(s[2] * (1 - s[2]) * s[3] * (-2 + 0.004))
    assert by_orient[0, 1] == pytest.approx(s[1] * (1 - s[1]) * (s[0] * -1.5 - s[2] * 0.2))
    assert torch.equal(by_orient, -by_orient.T)
    always = graphs.clone()
    always[:, 0, 1] = 1
    assert enco.gradients(beliefs, always, lost, under)[0][0, 1] == 0


def test_sampled_graphs_have_their_edges_independently() -> None:
    beliefs = enco.Beliefs(torch.full((2, 2), 2.0), torch.zeros(2, 2))
    graphs = beliefs.sample(4000, torch.Generator().manual_seed(0))
    assert graphs[:, 0, 0].sum() == 0
    share = float(torch.tensor(2.0).sigmoid()) / 2
    assert graphs[:, 0, 1].mean() == pytest.approx(share, abs=0.03)
    assert (graphs[:, 0, 1] * graphs[:, 1, 0]).mean() == pytest.approx(share**2, abs=0.03)
