"""Images against the truth: what is counted by hand, and what torchmetrics and scikit-image compute."""

from __future__ import annotations

import numpy as np
import pytest

from cdm import metrics
from cdm.errors import CdmError

RNG = np.random.default_rng(0)
TRUTH = RNG.random((4, 24, 20, 3))
ANSWERS = np.clip(TRUTH + 0.1 * RNG.standard_normal(TRUTH.shape), 0, 1)


def test_errors_stand_where_the_truth_changes_and_where_not() -> None:
    factual = np.zeros((1, 2, 2, 3), np.uint8)
    truth = factual.copy()
    truth[0, 0, 0] = 100
    answer = truth.copy()
    answer[0, 0, 0] = 90
    answer[0, 1, 1, 0] = 30
    assert metrics.pixel_errors(answer, truth, factual) == {"all": 5.0, "changed": 10.0, "unchanged": 10 / 3}
    assert metrics.pixel_errors(answer, truth, factual, power=2)["changed"] == 100.0
    assert metrics.pixel_errors(truth, truth, truth) == {"all": 0.0, "changed": 0.0, "unchanged": 0.0}
    assert metrics.pixel_errors(answer[..., 0], truth[..., 0], factual[..., 0])["changed"] == 10.0  # grey ones


def test_psnr_and_ssim_are_those_of_others() -> None:
    image = pytest.importorskip("torchmetrics.functional.image")
    torch = pytest.importorskip("torch")
    similarity = pytest.importorskip("skimage.metrics").structural_similarity
    mine, true = (torch.tensor(part).permute(0, 3, 1, 2) for part in (ANSWERS, TRUTH))
    theirs = image.peak_signal_noise_ratio(mine, true, data_range=1.0, dim=(1, 2, 3), reduction="elementwise_mean")
    assert metrics.psnr(ANSWERS, TRUTH, 1.0) == pytest.approx(float(theirs), abs=1e-6)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    each = [similarity(a, b, channel_axis=-1, **settings) for a, b in zip(ANSWERS, TRUTH, strict=True)]
    assert metrics.ssim(ANSWERS, TRUTH, 1.0) == pytest.approx(np.mean(each), abs=1e-9)
    inside = image.structural_similarity_index_measure(mine, true, data_range=1.0)
    assert metrics.ssim(ANSWERS, TRUTH, 1.0) == pytest.approx(float(inside), abs=0.01)  # which counts borders otherwise
    assert metrics.ssim(TRUTH, TRUTH, 1.0) == 1.0 and metrics.psnr(TRUTH, TRUTH, 1.0) == np.inf


def test_a_perceptual_distance_looks_at_directions_of_features_in_every_map() -> None:
    one, other = np.zeros((2, 4, 4, 2)), np.zeros((2, 4, 4, 2))
    one[..., 0], other[..., 1] = 5.0, 0.1  # at right angles, however long
    assert metrics.perceptual(one, other, lambda x: [x]) == pytest.approx(2.0)
    assert metrics.perceptual(one, other, lambda x: [x, x[:, ::2, ::2]], [[1, 0], [0, 3]]) == pytest.approx(1 + 3)
    assert metrics.perceptual(one, 3 * one, lambda x: [x]) == 0.0


def test_its_formula_is_that_of_torchmetrics() -> None:
    lpips = pytest.importorskip("torchmetrics.functional.image.lpips")
    torch = pytest.importorskip("torch")
    maps = [torch.tensor(part).permute(0, 3, 1, 2) for part in (ANSWERS, TRUTH)]
    a, b = (lpips._normalize_tensor(part, eps=1e-10) for part in maps)
    theirs = lpips._spatial_average(((a - b) ** 2).sum(dim=1, keepdim=True)).mean()
    assert metrics.perceptual(ANSWERS, TRUTH, lambda x: [x]) == pytest.approx(float(theirs), rel=1e-6)


def test_the_latent_divergence_is_least_where_an_answer_is_further_than_its_old_and_nearer_than_its_new_kind() -> None:
    near, far = [[1.0, 2.0]], [[8.0, 9.0]]
    best = metrics.cld([5.0], near, far)
    assert best == pytest.approx(np.log(0.8 + 0.2))
    assert metrics.cld([5.0], far, near) == pytest.approx(1.0)  # both shares are 1
    assert metrics.cld([5.0], near, near) == pytest.approx(np.log(0.8 * np.e + 0.2))
    assert metrics.cld([5.0], near, near, weights=(0.5, 0.5)) == pytest.approx(np.log(0.5 * np.e + 0.5))
    with pytest.raises(CdmError, match="a row without images of its old, or of its new value"):
        metrics.cld([5.0], [[]], near)


def test_the_divergence_of_normal_laws_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch")
    m, s, m_, s_ = RNG.standard_normal((4, 5, 3))
    laws = [torch.distributions.Normal(torch.tensor(a), torch.tensor(b).exp()) for a, b in ((m, s), (m_, s_))]
    theirs = torch.distributions.kl_divergence(*laws).mean(dim=1).numpy()
    np.testing.assert_allclose(metrics.gaussian_kl(m, s, m_, s_), theirs)


def test_images_that_do_not_fit_are_said() -> None:
    with pytest.raises(CdmError, match=r"arrays of one shape are needed, found answers \(4, 24, 20, 3\), truth"):
        metrics.psnr(ANSWERS, TRUTH[:2], 1.0)
    with pytest.raises(CdmError, match=r"answers: 1 of 5760 numbers are not finite"):
        metrics.pixel_errors(np.where(np.arange(5760).reshape(TRUTH.shape) == 7, np.nan, ANSWERS), TRUTH, TRUTH)
    with pytest.raises(CdmError, match=r"ssim: images of 11 pixels a side or more are needed, found \(8, 20\)"):
        metrics.ssim(ANSWERS[:, :8], TRUTH[:, :8], 1.0)
