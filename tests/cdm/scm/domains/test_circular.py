"""Angles, as mechanisms see them."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import scipy.stats
import torch
from factors import seeded as seeded

from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Circular
from cdm.scm.mechanisms import Mechanisms


def angle_alone() -> Mechanisms:
    """The mechanism of an angle without parents."""
    return Mechanisms(Code((Factor("f", Circular(0.0, 360.0)),)), torch.zeros(1, 1))


def test_an_angles_likelihood_is_that_of_von_mises_with_a_scale_of_its_own() -> None:
    model, degrees = angle_alone(), torch.tensor([[10.0], [200.0], [359.0]])
    with torch.no_grad():
        model.biases[2][0, 0] = torch.tensor([0.0, 2.0, -2.5])  # it points to 90 degrees, or so; and its scale
        codes = model.code.encode(degrees)
        (loc, scale), surprise = model(codes), model.surprise(codes)[:, 0]
    centre, sharpness = np.arctan2(float(loc[0, 1]), float(loc[0, 0] + 1)), float(scale[0, 0]) ** -2
    angles = np.arctan2(codes[:, 1].numpy(), codes[:, 0].numpy())
    truth = -scipy.stats.vonmises.logpdf(angles, sharpness, loc=centre) - np.log(2 * np.pi)
    assert np.allclose(surprise.numpy(), truth, rtol=1e-4)


def test_an_angles_noise_has_the_width_that_it_has() -> None:
    model = angle_alone()
    optimiser = torch.optim.Adam(model.parameters(), 2e-2)
    codes = model.code.encode(120 + torch.randn(2000, 1) * 6)
    for _ in range(400):
        optimiser.zero_grad()
        model.surprise(codes).mean().backward()
        optimiser.step()
    assert float(model(codes)[1].detach().mean().rad2deg()) == pytest.approx(6, rel=0.1)
