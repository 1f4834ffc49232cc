"""A graph that is read off pairs: of the toy, of pairs that were spoiled, and of targets that nobody hit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from factors import TOY, toy_codes
from factors import seeded as seeded

from cdm.discovery import Discovery, interventional
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Continuous


def discovered(before: torch.Tensor, after: torch.Tensor, mask: torch.Tensor, noise: float = 0.02) -> Discovery:
    floor = torch.tensor([f.width * noise**2 for f in TOY.factors])
    jitter = [z + noise * torch.randn_like(z) for z in (before, after)]
    return interventional.discover(TOY, *jitter, mask, floor)


def test_the_graph_is_read_off_pairs() -> None:
    before, after, mask, _ = toy_codes()
    learned = discovered(before, after, mask)
    assert learned.adjacency.tolist() == toy.ADJACENCY
    assert learned.probability[0, 1] > 0.9
    assert learned.undecided.sum() == 0


def test_permuted_names_permute_the_graph_and_shuffled_pairs_hide_it() -> None:
    before, after, mask, _ = toy_codes()
    turned = discovered(before, after, mask[:, [1, 0, 2]])  # who was hit is told wrongly: b for a
    assert turned.error is not None and turned.error[1] > 0.3  # something moves b, and nothing explains it
    right = discovered(before, after, mask)
    assert right.error is not None and right.error[1] < 0.05
    rows = torch.randperm(len(after))
    shuffled = discovered(before, after[rows], mask[rows])  # second images of other samples
    assert shuffled.adjacency.tolist() != toy.ADJACENCY


def test_what_nobody_intervened_on_stays_undecided() -> None:
    before, after, mask, _ = toy_codes()
    rows = mask[:, 1:].sum(1) == 0  # a alone
    learned = discovered(before[rows], after[rows], mask[rows])
    assert learned.adjacency.tolist() == toy.ADJACENCY
    assert learned.undecided.tolist() == [
        [0, 0, 1],
        [0, 0, 1],
        [1, 1, 0],
    ]  # k -> a, too; not b -> k: do(a) moves b alone


# Each condition of the theorem in docs/reference/cdm.md, and what is said where it fails

Equations = Sequence[Callable[[torch.Tensor], torch.Tensor]]
LEVELS = ("x", "y", "z")


def solved(kinds: str, equations: Equations, seed: int, n: int = 8000, unset: tuple[int, ...] = ()) -> Discovery:
    """What is found of equations that hold their noise; of kinds ``n`` is a number, ``c`` one of three levels."""
    draw, d = torch.Generator().manual_seed(seed), len(equations)
    factors = [Continuous(-1.0, 1.0) if kind == "n" else Categorical(LEVELS) for kind in kinds]
    code = Code(tuple(Factor(name, domain) for name, domain in zip("abcdefg", factors, strict=False)))
    able = torch.tensor([k for k in range(d) if k not in unset])
    pick = torch.randint(len(able) + 1, (n,), generator=draw)
    mask = torch.nn.functional.one_hot(pick, len(able) + 1)[:, : len(able)].float()
    mask = torch.zeros(n, d).index_copy(1, able, mask)
    values = [uniform(n, draw) if kind == "n" else torch.randint(3, (n,), generator=draw).float() for kind in kinds]
    sides = []
    for told in (mask * 0, mask):
        z = torch.zeros(n, d)
        for j, equation in enumerate(equations):
            z[:, j] = torch.where(told[:, j] > 0, values[j], equation(z))
        codes = code.encode(z)
        sides.append(codes + 0.02 * torch.randn(codes.shape, generator=draw))
    floor = torch.tensor([factor.width * 0.02**2 for factor in code.factors])
    return interventional.discover(code, *sides, mask, floor, seed)


def uniform(n: int, draw: torch.Generator) -> torch.Tensor:
    return torch.rand(n, generator=draw) * 2 - 1


def noises(seed: int, n: int = 8000) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """A hidden cause ``(n,)`` and noises of factors."""
    draw = torch.Generator().manual_seed(100 + seed)
    return torch.randn(n, generator=draw), [uniform(n, draw) for _ in range(6)]


@pytest.mark.parametrize("seed", range(3))
def test_a_hidden_cause_that_modifies_an_effect_makes_no_edge(seed: int) -> None:
    hidden, e = noises(seed)
    learned = solved(
        "nnn",
        [
            lambda z: 0.6 * hidden.tanh() + 0.4 * e[0],
            lambda z: 0.7 * z[:, 0] + 0.3 * e[1],
            lambda z: 0.7 * z[:, 1] * (1.5 * hidden).tanh() + 0.2 * e[2],
        ],
        seed,
    )
    assert learned.adjacency.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert learned.probability[0, 2] < 0.25


@pytest.mark.parametrize("seed", range(2))
def test_a_category_shows_its_parents_though_it_hides_its_noise(seed: int) -> None:
    hidden, e = noises(seed)
    learned = solved(
        "ncn",
        [
            lambda z: 0.6 * hidden.tanh() + 0.4 * e[0],
            lambda z: (z[:, 0] + hidden + e[1] / 2 > -0.5).float() + (z[:, 0] + hidden + e[1] / 2 > 0.5).float(),
            lambda z: 0.4 * (z[:, 1] - 1) + 0.2 * e[2],
        ],
        seed,
    )
    assert learned.adjacency.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert learned.bidirected is not None and learned.bidirected[0, 1] > 0.5 and learned.probability[0, 2] < 0.1


@pytest.mark.parametrize("seed", range(2))
def test_a_category_that_shares_a_hidden_cause_with_its_child_makes_no_certain_edge_past_it(seed: int) -> None:
    hidden, e = noises(seed)
    learned = solved(
        "ncn",
        [
            lambda z: e[0],
            lambda z: (z[:, 0] + hidden + e[1] / 2 > -0.5).float() + (z[:, 0] + hidden + e[1] / 2 > 0.5).float(),
            lambda z: 0.4 * (z[:, 1] - 1) + 0.3 * hidden.tanh() + 0.2 * e[2],
        ],
        seed,
    )
    assert learned.bidirected is not None and learned.bidirected[1, 2] > 0.75
    assert learned.probability[0, 2] < 0.75 and learned.probability[1, 2] > 0.75


def chain(e: list[torch.Tensor]) -> Equations:
    return [lambda z: e[0], *(lambda z, j=j: 0.6 * z[:, j - 1] + 0.4 * e[j] for j in (1, 2, 3))]  # type: ignore[misc]


def test_only_a_leaf_was_ever_set() -> None:
    learned = solved("nnnn", chain(noises(0)[1]), 0, unset=(0, 1, 2))
    assert learned.undecided.sum() == 12 and learned.probability.max() < 0.5
    assert (learned.probability[3] < 0.05).all()  # the leaf moved nothing


def test_a_factor_that_was_never_set_leaves_open_what_it_may_carry() -> None:
    learned = solved("nnnn", chain(noises(0)[1]), 0, unset=(1,))
    assert learned.undecided[0, 2] == learned.undecided[1, 2] == 1
    assert learned.probability[2, 3] > 0.9 and learned.probability[0, 1] > 0.9
    assert ((learned.probability > 0.75) <= torch.tensor([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0] * 4])).all()


@pytest.mark.parametrize("seed", range(3))
def test_few_pairs_make_no_wrong_edge_certain_and_more_pairs_decide(seed: int) -> None:
    _, e = noises(seed)
    counts = []
    for n in (100, 3000):
        few = [each[:n] for each in e]
        learned = solved("nnnn", chain(few), seed, n)
        truth = torch.diag(torch.ones(3), 1)
        assert learned.probability[truth == 0].max() < 0.9
        counts.append(float(learned.undecided.sum()))
    assert counts[1] == 0 and learned.adjacency.tolist() == truth.tolist()


def test_a_movement_that_is_known_to_be_an_error_is_no_edge() -> None:
    before, after, mask, _ = toy_codes()
    floor, still = torch.tensor([1.0, 1, 3]) * 0.02**2, torch.zeros(3, 3)
    still[0, 1] = 1
    learned = interventional.discover(TOY, before, after, mask, floor, still=still)
    assert learned.adjacency.sum() == 0 and learned.probability[0, 1] < 0.1
