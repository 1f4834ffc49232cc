"""The oracle tells what the files of a data set tell, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import toy

from cdm.errors import CdmError
from cdm.foundation.known.oracle import Oracle


@pytest.fixture(scope="module")
def oracle(toy_data: Path, toy_cache: Path) -> Oracle:
    return Oracle.of(str(toy_data), "test", toy_cache)


def test_graph_and_values_are_those_of_manifest_and_labels(oracle: Oracle) -> None:
    row = 3
    scm = oracle.extract(oracle.pairs.arrays["image"][row])
    factors = oracle.pairs.arrays["factors"][row]
    assert scm.edges == (("a", "b"),) and scm.names == toy.FACTORS
    assert float(scm["a"].value) == pytest.approx(factors[0], rel=1e-3)
    assert scm["k"].value == ("red", "green", "blue")[int(factors[2])] and scm["k"].values == ("red", "green", "blue")


def test_what_follows_is_what_the_twin_became(oracle: Oracle) -> None:
    """Where a was set b follows, where b was set nothing does; a twin without a do has none."""
    seen = set()
    for row in range(40):
        image, after = oracle.pairs.arrays["image"][row], oracle.after(row)
        done = oracle.recorded(image)
        seen |= set(done)
        if not done:
            continue
        told = oracle.manipulate(oracle.extract(image), done, image)
        assert {told.target.concept: told.target.after} == done
        assert [edit.concept for edit in told.propagated] == (["b"] if "a" in done else [])
        for edit in told.propagated:
            assert float(edit.after) == pytest.approx(after[1], rel=1e-3, abs=1e-4)
        assert np.array_equal(oracle.twin(image), oracle.pairs.arrays["image_cf"][row])
    assert seen == set(toy.FACTORS)


def test_another_do_and_another_picture_are_beyond_it(oracle: Oracle) -> None:
    row = next(row for row in range(40) if oracle.done(row))
    image = oracle.pairs.arrays["image"][row]
    name, value = next(iter(oracle.done(row).items()))
    with pytest.raises(CdmError) as caught:
        oracle.manipulate(oracle.extract(image), {name: "0.123"}, image)
    known = f"the oracle knows what is recorded: {name} = {value}"
    assert str(caught.value) == f"{oracle.where}: test-{row:09d}: do({name} = 0.123): {known}"
    with pytest.raises(CdmError, match=r"no picture of split test is this one; the oracle knows only these$"):
        oracle.extract(255 - image)


def test_data_that_do_not_tell_are_refused(tmp_path: Path, toy_cache: Path) -> None:
    for name, write, message in (
        ("graph", {"graph": None}, "its manifest has no graph, which the oracle tells"),
        ("labels", {"without": "factors"}, "its labels do not tell factors, which the oracle reads"),
    ):
        where = toy.write(tmp_path / name, 8, **write)  # type: ignore[arg-type]
        with pytest.raises(CdmError, match=f"{name}: {message}$"):
            Oracle.of(str(where), "test", toy_cache)
    single = Oracle.of(str(toy.write(tmp_path / "single", 8, pairs=False)), "test", toy_cache)
    with pytest.raises(CdmError, match=r"single: it does not tell image_cf, which the oracle reads$"):
        single.recorded(single.pairs.arrays["image"][0])
