"""A run as a generator: concepts are factors, values in words their values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch
from denoising import GRAPH, sketch
from factors import TOY

from cdm import config
from cdm.data.images import to_bytes
from cdm.errors import CdmError
from cdm.foundation.guidance import factors, run
from cdm.foundation.protocols import Edit, Manipulation
from cdm.methods.direct_regression.answer import DirectRegression
from cdm.methods.direct_regression.config import Options
from cdm.models import checkpoint
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.models.interventions import DoTable

FEW = replace(factors.USUAL, steps=3, warmup=1)
DONE = Manipulation(Edit("a", "0.2", "0.9"), (Edit("k", "red", "blue"),), ("b",), "")


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run of a model that was never trained, and says something all the same."""
    torch.manual_seed(0)
    model = CausalDiffusionModel(TOY, 16, config.make("tiny"), GRAPH)
    with torch.no_grad():
        for weights in (*model.denoiser.leave.parameters(), *model.draft.leave.parameters()):
            weights.normal_(0, 0.05)
    place = tmp_path_factory.mktemp("run")
    checkpoint.save(place / checkpoint.FILE, model, {"samples": 10})
    return place


def picture() -> Any:
    return to_bytes(sketch(1, 1)[0])[0].numpy()


def test_a_picture_is_drawn_as_the_guidance_draws_it(where: Path) -> None:
    maker, image = run.load(where, FEW), picture()
    image.setflags(write=False)  # as those of a cache are
    drawn = maker.generate(image, DONE)
    abduction = maker.model.abduct(sketch(1, 1)[0])
    wanted = TOY.encode(torch.tensor([[0.9, 0.0, 2.0]]))
    images, maps = factors.answer(maker.model, abduction, wanted, torch.tensor([[True, False, True]]), FEW)
    assert np.array_equal(drawn.image, to_bytes(images)[0]) and drawn.image.dtype == np.uint8
    assert sorted(drawn.masks) == ["a", "k"] and np.array_equal(drawn.masks["k"], maps[0, 2])
    assert drawn.masks["a"].dtype == np.float32
    assert drawn.settings | {"generator": "causal_diffusion", "maps": "draft", "steps": 3, "seed": 0} == drawn.settings


def test_without_settings_it_is_the_models_own_answer(where: Path) -> None:
    maker = run.load(where, None)
    drawn, abduction = maker.generate(picture(), DONE), maker.model.abduct(sketch(1, 1)[0])
    wanted = TOY.encode(torch.tensor([[0.9, 0.0, 2.0]]))
    own = maker.model.predict(abduction, DoTable(torch.tensor([[1.0, 0, 1]]), wanted))
    assert np.array_equal(drawn.image, to_bytes(own)[0]) and not drawn.masks


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Edit("c", "0", "1"), "no factor 'c'; there are a, b, k"),
        (Edit("k", "red", "bleu"), "k = bleu: "),
        (Edit("a", "0", "2"), "a = 2: "),
        (Edit("a", "0", "bright"), "a = bright: "),
    ],
)
def test_what_is_no_value_of_a_factor_is_one_message(where: Path, edit: Edit, message: str) -> None:
    with pytest.raises(CdmError) as error:
        run.load(where, FEW).generate(picture(), replace(DONE, target=edit))
    assert str(error.value).startswith(message)


def test_pictures_of_other_sizes_and_runs_of_other_kinds_are_refused(where: Path, tmp_path: Path) -> None:
    with pytest.raises(CdmError) as error:
        run.load(where, FEW).generate(picture()[:8], DONE)
    assert str(error.value) == "a picture of 16 x 16 pixels is needed, found 16 x 8"
    checkpoint.save(tmp_path / checkpoint.FILE, DirectRegression(TOY, 16, Options()), {"samples": 10})
    with pytest.raises(CdmError) as error:
        run.load(tmp_path)
    told = "holds a model 'direct_regression'; a 'causal_diffusion' is needed, whose factors are concepts"
    assert str(error.value) == f"{tmp_path}: {told}"
