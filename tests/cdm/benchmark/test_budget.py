"""Budgets: what a training costs is a line, and the share is where it meets the budget."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.benchmark import budget


@dataclass(frozen=True)
class Options:
    seed: int = 0
    first_steps: int = 100
    steps: int = 1000
    joint_steps: int = 0


def test_all_steps_are_scaled_and_none_is_lost() -> None:
    assert budget.scaled(Options(), 0.25) == Options(0, 25, 250, 0)
    assert budget.scaled(Options(), 0.0001) == Options(0, 1, 1, 0)


def test_the_share_is_found_from_short_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    now, ran = [0.0], []
    monkeypatch.setattr(time, "process_time", lambda: now[0])

    def train(options: Options) -> None:
        ran.append(options.steps)
        now[0] += 2.0 + 0.1 * options.steps

    found = budget.share(train, Options(), 52.0)
    assert ran == [10, 30, 90] and found == pytest.approx({"share": 0.5, "fixed": 2.0, "each": 100.0})
    assert budget.share(train, Options(), 1.0)["share"] == budget._LEAST  # used up before it begins


def test_what_costs_next_to_nothing_is_tried_in_full_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    monkeypatch.setattr(time, "process_time", lambda: 0.0)
    found = budget.share(lambda options: ran.append(options.steps), Options(), 50.0)
    assert ran == [10, 30, 90, 270, 810, 1000] and found["share"] == budget._MOST


def test_what_has_no_steps_is_not_tried() -> None:
    @dataclass(frozen=True)
    class Search:
        seed: int = 0
        rows: int = 9

    def never(options: Search) -> None:
        raise AssertionError

    assert budget.share(never, Search(), 5.0)["share"] == 1.0 and budget.scaled(Search(), 0.1) == Search()
