"""The scenes that show pictures, with real ones: MNIST, Fashion-MNIST and photographs, fetched and kept nowhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import real_pictures
from shell_here import Shell

import scmgen
from scmgen.dataset import catalogue
from scmgen.pictures import brought
from scmgen.pictures.brought import Given


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return real_pictures.mnist(tmp_path_factory.mktemp("mnist"))


@pytest.fixture(scope="module")
def fashion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return real_pictures.fashion_mnist(tmp_path_factory.mktemp("fashion"))


def built(shell: Shell, scene: str, where: Path, *words: object, sound: bool = True) -> None:
    """Build a small data set, verify all of it, audit it."""
    given = [str(word) for word in words]
    assert shell("build", scene, "--n", "40", "--size", "64", "-o", str(where), *given).status == 0
    shown = [word for word in given if word != "--interventions"]
    assert "verified" in shell("verify", str(where), "--all", *shown).out
    assert not sound or shell("audit", str(where), *shown).status == 0


def test_ten_thousand_digits_of_mnist_are_built_verified_and_audited(shell: Shell, mnist: Path, tmp_path: Path) -> None:
    given = brought.bring(Given("digits", mnist))
    assert len(given.items) == 10_000 and given.classes == tuple("0123456789")
    built(shell, "morpho-digits", tmp_path / "data", "--interventions", "--pictures", f"digits={mnist}")
    data = scmgen.load(tmp_path / "data")
    assert data.manifest["spec"]["plugins"] == {"digits": given.sum}


def test_clothes_are_coloured_as_digits_are(shell: Shell, fashion: Path, tmp_path: Path) -> None:
    given = ("--interventions", "--pictures", f"digits={fashion}")  # they fill their pictures: slanted, some are cut
    built(
        shell, "coloured-digits-95", tmp_path / "data", *given, sound=False
    )  # they fill a picture: slanted, some are cut
    images = np.asarray(scmgen.load(tmp_path / "data").images("train")[:])
    shares = (images.max(axis=-1) > 100).mean(axis=(1, 2))
    assert np.median(shares) > 0.15 and shares.min() > 0.02  # whole, and not the specks that a fixed level leaves


def test_photographs_stand_behind_birds(shell: Shell, tmp_path: Path) -> None:
    places = real_pictures.photographs(tmp_path / "places")
    built(shell, "birds-95", tmp_path / "data", "--interventions", "--pictures", f"places={places}")


@pytest.mark.parametrize("wanted", [2.4, 3.0, 3.6])
def test_strokes_are_as_thick_as_the_do_says_within_a_tenth_of_a_pixel(mnist: Path, wanted: float) -> None:
    brought.bring(Given("digits", mnist))
    scene = catalogue.load_scene("morpho-classic")  # whose ink is white where intensity is 255
    noise = scene.noise(60, seed=1)
    before = scene.scm.solve(noise)
    after = scene.scm.solve(noise, {"thickness": wanted, "intensity": 255.0})
    assert np.array_equal(before["which"], after["which"])  # the same picture of the same digit
    size = round(28 / 0.8)  # so that a pixel of the image is one of the picture, as far as that goes
    images = scene.render(after, size)[..., 0] / 255.0
    errors = [real_pictures.thickness(image) * 28 / (0.8 * size) - wanted for image in images]
    assert np.abs(errors).mean() < 0.1
