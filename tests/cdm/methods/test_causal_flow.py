"""A causal flow is invertible and a density; it finds what a do does, and with a hidden cause what it does in truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import factors
import numpy as np
import torch
import toy
from torch import Tensor

from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.evaluation.metrics.values import counterfactual_factors
from cdm.methods import causal_flow
from cdm.methods.causal_flow import CausalFlow, Options
from cdm.methods.causal_flow.fit import causes
from cdm.methods.causal_flow.networks import Flow
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job
from cdm.scm.codes import Code, from_data

Values = np.ndarray[Any, Any]
CHAIN = [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
CLIQUE = (1 - np.eye(4, dtype=int)).tolist()


def numbers(names: str, values: Values) -> Code:
    """The code of numbers, whose ranges are those of some values."""
    ends = zip(names, values.min(axis=0).tolist(), values.max(axis=0).tolist(), strict=True)
    plain = {"kind": "continuous", "levels": [], "unit": "1"}
    return from_data([{**plain, "name": name, "low": low, "high": high} for name, low, high in ends])


def job(code: Code, values: Values, directed: Sequence[Sequence[int]], joined: Any = None) -> Job:
    """Labels, and the graph that they are said to have; images are black."""
    graph = {"adjacency": {"directed": directed, **({"bidirected": joined} if joined else {})}}
    return Job(
        Pairs(code, {"image": np.zeros((len(values), 16, 16, 3), np.uint8), "factors": values}), {"graph": graph}
    )


def moved(model: CausalFlow, before: Values, target: int, values: Values) -> Tensor:
    """Codes of factors as they would have been, had one been set."""
    codes = model.code.encode(torch.tensor(before).float())
    wanted = before.copy()
    wanted[:, target] = values
    mask = torch.zeros(before.shape).index_fill(1, torch.tensor(target), 1.0)
    return model.act(model.abduct(codes, codes), DoTable(mask, model.code.encode(torch.tensor(wanted).float())))


def missed(model: CausalFlow, before: Values, target: int, values: Values, after: Values) -> tuple[Values, Values]:
    """The errors of each factor under a do on one, in units: the model's, and those of the factual values."""
    codes, true = (model.code.encode(torch.tensor(part).float()) for part in (before, after))
    mask = torch.zeros(before.shape).index_fill(1, torch.tensor(target), 1.0)
    told = counterfactual_factors(model.code, moved(model, before, target, values), codes, true, mask)
    return np.array(told["model"][target]), np.array(told["identity"][target])


def bent(latents: int = 2) -> tuple[Flow, Tensor]:
    """A flow of all kinds of factors whose weights are far from zero, and codes."""
    torch.manual_seed(0)
    flow = Flow(factors.CODE, latents, 16)
    hidden = torch.tensor([[1.0, 1, 0], [0, 1, 1]])[:latents]
    values = torch.rand(300, 3) * torch.tensor([4.0, 360, 2.99]) + torch.tensor([2.0, 0, 0])
    codes = factors.CODE.encode(torch.cat([values[:, :2], values[:, 2:].floor()], dim=1))
    flow.lay(torch.tensor(CHAIN), hidden, codes)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return flow, codes


def test_what_noise_gives_is_what_it_was_read_from() -> None:
    """In double precision: these curves are far steeper than any that is learned."""
    flow, codes = (part.double() for part in bent())
    with torch.no_grad():
        latents, _ = flow.infer(codes, torch.randn(len(codes), 2).double())
        noise, _ = flow.noise(codes, latents)
        again = flow.solve(noise, latents, torch.zeros(len(codes), 3), codes)
        assert (noise[:, 0] - codes[:, 0]).abs().mean() > 0.1 and (again - codes).abs().max() < 1e-3
        drawn, hidden = (part.double() for part in flow.draw(300, torch.Generator().manual_seed(0)))
        back, _ = flow.noise(flow.solve(drawn, hidden, torch.zeros(300, 3), codes), hidden)
        assert (back - drawn)[:, :3].abs().max() < 1e-3  # of a level nothing but its interval is known


def test_densities_of_every_kind_add_up_to_one() -> None:
    flow, codes = bent()
    n, latents = 8001, torch.randn(1, 2).expand(8001, 2)
    line, turn = torch.linspace(-40, 40, n), torch.linspace(0, 2 * torch.pi, n)
    rows = codes[:1].repeat(n, 1)
    sized = torch.cat([line[:, None], rows[:, 1:]], dim=1)
    turned = torch.cat([rows[:, :1], turn.cos()[:, None], turn.sin()[:, None], rows[:, 3:]], dim=1)
    levelled = torch.cat([rows[:3, :3], torch.eye(3)], dim=1)
    with torch.no_grad():
        dense = [flow.noise(some, latents[: len(some)])[1].neg().exp() for some in (sized, turned, levelled)]
    assert torch.trapezoid(dense[0][:, 0], line) == pytest.approx(1, abs=1e-3)
    assert torch.trapezoid(dense[1][:, 1], turn) == pytest.approx(1, abs=1e-3)
    assert dense[2][:, 2].sum() == pytest.approx(1, abs=1e-5)


def test_the_divergence_of_latents_is_that_of_their_density() -> None:
    """Of one latent, drawn from even quantiles: the entropy that is told is that of where the draws lie."""
    flow, codes = bent(1)
    n = 4000
    quantiles = (torch.arange(n) + 0.5) / n
    noise = torch.special.ndtri(quantiles)[:, None]
    with torch.no_grad():
        latents, apart = flow.infer(codes[:1].repeat(n, 1), noise)
    places = latents[:, 0].double()
    density = (2 / n) / (places[2:] - places[:-2])  # between neighbours of neighbours
    wanted = density.log() + 0.5 * places[1:-1].square() + 0.5 * np.log(2 * np.pi)
    assert (wanted - apart[1:-1])[50:-50].abs().mean() < 0.02


def test_no_noise_depends_on_what_is_no_cause() -> None:
    code = numbers("abc", np.array([[-1.0, -1, -1], [1, 1, 1]]))
    torch.manual_seed(0)
    flow = Flow(code, 0, 16)
    flow.lay(torch.tensor([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), torch.zeros(0, 3), torch.randn(50, 3))
    with torch.no_grad():
        flow.factors.weights[-1].normal_()
    point = torch.randn(1, 3)
    jacobian = torch.autograd.functional.jacobian(lambda x: flow.noise(x, x[:, :0])[0], point)[0, :, 0]
    assert (jacobian != 0).tolist() == [[True, False, False], [True, True, False], [False, True, True]]
    assert (jacobian.diagonal() > 0).all()


def triangle(noise: Values, first: Any = None, second: Any = None) -> Values:
    """The nonlinear triangle of Javaloy et al. 2023: each factor causes those after it."""
    a = noise[:, 0] + 1 if first is None else first + 0 * noise[:, 0]
    b = 2 * a**2 + noise[:, 1] if second is None else second
    return np.stack([a, b, 20 / (1 + np.exp(-(b**2) + a)) + noise[:, 2]], axis=1)


def test_it_recovers_dos_and_counterfactuals_of_a_known_scm() -> None:
    draw = np.random.default_rng(0)
    values, noise = triangle(draw.normal(size=(8000, 3))), draw.normal(size=(500, 3))
    model = causal_flow.fit(job(numbers("abc", values), values, CHAIN), Options(steps=600))
    before, others = triangle(noise), draw.choice(values[:, 0], 500)
    mine, nothing = missed(model, before, 0, others, triangle(noise, others))
    assert mine[0] < 1e-3 and mine[1] < 0.05 * nothing[1] and mine[2] < 0.15 * nothing[2]
    drawn = model.code.decode(model.do({"a": 1.0}).sample_codes(4000)).numpy()
    true = triangle(draw.normal(size=(40000, 3)), 1.0)
    assert np.abs(drawn.mean(axis=0) - true.mean(axis=0)).max() < 0.4
    assert np.abs(drawn.std(axis=0) - true.std(axis=0)).max() < 0.4


def test_angles_and_levels_follow() -> None:
    """A size turns a hue, whose noise is the same either way round; both weigh the levels of a kind."""
    draw = np.random.default_rng(0)

    def solve(size: Values, turn: Values, place: Values) -> Values:
        hue = (40 * size + 60 * np.sin(size) + turn) % 360
        low = 0.1 + 0.15 * (size - 2)
        return np.stack([size, hue, (place > low).astype(float) + (place > low + 0.2)], axis=1)

    def drawn(n: int) -> tuple[Values, Values, Values]:
        return draw.uniform(2, 6, n), draw.normal(0, 15, n), draw.uniform(0, 1, n)

    values, noise = solve(*drawn(6000)), drawn(500)
    model = causal_flow.fit(job(factors.CODE, values, CHAIN), Options(steps=300, width=32))
    others = draw.uniform(2, 6, 500)
    mine, nothing = missed(model, solve(*noise), 0, others, solve(others, *noise[1:]))
    assert mine[1] < 0.2 * nothing[1] and mine[2] < 0.75 * nothing[2]  # of a level's noise an interval is known


def confounded(noise: Values, first: Any = None) -> Values:
    """A hidden cause of all; what it does to the last is against what the third does: ``b = .6 a - 1.2 z + noise``."""
    z, *own = noise.T
    a = 0.8 * z + 0.6 * own[2] if first is None else first + 0 * z
    return np.stack([z + 0.5 * own[0], np.tanh(z) + 0.3 * own[1], a, 0.6 * a - 1.2 * z + 0.3 * own[3]], axis=1)


def test_with_a_latent_the_hidden_cause_is_not_taken_for_an_effect() -> None:
    draw = np.random.default_rng(0)
    values, noise = confounded(draw.normal(size=(8000, 5))), draw.normal(size=(500, 5))
    known = job(numbers("pqab", values), values, [[0] * 4, [0] * 4, [0, 0, 0, 1], [0] * 4], CLIQUE)
    others = draw.choice(values[:, 2], 500)
    errors, effects, bound = [], [], []
    for latent in (0, 1):
        model = causal_flow.fit(known, Options(steps=400, width=32, latent=latent))
        mine, nothing = missed(model, confounded(noise), 2, others, confounded(noise, others))
        low, high = (model.code.decode(model.do({"a": a}).sample_codes(4000))[:, 3].mean() for a in (-0.5, 0.5))
        errors.append(mine[3] / nothing[3])
        effects.append(float(high - low))
        free = model.code.decode(model.sample_codes({}, 4000)).numpy()
        bound.append(np.corrcoef(free[:, 0], free[:, 1])[0, 1])
    assert errors[0] > 1 and errors[1] < 0.2  # without, it is worse than to say that nothing follows
    assert effects[0] < 0 and effects[1] == pytest.approx(0.6, abs=0.15)
    assert abs(bound[0]) < 0.1 and bound[1] == pytest.approx(np.corrcoef(values[:, 0], values[:, 1])[0, 1], abs=0.1)


def test_a_do_of_nothing_changes_nothing_and_what_is_not_reached_stays(toy_pairs: Pairs) -> None:
    model = causal_flow.fit(Job(toy_pairs, {"graph": toy.graph(toy.FACTORS, toy.ADJACENCY)}), Options(steps=3))
    batch = toy_pairs.batch(torch.arange(20))
    known, none = model.abduct(batch["image"], batch["factors"]), torch.zeros(20, 3)
    assert torch.equal(model.act(known, DoTable(none, batch["factors"])), batch["factors"])
    after = model.act(known, model.table({"b": 0.9}, 20))
    kept = [0, 2, 3, 4]
    assert torch.equal(after[:, kept], batch["factors"][:, kept]) and torch.allclose(after[:, 1], torch.tensor(0.8))
    back = model.act(
        model.abduct(batch["image"], after), DoTable(none.index_fill(1, torch.tensor(1), 1), batch["factors"])
    )
    assert torch.equal(back, batch["factors"])


def test_hidden_causes_are_the_largest_sets_that_are_joined() -> None:
    code = numbers("abcde", np.array([[0.0] * 5, [1.0] * 5]))
    pairs = [(0, 1), (0, 2), (1, 2), (2, 3)]
    joined = [[int((i, j) in pairs or (j, i) in pairs) for j in range(5)] for i in range(5)]
    values, none = np.zeros((4, 5)), [[0] * 5] * 5
    assert causes(job(code, values, none, joined)).tolist() == [[1, 1, 1, 0, 0], [0, 0, 1, 1, 0]]
    assert causes(job(code, values, none, none)).shape == causes(job(code, values, none)).shape == (0, 5)


def test_what_it_cannot_do(toy_pairs: Pairs) -> None:
    model = CausalFlow(toy_pairs.code, 16, Options(), 1)
    with pytest.raises(CdmError, match=r"^model 'causal_flow' reads no factors: it needs labels$"):
        model.abduct(torch.zeros(1, 3, 16, 16))
    with pytest.raises(
        CdmError, match=r"^model 'causal_flow' cannot answer counterfactuals; it answers factors, given$"
    ):
        model.predict(None, DoTable(torch.zeros(1, 3), torch.zeros(1, 5)))
    with pytest.raises(CdmError, match=r"^model 'causal_flow' needs a graph, which the manifest does not tell$"):
        causal_flow.fit(Job(toy_pairs), Options(steps=1))
    for wrong in ({"batch": 0}, {"width": 0}, {"warmup": 2.0}):
        with pytest.raises(CdmError, match=rf"^{next(iter(wrong))}: "):
            Options(**wrong)  # type: ignore[arg-type]


def test_a_file_that_is_none_of_its_own_is_told(toy_pairs: Pairs) -> None:
    weights = CausalFlow(toy_pairs.code, 16, Options(), 1).state_dict()
    assert len(causal_flow.load(toy_pairs.code, 16, Options(), weights).flow.hidden) == 1
    cyclic = {**weights, "flow.adjacency": torch.tensor([[0.0, 1, 0], [1, 0, 0], [0, 0, 0]])}
    for wrong in (cyclic, {}, {**weights, "flow.hidden": torch.zeros(2, 3)}):
        with pytest.raises(ValueError):
            causal_flow.load(toy_pairs.code, 16, Options(), wrong)
