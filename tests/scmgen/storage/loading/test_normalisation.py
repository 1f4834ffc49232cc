"""Factors and images with mean 0 and standard deviation 1, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from forged import faces, rewrite

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.scene.domain import Categorical, Circular


def test_normalised_factors_and_channels_have_mean_0_and_deviation_1(small: Path) -> None:
    data = scmgen.load(small)
    parts = [next(data.iterate(split, batch_size=300)) for split in data.splits]
    factors = np.concatenate([part["factors"] for part in parts])
    norm = data.normalisation
    found = norm.normalise_factors(factors)
    assert found.dtype == np.float32 and norm.columns == tuple(data.factors) and norm.owner.tolist() == [0, 1, 2, 3]
    assert np.allclose(found.mean(axis=0), 0, atol=1e-5) and np.allclose(found.std(axis=0), 1, atol=1e-5)
    assert np.allclose(norm.denormalise_factors(found), factors, atol=1e-5)
    images = norm.normalise_images(parts[0]["image"])
    assert images.dtype == np.float32 and images.shape == (240, 64, 64, 3)
    wide = images.astype(np.float64)
    assert np.allclose(wide.mean(axis=(0, 1, 2)), 0, atol=1e-5) and np.allclose(wide.std(axis=(0, 1, 2)), 1, atol=1e-5)
    assert np.array_equal(norm.denormalise_images(images), parts[0]["image"])


def test_circular_and_categorical_factors_become_circles_and_levels(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("shapes-fixed"), n=60, size=16), tmp_path / "d")
    data = scmgen.load(tmp_path / "d")
    norm = data.normalisation
    values = next(data.iterate("train", batch_size=48))["factors"]
    columns = norm.normalise_factors(values)
    hue = norm.names.index("hue_left")
    kinds = [i for i, domain in enumerate(norm.domains) if isinstance(domain, Categorical)]
    assert isinstance(norm.domains[hue], Circular) and kinds
    circle = columns[:, norm.owner == hue]
    assert [norm.columns[i] for i in np.flatnonzero(norm.owner == hue)] == ["hue_left:cos", "hue_left:sin"]
    assert np.allclose((circle**2).sum(axis=1), 1) and np.allclose(
        circle[:, 0], np.cos(2 * np.pi * values[:, hue]), atol=1e-6
    )
    for kind in kinds:
        ours = columns[:, norm.owner == kind]
        assert ours.shape[1] == len(norm.domains[kind].levels) and np.array_equal(ours.argmax(axis=1), values[:, kind])
        assert set(np.unique(ours)) <= {0, 1}
    assert np.allclose(norm.denormalise_factors(columns), values, atol=1e-5)
    almost = values[0].copy()
    almost[hue] = 1 - 1e-6  # nearly a full turn is nearly none
    none = np.where(np.arange(len(almost)) == hue, 0, almost)
    assert np.allclose(norm.normalise_factors(almost), norm.normalise_factors(none), atol=1e-5)


def test_what_never_varies_is_only_shifted(tmp_path: Path) -> None:
    out = faces(tmp_path / "d")
    rewrite(out, lambda data: data["factors"]["x"].update(std=0.0))
    rewrite(out, lambda data: data["pixels"].update(std=[0.0, 0.25, 0.25]))
    norm = scmgen.load(out).normalisation
    assert norm.normalise_factors([[0.75, 1.0]]).tolist() == [[0.25, 0.0, 1.0]]
    assert np.isfinite(norm.normalise_images(np.zeros((1, 2, 2, 3), np.uint8))).all()
