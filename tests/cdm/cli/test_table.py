"""The table of an evaluation: what it says, and that it fits."""

from __future__ import annotations

from typing import Any

from cdm.cli import table


def _scores(names: list[str]) -> dict[str, Any]:
    d = len(names)
    cells = [[None if k == 0 else 1.25 if k == j else 0.0123 for j in range(d)] for k in range(d)]
    floor = [[None if k == 0 else 0.0045 for _ in range(d)] for k in range(d)]
    return {
        "samples": 4,
        "factors": names,
        "L1": {"draft inside the mask": {"all": 0.1, "changed": 0.2, "unchanged": 0.0}},
        "null do": 0.001,
        "composition": {"1": 0.002, "10": 0.02},
        "reversibility": 0.003,
        "effectiveness": {
            "units": ["m"] * (d - 1) + ["wrong levels"],
            "ranges": [11.2] * d,
            "model": cells,
            "reader": floor,
            "diagonal": {"identity": [None] + [0.5] * (d - 1), "model": [None] + [0.1] * (d - 1)},
            "off diagonal": {"identity": 0.4, "reader": 0.01, "model": 0.02},
        },
        "counterfactual factors": {
            "units": ["m"] * d,
            "ranges": [11.2] * d,
            "model": cells,
            "identity": floor,
            "diagonal": {"identity": [None] + [0.5] * (d - 1), "model": [None] + [0.0] * (d - 1)},
            "off diagonal": {"identity": 0.4, "model": None},
        },
        "effects": {"shown": cells, "shown in truth": floor, "truth": floor},
        "fresh samples": {"precision": {"model": 0.5, "real": 0.75}},
        "counterfactuals": {"high-pass energy": {"model": None}},
        "brightness": [0.5, {"left": 2}],
    }


def test_six_factors_fit_a_hundred_columns_and_more_stand_below() -> None:
    six = list(table.lines(_scores([f"a_factor_with_a_long_name_{k}" for k in range(6)])))
    assert max(map(len, six)) <= 100
    eight = list(table.lines(_scores([f"f{k}" for k in range(8)])))
    assert max(map(len, eight)) <= 100 and len(eight) > len(six)
    assert sum(line.startswith("  do(f7)") for line in eight) == 6  # two blocks of three matrices


def test_every_figure_has_its_line() -> None:
    said = list(table.lines(_scores(["a", "b"])))
    assert said == [
        "L1                            all  changed  unchanged",
        "  draft inside the mask    0.1000   0.2000     0.0000",
        "null do 0.0010  composition, cycles: 1 0.0020, 10 0.0200  reversibility 0.0030",
        "effectiveness: error of each factor under a do on each, in its unit (the reader's own error)",
        "                             a             b",
        "  unit                       m  wrong levels",
        "  range                   11.2          11.2",
        "  do(a)                  - (-)         - (-)",
        "  do(b)          .0123 (.0045)  1.25 (.0045)",
        "what was set, error as a share of its range",
        "                                   a           b",
        "  identity                         -      0.5000",
        "  model                            -      0.1000",
        "all that was not set, mean share of the range: reader 0.0100  model 0.0200",
        "counterfactual factors: error of each as told under a do on each, in its unit (of the factual ones)",
        "                             a             b",
        "  do(a)                  - (-)         - (-)",
        "  do(b)          .0123 (.0045)  1.25 (.0045)",
        "what was set, error as a share of its range",
        "                                   a           b",
        "  identity                         -      0.5000",
        "  model                            -      0.0000",
        "all that was not set, mean share of the range: identity 0.4000  model -",
        "effects: mean change of each code under a do on each, as read in the answers (in the true images)",
        "                             a             b",
        "  do(a)                  - (-)         - (-)",
        "  do(b)          .0123 (.0045)  1.25 (.0045)",
        "fresh samples, precision: model 0.5000  real 0.7500",
        "counterfactuals, high-pass energy: model -",
        "brightness   0.5000 left 2",
    ]


def test_small_numbers_keep_their_digits_and_large_ones_their_place() -> None:
    assert [table._short(value) for value in (None, 0.0, 0.01234, 1.0, 99.994, 359.6)] == [
        "-", ".0000", ".0123", "1.00", "99.99", "360",
    ]  # fmt: skip
