"""All parts by a model that cdm trained, of any kind: its encoder, its graph, its mechanisms, its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from cdm.data.images import given, to_bytes
from cdm.errors import CdmError
from cdm.foundation.known import worded
from cdm.foundation.protocols import Generated, Manipulation, Picture
from cdm.foundation.semantic import SemanticSCM
from cdm.models import protocol
from cdm.models.protocol import Model
from cdm.runs import models
from cdm.training import machine

NEAR = 0.1  # share of its range by which a value may differ and still be found


@dataclass(frozen=True)
class Learned:
    """A trained model of still pictures.

    Attributes:
        name: of its run.
        model: the model.
    """

    name: str
    model: Model

    @classmethod
    def of(cls, run: str, device: str = "cpu") -> Learned:
        """The model of a run.

        Raises:
            CdmError: if there is none, or it does not read factors.
        """
        return cls(Path(run).name, models.answering(Path(run), "encode")[1].to(machine.pick(device)))

    def extract(self, image: Picture) -> SemanticSCM:
        """What the model reads in a picture, and its graph.

        Raises:
            CdmError: if it has no graph, or the picture is of another size.
        """
        if self.model.graph is None:
            raise CdmError(f"{self.name}: model {self.model.name!r} has no graph; a semantic SCM needs one")
        return worded.scm(self.model.code, self._read(image), self.model.graph.tolist())

    def manipulate(self, scm: SemanticSCM, do: Mapping[str, str], image: Picture) -> Manipulation:
        """What the model's mechanisms make of a do, all noise of the picture being the same.

        Raises:
            CdmError: if it is no do on one of its factors, or the model does not say what factors become.
        """
        target, value = scm.single(do)
        protocol.require(self.model, "factors", "counterfactual", where=self.name)
        with torch.no_grad():
            table = self.model.table(self.model.do(do).values, 1)
            after = self.model.code.decode(self.model.act(self.model.abduct(self._given(image)), table).cpu())[0]
        return worded.manipulation(scm, target, value, worded.values(self.model.code, after.tolist()))

    def generate(self, image: Picture, manipulation: Manipulation) -> Generated:
        """The model's own counterfactual, in which every edited concept is set.

        Raises:
            CdmError: if a concept is none of its factors, a value none of the factor's, or it draws nothing.
        """
        protocol.require(self.model, "counterfactual", where=self.name)
        done = {edit.concept: edit.after for edit in manipulation.edits}
        with torch.no_grad():
            drawn = self.model.counterfactual(self._given(image), done)
        return Generated(to_bytes(drawn)[0].numpy(), {}, {"generator": self.model.name, "run": self.name})

    def finds(self, image: Picture, concept: str, value: str) -> bool:
        """Whether the model reads in a picture what a concept should be, or for a number nearly so.

        Raises:
            CdmError: if the model does not know the concept or the value.
        """
        k, code = self.model.code.index(concept), self.model.code
        wanted = torch.tensor([code.factors[k].read(value)])
        read = torch.tensor(self._read(image)[k : k + 1])
        domain = code.factors[k].domain
        return float(domain.misread(domain.encode(read), domain.encode(wanted))) <= NEAR

    def _read(self, image: Picture) -> list[float]:
        with torch.no_grad():
            values: list[float] = self.model.encode(self._given(image)).cpu()[0].tolist()
        return values

    def _given(self, image: Picture) -> torch.Tensor:
        """A picture as the model takes it."""
        size = self.model.size
        if image.shape[:2] != (size, size):
            found = f"{image.shape[1]} x {image.shape[0]}"
            raise CdmError(f"{self.name}: a picture of {found} pixels; the model was trained on {size} x {size}")

        return given(image[None].copy(), self.model.device)
