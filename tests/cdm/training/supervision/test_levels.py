"""The levels ``targets`` and ``unknown``: what their losses tell apart, what they may not read, what they say."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
import toy  # noqa: E402

import cdm  # noqa: E402
from cdm import config  # noqa: E402
from cdm.data.pairs import Pairs, open_data  # noqa: E402
from cdm.errors import CdmError  # noqa: E402
from cdm.evaluation import evaluate, matching, reader  # noqa: E402
from cdm.models import causal_diffusion  # noqa: E402
from cdm.networks.compass import Compass, coarse  # noqa: E402
from cdm.networks.painter import Painter, message, unexplained  # noqa: E402
from cdm.scm import codes  # noqa: E402
from cdm.scm.domains import Continuous  # noqa: E402
from cdm.training import run, train, valueless  # noqa: E402
from cdm.training.supervision import levels, sorting  # noqa: E402
from cdm.training.supervision.independence import hsic  # noqa: E402

TINY = {
    "encoder_steps": 10,
    "encoder_batch": 8,
    "mechanism_steps": 5,
    "draft_steps": 5,
    "draft_batch": 4,
    "denoiser_steps": 5,
    "denoiser_batch": 4,
}
ANY = codes.Factor("any", Continuous(0.0, 1.0))


def _uniform(n: int, seed: int) -> Any:
    return 2 * torch.rand(n, 1, generator=torch.Generator().manual_seed(seed)) - 1


# Losses


def test_the_independence_criterion_is_zero_on_average_only_if_independent() -> None:
    drawn = [hsic(_uniform(128, seed), _uniform(128, 1000 + seed)) for seed in range(40)]
    assert abs(float(torch.stack(drawn).mean())) < 0.01
    a = _uniform(128, 0)
    assert float(hsic(a, a)) == pytest.approx(1)
    assert float(hsic(a, a.abs())) > 0.2  # without any correlation
    assert float(hsic(a, 0.5 * a + 0.5 * _uniform(128, 1))) > 0.2


def test_a_code_that_hardly_varies_does_not_blow_the_criterion_up() -> None:
    still = (1e-4 * _uniform(64, 0)).requires_grad_()
    hsic(still, _uniform(64, 1)).backward()
    assert torch.isfinite(still.grad).all() and float(still.grad.abs().max()) < 1


def test_a_painter_is_told_the_change_alone_however_faint() -> None:
    old = _uniform(50, 0)
    faint = message(old, old + 1e-3 * _uniform(50, 1))
    assert faint[:, 1].std() == pytest.approx(0.4, abs=1e-3)
    assert torch.isfinite(message(old, old)).all()


def test_what_a_painter_leaves_unexplained_runs_from_none_to_all() -> None:
    before, after = torch.zeros(2, 3, 16, 16), torch.zeros(2, 3, 16, 16)
    after[:, :, 4:8, 4:8] = 1
    assert float(unexplained(after, before, after)) == 0
    assert float(unexplained(before, before, after)) == 1
    near, far = torch.roll(after, 2, -1), torch.roll(after, 8, -1)
    assert float(unexplained(near, before, after)) < float(unexplained(far, before, after))


def _bars(values: Any) -> Any:
    """Images of two bars, one in each half, that reach from the left to places from 0 to 1."""
    x = (np.arange(16) + 0.5) / 16
    image = np.ones((len(values), 3, 16, 16), np.float32)
    for rows, column in ((slice(0, 8), 0), (slice(8, 16), 1)):
        image[:, :, rows] -= 2 / (1 + np.exp((x - values[:, column, None]) / 0.03))[:, None, None]
    return torch.from_numpy(image)


def _moved(n: int, seed: int) -> tuple[Any, Any, Any, Any]:
    """Images of two bars before and after one of them is set, their places after, and the targets."""
    rng = np.random.default_rng(seed)
    before, target = rng.uniform(0, 1, (n, 2)), rng.integers(0, 2, n)
    after = before.copy()
    after[np.arange(n), target] = rng.uniform(0, 1, n)
    mask = torch.from_numpy(target[:, None] == np.arange(2)).float()
    return _bars(before), _bars(after), torch.from_numpy(after).float(), mask


def test_a_painter_learns_only_from_codes_that_tell_the_value() -> None:
    images, images2, after, mask = _moved(200, 0)
    rows = mask[:, 0] > 0
    before, value = images[rows], 2 * after[rows, :1] - 1
    two = codes.Code((ANY, replace(ANY, name="other")))
    missed = []
    for told in (value, value.abs()):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            painter = Painter(two, 16)
        optimiser = torch.optim.Adam(painter.parameters(), 3e-3)
        for _ in range(60):
            error = unexplained(painter(before, 0, message(0 * told, told)), before, images2[rows])
            optimiser.zero_grad()
            error.backward()
            optimiser.step()
        missed.append(float(error.detach()))
    assert missed[0] < 0.5 * missed[1]


def test_the_compass_points_along_each_factor_without_any_value() -> None:
    images, images2, after, mask = _moved(1500, 0)
    compass = Compass(2)
    compass.settle(coarse(images), coarse(images2), mask)
    guess = compass(images2)
    for k in range(2):
        rows = mask[:, k] > 0
        r = matching.cross_correlations(guess[rows], after[rows]).abs()
        assert float(r[k, k]) > 0.9 and float(r[k, 1 - k]) < 0.2
        assert float(ANY.domain.uneven(guess[rows, k : k + 1])) < 0.01


def test_a_compass_without_a_do_on_a_factor_says_nothing_of_it() -> None:
    images, images2, _, mask = _moved(200, 0)
    compass = Compass(2)
    rows = mask[:, 0] > 0
    compass.settle(coarse(images[rows]), coarse(images2[rows]), mask[rows])
    assert not compass.directions[:, 1].any() and compass.directions[:, 0].any()
    assert torch.isfinite(compass(images)).all()


def test_pairs_are_sorted_by_what_changed() -> None:
    images, images2, _, mask = _moved(600, 0)
    images2[:20] = images[:20]
    found = sorting.sort(images, images2, 2)
    assert (found[:20] == -1).all()
    right = (found[20:] == mask[20:].argmax(1)).float().mean()
    assert max(float(right), 1 - float(right)) > 0.97
    assert torch.equal(found, sorting.sort(images, images2, 2))


def test_nothing_is_sorted_where_nothing_changed() -> None:
    images = _moved(50, 0)[0]
    assert (sorting.sort(images, images.clone(), 2) == -1).all()


# What a level may read


def _withhold(out: Path, *keys: str) -> Path:
    """Take keys out of the labels of every shard, as ``scmgen build`` does that withholds them."""
    manifest = json.loads((out / "manifest.json").read_text())
    for shard in manifest["shards"]:
        path, packed = out / shard["name"], io.BytesIO()
        with tarfile.open(path) as old, tarfile.open(fileobj=packed, mode="w") as new:
            for member in old:
                content = old.extractfile(member).read()  # type: ignore[union-attr]
                if member.name.endswith(".json"):
                    label = json.loads(content)
                    content = json.dumps({k: v for k, v in label.items() if k not in keys}).encode()
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
        path.write_bytes(packed.getvalue())
        shard["sha256"] = hashlib.sha256(packed.getvalue()).hexdigest()
    manifest["digest"] = hashlib.sha256(repr((out.name, keys)).encode()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest))
    return out


def _opened(tmp_path: Path, *keys: str) -> Pairs:
    out = _withhold(toy.write(tmp_path / "toy", 240), *keys)
    return open_data(str(out), "train", tmp_path / "cache")


def test_targets_trains_on_shards_without_values_and_factors(tmp_path: Path) -> None:
    pairs = _opened(tmp_path, "do_value", "factors", "factors_cf")
    assert set(pairs.arrays) == {"image", "image_cf", "do_mask"}
    model = train.fit(run.start(pairs, config.make("quick", supervision="targets", **TINY), tmp_path))
    assert model.code.names == toy.FACTORS
    again = cdm.load(tmp_path)
    images = pairs.batch(torch.arange(4))["image"]
    assert torch.equal(again.encode(images), model.encode(images))


def test_unknown_trains_on_shards_that_withhold_targets(tmp_path: Path) -> None:
    pairs = _opened(tmp_path, "do_mask", "do_value", "factors", "factors_cf")
    assert set(pairs.arrays) == {"image", "image_cf"}
    model = train.fit(run.start(pairs, config.make("quick", supervision="unknown", **TINY), tmp_path))
    assert model.code.names == ("z1", "z2", "z3")
    assert model.do({"z1": 0.5}).sample(2, steps=2).shape == (2, 3, 16, 16)


@pytest.mark.parametrize("level", levels.VALUELESS)
def test_what_a_level_may_not_read_changes_nothing(tmp_path: Path, level: str) -> None:
    whole = _opened(tmp_path)
    spoiled = {n: a if n.startswith("image") else np.array(a)[::-1] for n, a in whole.arrays.items()}
    if level == "targets":
        spoiled["do_mask"] = whole.arrays["do_mask"]
    weights = [
        train.fit(run.start(pairs, config.make("quick", supervision=level, **TINY))).state_dict()
        for pairs in (whole, replace(whole, arrays=spoiled))
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    pairs = _opened(tmp_path)
    told = config.make("quick", supervision="targets", **TINY)
    whole = train.fit(run.start(pairs, told)).state_dict()
    begun = run.start(pairs, told, tmp_path)
    stopped: Callable[[dict[str, Any]], None] = _stop_in_refine
    begun.log = stopped
    with pytest.raises(InterruptedError):
        train.fit(begun)
    again = run.start(pairs, told, tmp_path)
    assert run.resume(again) and again.phase == 1
    ended = train.fit(again).state_dict()
    assert all(torch.equal(whole[name], ended[name]) for name in whole)


def _stop_in_refine(told: dict[str, Any]) -> None:
    if told["phase"] == "refine":
        raise InterruptedError


def test_targets_needs_targets(tmp_path: Path) -> None:
    with pytest.raises(CdmError, match=r"^the shards hold no do_mask, which supervision 'targets'"):
        run.start(_opened(tmp_path, "do_mask"), config.make("quick", supervision="targets"))


def test_unknown_needs_pairs_and_takes_no_graph_by_name(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 40, pairs=False)), "train", tmp_path / "cache")
    with pytest.raises(CdmError, match=r"^the shards hold no image_cf, which supervision 'unknown'"):
        run.start(plain, config.make("quick", supervision="unknown"))
    told = config.make("quick", supervision="unknown", graph="given")
    message_ = "graph 'given': at supervision 'unknown' nothing says which code is which factor of that graph"
    with pytest.raises(CdmError, match=f"^{message_}$"):
        run.start(_opened(tmp_path / "pairs"), told, given=torch.tensor(toy.ADJACENCY))


def test_other_levels_have_no_painter(tmp_path: Path) -> None:
    for level, there in (("interventions", False), ("labels", False), ("targets", True), ("unknown", True)):
        names = run.start(_opened(tmp_path / level), config.make("quick", supervision=level)).model.state_dict()
        assert any(name.startswith(("painter", "compass")) for name in names) is there


# Schedules, matching, evaluation


def test_a_ramp_runs_from_zero_to_one() -> None:
    assert [valueless.ramp(share, 0.2, 0.4) for share in (0, 0.2, 0.3, 0.4, 1)] == pytest.approx([0, 0, 0.5, 1, 1])


def _trained(pairs: Pairs, level: str) -> Any:
    return run.start(pairs, config.make("quick", supervision=level, **TINY)).model


def test_codes_are_matched_in_order_and_sign_whatever_the_numbering(tmp_path: Path) -> None:
    pairs = _opened(tmp_path)
    truth = torch.cat([_uniform(200, seed) for seed in range(3)], 1)
    mixed = torch.stack([-truth[:, 2], truth[:, 0], -(truth[:, 1] ** 3)], 1)
    found = matching.match(_trained(pairs, "unknown"), mixed, truth)
    assert found == matching.Matching((2, 0, 1), (-1.0, 1.0, -1.0))
    assert torch.equal(found.codes(truth), torch.stack([-truth[:, 2], truth[:, 0], -truth[:, 1]], 1))
    assert found.mask(torch.tensor([[0.0, 0.0, 1.0]])).tolist() == [[1, 0, 0]]
    chain = torch.tensor([[0, 1, 0], [0, 0, 1], [0, 0, 0]])  # a -> b -> c, that is z2 -> z3 -> z1
    assert found.graph(chain).nonzero().tolist() == [[1, 2], [2, 0]]


def test_targets_matches_signs_of_numbers_only_and_supervised_levels_nothing(tmp_path: Path) -> None:
    pairs = _opened(tmp_path)
    truth = pairs.batch(torch.arange(200))["factors"]
    found = matching.match(_trained(pairs, "targets"), -truth, truth)
    assert found == matching.Matching((0, 1, 2), (-1.0, -1.0, 1.0, 1.0, 1.0))
    assert matching.match(_trained(pairs, "interventions"), -truth, truth) is None


def test_an_evaluation_scores_a_mirrored_code_as_right(tmp_path: Path) -> None:
    pairs = _opened(tmp_path)
    model = train.fit(run.start(pairs, config.make("quick", supervision="targets", **TINY)))
    told = evaluate.evaluate(model, pairs, reader.fit(pairs, 5), {"adjacency": {"directed": toy.ADJACENCY}}, 12)
    assert set(told["matching"]) == {"a", "b", "k"}
    assert all(r >= 0 for r in told["correlations"][:2])
    assert told["factors"] == ["a", "b", "k"]


def test_an_evaluation_at_unknown_names_the_factors_that_fit(tmp_path: Path) -> None:
    plain = {"type": "continuous", "unit": "1", "long_name": "", "range": [0.0, 2.0], "levels": [], "circular": False}
    out = toy.write(tmp_path / "toy", 240, factors=dict.fromkeys(toy.FACTORS, plain))
    pairs = open_data(str(out), "train", tmp_path / "cache")
    model = train.fit(run.start(pairs, config.make("quick", supervision="unknown", **TINY)))
    told = evaluate.evaluate(model, pairs, reader.fit(pairs, 5), {"adjacency": {"directed": toy.ADJACENCY}}, 12)
    assert list(told["matching"]) == ["z1", "z2", "z3"]
    assert sorted(name.removesuffix(" mirrored") for name in told["matching"].values()) == ["a", "b", "k"]
    assert sorted(told["factors"]) == ["a", "b", "k"] and all(r >= 0 for r in told["correlations"])
    assert {"graph", "L1", "effectiveness"} <= set(told)


def test_an_evaluation_at_unknown_says_what_cannot_be_matched(tmp_path: Path) -> None:
    pairs = _opened(tmp_path)
    message_ = "a model without names codes every factor as a number, and k is categorical: they cannot be matched"
    with pytest.raises(CdmError, match=f"^{message_}$"):
        evaluate.check(_trained(pairs, "unknown"), pairs)


# Command line


def test_the_command_line_says_what_the_answers_mean(tmp_path: Path) -> None:
    where, out = toy.write(tmp_path / "toy", 240), tmp_path / "run"
    settings = [word for name, value in TINY.items() for word in ("--set", f"{name}={value}")]
    done = toy.call("train", str(where), "-o", str(out), "--supervision", "unknown", *settings, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "(which is which of the manifest's factors is for `cdm evaluate` to match)" in done.stdout
    assert "SHD" not in done.stdout
    done = toy.call("sample", str(out), "--do", "a=0.5", "-o", str(tmp_path / "a.png"), home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"cdm: {out}: {causal_diffusion.NOTES['unknown']}"
    assert "no factor 'a'" in done.stderr and "z1, z2, z3" in done.stderr
