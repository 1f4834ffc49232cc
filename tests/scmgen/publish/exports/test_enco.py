"""The layout of ENCO: regimes as numbers, each with noise of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import factors, made

from scmgen import ScmgenError
from scmgen.publish import exports

CATEGORIES = """
name: switches
equations:
  a: bernoulli(0.5)
  b: where(a == up, bernoulli(0.9), 1)
factors:
  a: {levels: [down, up]}
  b: {levels: [off, lit]}
draw:
  - {mark: fill, rgb: [a, b, 0]}
"""


def opened(folder: Path, split: str = "train") -> dict[str, Any]:
    with np.load(folder / f"{split}.npz") as file:
        return dict(file)


def test_enco_has_the_samples_and_a_regime_for_each_factor(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "pendulum", n=1_500)
    found = opened(exports.export(data, "enco", tmp_path / "set"))
    assert {name: array.dtype.kind for name, array in found.items()} == {
        "data_obs": "f",
        "data_int": "f",
        "adj_matrix": "i",
        "names": "U",
    }
    np.testing.assert_array_equal(found["data_obs"], factors(data, "train").astype(np.float32))
    assert found["data_int"].shape == (4, 1_200, 4)
    assert found["names"].tolist() == list(data.factors)
    assert found["adj_matrix"].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [0] * 4, [0] * 4]
    for number, factor in enumerate(data.factors.values()):
        low, high = factor["range"]
        own = found["data_int"][number, :, number]
        assert np.histogram(own, 4, (low, high))[0].min() > 200  # uniform over the whole range
    apart = np.corrcoef(found["data_int"][3].T)  # a do on where the shadow lies severs it from its causes
    assert abs(apart[3, [0, 1]]).max() < 0.1 < abs(np.corrcoef(found["data_obs"].T)[3, [0, 1]]).max()


def test_enco_regimes_share_no_noise_with_the_data_set_or_one_another(tmp_path: Path) -> None:
    data = made(tmp_path / "data", "pendulum", n=1_500)
    found = opened(exports.export(data, "enco", tmp_path / "set"))
    angles = [found["data_obs"][:, 0], *found["data_int"][1:, :, 0]]  # of the pendulum, which nothing causes
    for number, one in enumerate(angles):
        for other in angles[:number]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.1
            assert not np.isin(one, other).any()


def test_enco_is_the_same_every_time_and_needs_no_pairs(tmp_path: Path) -> None:
    pairs = made(tmp_path / "pairs", "pendulum")
    single = made(tmp_path / "single", "pendulum", interventions="none")
    first, again, plain = (
        opened(exports.export(data, "enco", tmp_path / name))
        for name, data in (("first", pairs), ("again", pairs), ("plain", single))
    )
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        np.testing.assert_array_equal(first[name], plain[name])


def test_enco_categories_are_integers(tmp_path: Path) -> None:
    (tmp_path / "switches.yaml").write_text(CATEGORIES)
    data = made(tmp_path / "data", str(tmp_path / "switches.yaml"), n=200)
    found = opened(exports.export(data, "enco", tmp_path / "set"))
    assert found["data_obs"].dtype == found["data_int"].dtype == np.int32
    assert set(found["data_int"][0, :, 0].tolist()) == {0, 1}


def test_enco_keeps_what_a_split_holds_out_and_replaces(tmp_path: Path) -> None:
    splits = [
        {"name": "train", "share": 1, "hold_out": "shadow_length > 8"},
        {"name": "test", "share": 1, "replace": {"shadow_position": "10"}},
    ]
    data = made(tmp_path / "data", "pendulum", n=400, splits=splits)
    out = exports.export(data, "enco", tmp_path / "set")
    assert opened(out)["data_int"][..., 2].max() <= 8
    test = opened(out, "test")
    assert test["adj_matrix"][:, 3].tolist() == [0, 0, 0, 0]
    assert (test["data_int"][:3, :, 3] == 10).all() and test["data_int"][3, :, 3].std() > 1


@pytest.mark.parametrize("to", ["dcdi", "enco", "gies"])
def test_a_layout_that_draws_samples_refuses_an_imported_set(to: str, photos: Path, tmp_path: Path) -> None:
    import scmgen

    with pytest.raises(ScmgenError) as caught:
        exports.export(scmgen.load(photos), to, tmp_path / "set")
    told = f"{photos}: --to {to} draws samples of its own: an imported set has no equations"
    assert str(caught.value) == told
