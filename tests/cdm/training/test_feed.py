"""The feed: what a step is computed from depends on its number alone, whoever draws it and when."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from cdm import config  # noqa: E402
from cdm.config import Config  # noqa: E402
from cdm.data.pairs import Pairs  # noqa: E402
from cdm.training import feed  # noqa: E402
from cdm.training.feed import Draw, Drawn, Source  # noqa: E402

QUICK = config.make("quick", encoder_batch=8, mechanism_batch=16, draft_batch=4, denoiser_batch=4, drop=0.5)
DRAWS = pytest.mark.parametrize("draw", [feed.seen, feed.coding, feed.valueless, feed.drafted, feed.denoised])


@pytest.fixture(scope="module")
def pairs(toy_pairs: Pairs) -> Pairs:
    return Pairs(toy_pairs.code, {name: array[:200] for name, array in toy_pairs.arrays.items()})


@pytest.fixture(scope="module")
def source(pairs: Pairs) -> Source:
    return feed.source(pairs, QUICK, torch.device("cpu"))


def _drawn(draw: Draw, source: Source, step: int, told: Config = QUICK, phase: str = "encoder") -> Drawn:
    return draw(source, told, feed.generator_of(told.seed, phase, step), step / 10)


def _tensors(drawn: Drawn) -> list[torch.Tensor]:
    batch, noise = drawn
    return [*batch.values(), noise.dropped, noise.times, noise.eps, *noise.blur]


def _same(one: Drawn, other: Drawn) -> bool:
    pairs = zip(_tensors(one), _tensors(other), strict=True)
    return one[1].targets == other[1].targets and all(torch.equal(a, b) for a, b in pairs)


# Rows


def test_a_share_of_the_rows_is_labelled_the_same_for_every_batch(pairs: Pairs) -> None:
    source = feed.source(pairs, replace(QUICK, labelled=0.3), torch.device("cpu"))
    assert 0.2 < float(source.labelled.mean()) < 0.4
    rows = torch.tensor([5, 0, 5, 199])
    assert torch.equal(source.batch(rows)["labelled"], source.labelled[rows])
    assert torch.equal(feed.source(pairs, replace(QUICK, labelled=0.3), torch.device("cpu")).labelled, source.labelled)
    assert feed.source(pairs, QUICK, torch.device("cpu")).labelled.all()


def test_more_factors_share_larger_batches_where_only_targets_are_told() -> None:
    made = {level: config.make("quick", supervision=level) for level in ("interventions", "labels")}
    assert [feed.encoder_rows(made["interventions"], d) for d in (2, 4, 8, 12)] == [64, 64, 128, 192]
    assert feed.encoder_rows(made["labels"], 12) == 64


def test_no_batch_holds_a_row_that_is_held_out(source: Source) -> None:
    assert (source.held_out, source.trained) == (20, 180)
    rows = source.rows(5000, torch.Generator().manual_seed(0))
    assert int(rows.max()) == 179 and int(rows.min()) == 0
    assert max(int(alone.max()) for alone in source.alone) < 180


def test_rows_of_one_target_are_those_in_which_it_alone_was_hit(pairs: Pairs) -> None:
    mask = pairs.arrays["do_mask"].copy()
    mask[:10] = 1  # everything at once
    source = feed.source(Pairs(pairs.code, {**pairs.arrays, "do_mask": mask}), QUICK, torch.device("cpu"))
    truth = [[i for i in range(10, 180) if mask[i].tolist() == [k == 0, k == 1, k == 2]] for k in range(3)]
    assert [alone.tolist() for alone in source.alone] == truth
    for step in range(5):
        batch, noise = _drawn(feed.valueless, source, step)
        hit = batch["do_mask"].argmax(dim=1)
        assert len(set(noise.targets)) == 2 and hit.tolist() == [k for k in noise.targets for _ in range(8)]
        assert [len(blur[0]) for blur in noise.blur] == [2 * pairs.code.factors[k].width for k in noise.targets]


def test_without_pairs_no_factor_was_hit(pairs: Pairs) -> None:
    alone = Pairs(pairs.code, {name: pairs.arrays[name] for name in ("image", "factors")})
    assert feed.source(alone, QUICK, torch.device("cpu")).alone == ()


# Steps


@DRAWS
def test_a_step_is_drawn_the_same_again_and_another_otherwise(source: Source, draw: Draw) -> None:
    before = torch.get_rng_state()
    first = _drawn(draw, source, 3)
    _drawn(draw, source, 4)
    assert _same(first, _drawn(draw, source, 3))
    assert not _same(first, _drawn(draw, source, 4))
    assert not _same(first, _drawn(draw, source, 3, phase="refine"))
    assert not _same(first, _drawn(draw, source, 3, replace(QUICK, seed=1)))
    assert torch.equal(before, torch.get_rng_state())
    assert first[1].share == 0.3


def test_a_step_of_the_mechanisms_reads_rows_of_the_codes(source: Source) -> None:
    numbers = torch.arange(200)[:, None].float()
    batch, _ = _drawn(feed.coded, replace(source, codes={"before": numbers, "after": -numbers}), 0)
    assert batch["before"].shape == (16, 1) and batch["before"].max() < 180
    assert torch.equal(batch["after"], -batch["before"])


def test_noise_of_the_diffusion_is_drawn_where_something_is_denoised(source: Source) -> None:
    assert len(_drawn(feed.coding, source, 0)[1].times) == 0
    batch, noise = _drawn(feed.coding, source, 0, replace(QUICK, latents="bottleneck"))
    assert noise.eps.shape == batch["image"][:4].shape and noise.times.shape == (4,)
    assert len(_drawn(feed.coding, source, 0, replace(QUICK, latents="bottleneck", bottleneck=0.0))[1].times) == 0
    batch, noise = _drawn(feed.denoised, source, 0)
    assert noise.eps.shape == batch["image"].shape and noise.dropped.shape == (4, 3)


def test_a_share_of_the_rows_is_not_told_of_half_the_factors(source: Source) -> None:
    told = replace(QUICK, draft_batch=2000, drop=0.5)
    dropped = _drawn(feed.drafted, source, 0, told)[1].dropped
    assert float(dropped.float().mean()) == pytest.approx(0.25, abs=0.03)
    assert float(dropped.any(dim=1).float().mean()) == pytest.approx(0.5 * 7 / 8, abs=0.04)
    assert not _drawn(feed.drafted, source, 0, replace(told, drop=0.0))[1].dropped.any()


# Ahead


def test_what_is_drawn_ahead_is_what_is_drawn_in_turn(source: Source) -> None:
    def draw(step: int) -> Drawn:
        return _drawn(feed.denoised, source, step)

    plain, threaded = (list(feed.ahead(draw, range(2, 7), threaded)) for threaded in (False, True))
    assert [step for step, _ in threaded] == [2, 3, 4, 5, 6]
    assert all(_same(one, other) for (_, one), (_, other) in zip(plain, threaded, strict=True))
    assert list(feed.ahead(draw, range(4, 4), True)) == []


def test_one_step_is_drawn_ahead_on_a_thread_of_its_own_and_no_more() -> None:
    drawn, threads, second = list[int](), set[int](), threading.Event()

    def draw(step: int) -> int:
        drawn.append(step)
        threads.add(threading.get_ident())
        if step == 1:
            second.set()
        return step

    fed = feed.ahead(draw, range(100), True)
    assert next(fed) == (0, 0)
    assert second.wait(10)  # nobody has asked for it yet
    fed.close()
    assert drawn == [0, 1]
    assert len(threads) == 1 and threading.get_ident() not in threads
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("feed")]


def test_what_goes_wrong_ahead_goes_wrong_in_its_step() -> None:
    def draw(step: int) -> int:
        if step == 2:
            raise MemoryError("no room")
        return step

    fed = feed.ahead(draw, range(5), True)
    assert [next(fed), next(fed)] == [(0, 0), (1, 1)]
    with pytest.raises(MemoryError, match="no room"):
        next(fed)
