"""The parts of the causal diffusion model, each against something that it could get wrong."""

from __future__ import annotations

import re

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
import scipy.stats  # noqa: E402
import toy  # noqa: E402

from cdm import config, diffusion  # noqa: E402
from cdm.discovery import (
    conclusion,
    interventional,
)
from cdm.errors import CdmError  # noqa: E402
from cdm.evaluation.metrics import graphs, latents, pixels  # noqa: E402
from cdm.networks.conditioning import MODES, Tokens  # noqa: E402
from cdm.networks.encoder import anchor  # noqa: E402
from cdm.scm import mechanisms  # noqa: E402
from cdm.scm.codes import Code, Factor, from_data  # noqa: E402
from cdm.scm.domains import Categorical, Circular, Continuous  # noqa: E402
from cdm.scm.graph import from_edges, reachability, topological  # noqa: E402
from cdm.scm.mechanisms import Mechanisms  # noqa: E402
from cdm.training import feed, losses  # noqa: E402

CODE = Code(
    (
        Factor("size", Continuous(2.0, 6.0)),
        Factor("hue", Circular(0.0, 360.0), unit="deg"),
        Factor("kind", Categorical(("cube", "ball", "cone"))),
    )
)
TOY = Code(
    (
        Factor("a", Continuous(0.0, 1.0)),
        Factor("b", Continuous(0.0, 1.0)),
        Factor("k", Categorical(("red", "green", "blue"))),
    )
)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def toy_codes(n: int = 3000, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Codes before and after, mask, and codes of the values that were set, of the toy's own equations."""
    table = {name: torch.tensor(array).float() for name, array in toy.values(np.random.default_rng(seed), n).items()}
    codes = (TOY.encode(table[name]) for name in ("factors", "factors_cf", "do_value"))
    before, after, value = codes
    return before, after, table["do_mask"], value


# Codes


def test_every_value_survives_its_code() -> None:
    values = torch.tensor([[2.0, 0.0, 0.0], [3.5, 123.0, 1.0], [6.0, 359.0, 2.0]])
    codes = CODE.encode(values)
    assert codes.shape == (3, CODE.width) == (3, 6)
    assert torch.allclose(CODE.decode(codes), values, atol=1e-3)
    assert codes[:, 0].tolist() == [-1.0, -0.25, 1.0]


def test_a_code_survives_its_plain_data() -> None:
    assert from_data(CODE.data()) == CODE


def test_sums_and_spread_follow_the_blocks() -> None:
    assert CODE.sums(torch.ones(1, 6)).tolist() == [[1.0, 2.0, 3.0]]
    assert CODE.spread(torch.tensor([[1.0, 2.0, 3.0]])).tolist() == [[1.0, 2.0, 2.0, 3.0, 3.0, 3.0]]


@pytest.mark.parametrize(
    ("factor", "text", "message"),
    [
        (0, "7", "size = 7: a number from 2 to 6 is needed (1)"),
        (0, "nan", "size = nan: a number from 2 to 6 is needed (1)"),
        (0, "big", "size = big: a number from 2 to 6 is needed (1)"),
        (1, "inf", "hue = inf: a number from 0 to 360 is needed (deg)"),
        (2, "bal", "kind = bal: no level of that name; did you mean 'ball'? there are cube, ball, cone"),
        (2, "3", "kind = 3: no level of that name; there are cube, ball, cone"),
    ],
)
def test_what_is_no_value_is_refused(factor: int, text: str, message: str) -> None:
    with pytest.raises(CdmError, match=f"^{re.escape(message)}$"):
        CODE.factors[factor].read(text)


def test_values_are_read_as_users_write_them() -> None:
    assert [CODE.factors[0].read("3.5"), CODE.factors[2].read("cone"), CODE.factors[2].read("1")] == [3.5, 2.0, 1.0]
    assert CODE.factors[1].read("-30") == -30.0  # an angle is an angle


# Diffusion


@pytest.mark.parametrize("prediction", ["x0", "v", "eps"])
def test_the_right_prediction_gives_the_clean_image_back(prediction: diffusion.Prediction) -> None:
    x0, eps, t = torch.randn(8, 3, 4, 4), torch.randn(8, 3, 4, 4), torch.linspace(0.05, 0.95, 8)
    x_t = diffusion.mix(x0, eps, t)
    told = diffusion.target(x0, eps, t, prediction)
    assert torch.allclose(diffusion.clean(x_t, t, told, prediction), x0, atol=1e-4)
    assert diffusion.loss(lambda x, s: told, x0, t, eps, prediction).abs().max() == 0


def test_times_are_stratified() -> None:
    t = diffusion.times(64, torch.Generator().manual_seed(1)).sort().values
    edges = torch.linspace(diffusion.EARLIEST, diffusion.LATEST, 65)
    assert ((t >= edges[:-1]) & (t <= edges[1:])).all()


def gaussian(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """The best denoiser there is for data of mean 0.3 and standard deviation 0.5."""
    alpha, sigma = diffusion.scales(t)
    gain = alpha * 0.25 / (alpha**2 * 0.25 + sigma**2)
    return 0.3 + gain * (x - alpha * 0.3)


def test_sampling_gives_the_distribution_of_the_data() -> None:
    x = diffusion.sample(gaussian, torch.randn(2000, 1, 2, 2), 40)
    assert abs(float(x.mean()) - 0.3) < 0.02
    assert abs(float(x.std()) - 0.5) < 0.03


@pytest.mark.parametrize("stop", [0.5, 0.7, diffusion.LATEST])
def test_inversion_and_sampling_give_the_image_back(stop: float) -> None:
    x = 0.3 + 0.5 * torch.randn(50, 1, 4, 4)
    noise = diffusion.invert(gaussian, x, 60, stop)
    back = diffusion.sample(gaussian, noise, 60, stop)
    assert float((back - x).abs().mean()) < 0.03
    assert float((noise - x).abs().mean()) > 0.1


# Conditioning


@pytest.mark.parametrize("mode", MODES)
def test_a_token_tells_of_its_factor_and_parents_only(mode: str) -> None:
    adjacency = from_edges(TOY.names, [("a", "b")])
    tokens = Tokens(TOY, adjacency, mode)  # type: ignore[arg-type]
    codes = TOY.encode(torch.tensor([[0.3, 0.6, 1.0]])).requires_grad_()
    parents = {"mask": {1: {0, 1}}, "gnn": {1: {0, 1}}}.get(mode, {})
    for i in range(3):
        (gradient,) = torch.autograd.grad(
            tokens(codes)[0, i].square().sum(), codes, retain_graph=True, allow_unused=True
        )
        moved = {j for j, block in enumerate(TOY.blocks) if gradient is not None and gradient[0, block].abs().sum() > 0}
        assert moved == (set() if mode == "none" else parents.get(i, {i}))


def test_a_dropped_token_tells_nothing_of_its_factor() -> None:
    tokens = Tokens(TOY, torch.zeros(3, 3), "film")
    dropped = torch.tensor([[True, False, False]])
    one, other = (tokens(TOY.encode(torch.tensor([[a, 0.5, 0.0]])), dropped) for a in (0.1, 0.9))
    assert torch.equal(one, other)


def test_more_factors_share_larger_batches_where_only_targets_are_told() -> None:
    told = {level: config.make("quick", supervision=level) for level in ("interventions", "labels")}
    assert [feed.encoder_rows(told["interventions"], d) for d in (2, 4, 8, 12)] == [64, 64, 128, 192]
    assert feed.encoder_rows(told["labels"], 12) == 64


# Mechanisms


def fitted(edges: list[tuple[str, str]], steps: int = 400) -> tuple[Mechanisms, torch.Tensor]:
    """Mechanisms of the toy under a graph, and what is left of the noise invariance on other pairs."""
    model = Mechanisms(TOY, from_edges(TOY.names, edges))
    before, after, mask, _ = toy_codes()
    optimiser = torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(steps):
        rows = torch.randint(len(before), (256,))
        z, z2, m = before[rows], after[rows], mask[rows]
        loss = model.surprise(z).sum(1).mean() + (model.surprise(z2) * (1 - m)).sum(1).mean()
        loss = loss + mechanisms.invariance(model, z, z2, m).clamp_max(10).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    before, after, mask, _ = toy_codes(seed=1)
    with torch.no_grad():
        return model, mechanisms.invariance(model, before, after, mask).mean()


def test_noise_is_invariant_at_the_true_graph_and_at_no_other() -> None:
    (_, right), (_, without), (_, turned) = fitted([("a", "b")]), fitted([]), fitted([("b", "a")])
    assert float(right) < 0.1
    assert float(without) > 3 * float(right)
    assert float(turned) > 3 * float(right)


def test_counterfactuals_of_fitted_mechanisms_are_those_of_the_equations() -> None:
    model, _ = fitted([("a", "b")], steps=1200)
    before, after, mask, value = toy_codes(seed=2)
    with torch.no_grad():
        found = model.counterfactual(before, mask, value)
    assert float((found - after)[:, 1].abs().mean()) < 0.03  # of a range of 2
    assert torch.equal(found[mask[:, 1] == 1][:, :1], before[mask[:, 1] == 1][:, :1])  # a do on b leaves a, bit for bit


def angle_alone() -> Mechanisms:
    """The mechanism of an angle without parents."""
    return Mechanisms(Code((Factor("f", Circular(0.0, 360.0)),)), torch.zeros(1, 1))


def test_an_angles_likelihood_is_that_of_von_mises_with_a_scale_of_its_own() -> None:
    model, degrees = angle_alone(), torch.tensor([[10.0], [200.0], [359.0]])
    with torch.no_grad():
        model.biases[2][0, 0] = torch.tensor([0.0, 2.0, -2.5])  # it points to 90 degrees, or so; and its scale
        codes = model.code.encode(degrees)
        (loc, scale), found = model(codes), model.surprise(codes)[:, 0]
    centre, sharpness = np.arctan2(float(loc[0, 1]), float(loc[0, 0] + 1)), float(scale[0, 0]) ** -2
    angles = np.arctan2(codes[:, 1].numpy(), codes[:, 0].numpy())
    truth = -scipy.stats.vonmises.logpdf(angles, sharpness, loc=centre) - np.log(2 * np.pi)
    assert np.allclose(found.numpy(), truth, rtol=1e-4)


def test_an_angles_noise_has_the_width_that_it_has() -> None:
    model = angle_alone()
    optimiser = torch.optim.Adam(model.parameters(), 2e-2)
    codes = model.code.encode(120 + torch.randn(2000, 1) * 6)
    for _ in range(400):
        optimiser.zero_grad()
        model.surprise(codes).mean().backward()
        optimiser.step()
    assert float(model(codes)[1].detach().mean().rad2deg()) == pytest.approx(6, rel=0.1)


def test_a_level_keeps_its_noise_as_far_as_its_interval_is_still_its_own() -> None:
    """The toll of a level that changes is what a uniform noise says of it."""
    model = Mechanisms(CODE, from_edges(CODE.names, [("size", "kind")]))
    torch.nn.init.normal_(model.weights[2], std=0.7)
    values = torch.tensor([[2.0, 0.0, 1.0]])
    u = torch.rand(200_000, 1)
    with torch.no_grad():
        shares = [model(CODE.encode(torch.tensor([[size, 0.0, 1.0]])))[0][:, 3:].softmax(1)[0] for size in (2.0, 4.0)]
        levels = [(u > share.cumsum(0)).sum(1).clamp_max(2) for share in shares]
        for level in range(3):
            truth = float((levels[1][levels[0] == 1] == level).float().mean())
            after = torch.tensor([[4.0, 0.0, float(level)]])
            pair = (CODE.encode(values), CODE.encode(after), torch.tensor([[1.0, 0.0, 0.0]]))
            found = float((-mechanisms.noise_changes(model, *pair)[0, 2]).exp())
            assert found == pytest.approx(max(truth, 1e-3), abs=0.01)
        still = mechanisms.noise_changes(model, CODE.encode(values), CODE.encode(values), torch.zeros(1, 3))
    assert float(still.abs().max()) < 1e-6


@pytest.mark.parametrize("edges", [[], [("size", "hue"), ("hue", "kind")], [("kind", "size"), ("size", "hue")]])
def test_noise_that_is_read_back_gives_the_codes_again(edges: list[tuple[str, str]]) -> None:
    model = Mechanisms(CODE, from_edges(CODE.names, edges))
    for weight in model.weights:
        torch.nn.init.normal_(weight, std=0.5)
    values = torch.stack([torch.rand(50) * 4 + 2, torch.rand(50) * 360, torch.randint(0, 3, (50,)).float()], 1)
    codes = CODE.encode(values)
    with torch.no_grad():
        again = model.solve(model.noise(codes))
        nothing = model.counterfactual(codes, torch.zeros(50, 3), codes)
    assert torch.allclose(again, codes, atol=1e-4)
    assert torch.equal(nothing, codes)


def test_drawn_noise_is_that_of_the_data() -> None:
    model, _ = fitted([("a", "b")])
    before, *_ = toy_codes()
    with torch.no_grad():
        model.remember(before)
        drawn = model.solve(model.draw(4000, torch.Generator().manual_seed(3)))
    values, real = TOY.decode(drawn), TOY.decode(before)
    assert torch.allclose(values[:, :2].mean(0), real[:, :2].mean(0), atol=0.03)
    assert torch.allclose(values[:, :2].std(0), real[:, :2].std(0), atol=0.03)
    assert torch.corrcoef(values[:, :2].T)[0, 1] > 0.8
    assert torch.allclose(torch.bincount(values[:, 2].long()) / 4000, torch.full((3,), 1 / 3), atol=0.04)


def test_graphs_are_walked_causes_first() -> None:
    chain = from_edges("abc", [("c", "b"), ("b", "a")])
    assert topological(chain) == [2, 1, 0]
    assert reachability(chain).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    with pytest.raises(ValueError, match="a cycle among factors"):
        topological(from_edges("ab", [("a", "b"), ("b", "a")]))


# Losses


def test_the_anchor_is_zero_where_codes_are_what_was_set_and_sees_targets_only() -> None:
    _, after, mask, value = toy_codes(60)
    logits = torch.where(TOY.spread(torch.tensor([[0, 0, 1]])) > 0, 50 * after, after)
    assert float(anchor(TOY, logits, value, mask)) < 1e-6
    assert float(anchor(TOY, logits + 0.5, value, mask)) > 0.05
    off = logits + (1 - TOY.spread(mask)) * 3.0
    assert float(anchor(TOY, off, value, mask)) < 1e-6


def test_sparse_change_pays_small_movements_and_saturates_for_large_ones() -> None:
    before, mask = torch.zeros(4, 5), torch.tensor([[1.0, 0, 0]] * 4)
    small, large, larger = (losses.sparse_change(TOY, before, before + c, mask, 0.2) for c in (0.05, 1.0, 2.0))
    assert 0 < float(small) < float(large)
    assert float(larger) == pytest.approx(float(large), abs=1e-3)
    assert float(losses.sparse_change(TOY, before, before + 1, torch.zeros(4, 3), 0.2)) == 0  # no do, no term


def test_steadiness_is_zero_at_the_true_graph_and_positive_where_an_effect_is_denied() -> None:
    before, after, mask, _ = toy_codes(200)
    true, empty = reachability(from_edges("abk", [("a", "b")])), torch.eye(3)
    assert float(losses.steadiness(TOY, before, after, mask, true)) == 0
    assert float(losses.steadiness(TOY, before, after, mask, empty)) > 0.01


# Discovery


def found(before: torch.Tensor, after: torch.Tensor, mask: torch.Tensor, noise: float = 0.02) -> conclusion.Discovery:
    floor = torch.tensor([f.width * noise**2 for f in TOY.factors])
    jitter = [z + noise * torch.randn_like(z) for z in (before, after)]
    return interventional.discover(TOY, *jitter, mask, floor)


def test_the_graph_is_read_off_pairs() -> None:
    before, after, mask, _ = toy_codes()
    told = found(before, after, mask)
    assert told.adjacency.tolist() == toy.ADJACENCY
    assert told.probability[0, 1] > 0.9
    assert told.undecided.sum() == 0


def test_permuted_names_permute_the_graph_and_shuffled_pairs_hide_it() -> None:
    before, after, mask, _ = toy_codes()
    turned = found(before, after, mask[:, [1, 0, 2]])  # who was hit is told wrongly: b for a
    assert turned.adjacency.tolist() != toy.ADJACENCY
    rows = torch.randperm(len(after))
    shuffled = found(before, after[rows], mask[rows])  # second images of other samples
    assert shuffled.adjacency.tolist() != toy.ADJACENCY


def test_ancestors_never_run_in_a_circle() -> None:
    effects = torch.zeros(5, 5)
    for strength, (i, j) in enumerate([(4, 0), (3, 4), (2, 3), (1, 2), (0, 1)], start=1):  # a circle of five
        effects[i, j] = float(strength)
    kept = conclusion.acyclic(effects)
    assert kept.sum() == 4
    assert kept[4, 0] == 0  # the weakest gives way
    assert topological(kept) == [0, 1, 2, 3, 4]


def test_what_nobody_intervened_on_stays_undecided() -> None:
    before, after, mask, _ = toy_codes()
    rows = mask[:, 1:].sum(1) == 0  # a alone
    told = found(before[rows], after[rows], mask[rows])
    assert told.adjacency.tolist() == toy.ADJACENCY
    assert told.undecided.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]


# Metrics


def test_graph_scores_count_a_turned_edge_once() -> None:
    truth, turned, empty = (
        from_edges("abc", [("a", "b"), ("b", "c")]),
        from_edges("abc", [("b", "a"), ("b", "c")]),
        torch.zeros(3, 3),
    )
    assert graphs.graph_scores(truth, truth) == {"SHD": 0, "SID": 0, "parent-AID": 0, "precision": 1, "recall": 1}
    told = graphs.graph_scores(turned, truth)
    assert (told["SHD"], told["precision"], told["recall"]) == (1, 0.5, 0.5)
    assert told["SID"] > 0
    assert graphs.graph_scores(empty, truth)["SHD"] == 2


def test_pixel_errors_part_what_changed_from_what_did_not() -> None:
    factual, truth = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    truth[..., 0, 0] = 1.0
    assert pixels.pixel_errors(factual, truth, factual) == {"all": 0.25, "changed": 1.0, "unchanged": 0.0}
    assert pixels.pixel_errors(truth, truth, factual) == {"all": 0.0, "changed": 0.0, "unchanged": 0.0}


def test_latent_scores_are_one_for_the_truth_and_fall_with_noise() -> None:
    z, *_ = toy_codes(500)
    assert latents.correlations(TOY, z, z) == pytest.approx([1, 1, 1], abs=1e-5)
    assert latents.determinations(TOY, z, z) == pytest.approx([1, 1, 1])
    noisy = z + torch.randn_like(z)
    assert max(latents.correlations(TOY, noisy, z)) < 0.8


# Configuration


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preset": "quik"}, "no preset 'quik'; did you mean 'quick'? there are quick, standard, full"),
        ({"supervision": "label"}, "supervision: 'label'; did you mean 'labels'? there are labels, interventions"),
        ({"denoiser_step": 5}, "no option 'denoiser_step'; did you mean 'denoiser_steps'?"),
        ({"drop": 1.5}, "drop: a share from 0 to 1 is needed, found 1.5"),
        ({"encoder_batch": 0}, "encoder_batch: at least 1 is needed, found 0"),
        ({"sparse": "much"}, "sparse: a number from 0 on is needed, found 'much'"),
        ({"encoder_steps": -1}, "encoder_steps: a whole number from 0 on is needed, found -1"),
    ],
)
def test_a_wrong_option_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(CdmError, match=f"^{re.escape(message)}"):
        config.make(**{"preset": "quick", **changes})  # type: ignore[arg-type]
