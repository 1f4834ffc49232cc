"""Codes are trusted where every other factor has a value that was seen while the code was taught."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import CODE

from cdm.training.effects.coverage import covered


def test_a_value_that_was_never_seen_takes_the_trust_from_all_other_codes() -> None:
    draw = torch.Generator().manual_seed(0)
    size, hue = 2 + 4 * torch.rand(900, generator=draw), 360 * torch.rand(900, generator=draw)
    kind = torch.randint(0, 3, (900,), generator=draw).float()
    taught = [torch.arange(300), torch.arange(300, 600), torch.arange(600, 900)]
    size[taught[2]] = 2 + 2 * torch.rand(300, generator=draw)  # kinds were taught on small things alone
    hue[taught[0]] = 120.0  # and sizes in one hue
    trusted = covered(CODE, CODE.encode(torch.stack([size, hue, kind], 1)), taught)
    assert torch.equal(trusted[:, 2] > 0, size < 4.05) or (trusted[:, 2] > 0).eq(size < 4).float().mean() > 0.97
    assert trusted[taught[0], 0].all() and trusted[taught[1], 0].float().mean() < 0.15
    assert trusted[:, 1].float().mean() > 0.95
