"""A trained run as a generator: its factors are the concepts, and values in words are their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cdm.data.images import given, to_bytes
from cdm.errors import CdmError
from cdm.foundation.guidance import factors
from cdm.foundation.guidance.factors import BY_DRAFTS, Reading
from cdm.foundation.guidance.settings import Settings
from cdm.foundation.protocols import Edit, Generated, Manipulation, Picture
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.models.interventions import DoTable
from cdm.runs import models


@dataclass(frozen=True)
class RunGenerator:
    """Draws with a causal diffusion model.

    Attributes:
        model: of still images.
        settings: of the guidance; if None, the model answers in its own way, which inverts nothing.
        reading: what the maps and the sums of the guidance are.
    """

    model: CausalDiffusionModel
    settings: Settings | None = factors.USUAL
    reading: Reading = BY_DRAFTS

    def generate(self, image: Picture, manipulation: Manipulation) -> Generated:
        """The counterfactual of a picture of the model's size.

        Raises:
            CdmError: if it has another size, a concept is no factor, or a value is none of its factor's.
        """
        size = self.model.size
        if image.shape != (size, size, 3):
            raise CdmError(f"a picture of {size} x {size} pixels is needed, found {image.shape[1]} x {image.shape[0]}")
        abduction = self.model.abduct(given(image[None].copy(), self.model.device))
        wanted, touched = told(self.model, abduction.codes, manipulation.edits)
        if self.settings is None:
            drawn = self.model.predict(abduction, DoTable(touched.float(), wanted))
            return Generated(to_bytes(drawn)[0].numpy(), {}, {"generator": self.model.name})
        drawn, maps = factors.answer(self.model, abduction, wanted, touched, self.settings, self.reading)
        where = {e.concept: maps[0, self.model.code.index(e.concept)].cpu().numpy() for e in manipulation.edits}
        said: dict[str, Any] = {"generator": self.model.name, **self.settings.data(), **asdict(self.reading)}
        return Generated(to_bytes(drawn)[0].numpy(), where, said)


def told(model: CausalDiffusionModel, codes: Tensor, edits: Sequence[Edit]) -> tuple[Tensor, Tensor]:
    """Codes ``(n, width)`` under edits, which concepts have a new value ``(n, d)``.

    Raises:
        CdmError: if a concept is no factor, or a value is none of its factor's.
    """
    wanted, touched = codes.clone(), torch.zeros(len(codes), len(model.code.factors), device=codes.device).bool()
    for edit in edits:
        i = model.code.index(edit.concept)
        factor = model.code.factors[i]
        number = torch.full((len(codes),), factor.read(edit.after), device=codes.device)
        wanted[:, model.code.blocks[i]], touched[:, i] = factor.domain.encode(number), True
    return wanted, touched


def load(
    run: Path, settings: Settings | None = factors.USUAL, reading: Reading = BY_DRAFTS, device: str = "cpu"
) -> RunGenerator:
    """A generator of the directory of a run.

    Raises:
        CdmError: if there is no such run, it is of another kind of model or has not come so far, or it is of clips.
    """
    _, model = models.answering(run, "counterfactual")
    if not isinstance(model, CausalDiffusionModel):
        raise CdmError(
            f"{run}: holds a model {model.name!r}; a 'causal_diffusion' is needed, whose factors are concepts"
        )
    if model.code.frames > 1:
        raise CdmError(f"{run}: was trained on clips (--lags 1); a run of still images is needed")
    return RunGenerator(model.to(device), settings, reading)
