"""A model on disk: safetensors with its configuration as JSON in the header. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cdm import config
from cdm.config import Config
from cdm.data.schema import misfit, parse
from cdm.errors import CdmError
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.scm import codes
from cdm.scm.graph import topological

FORMAT = 1
FILE = "model.safetensors"
_LARGEST = 4096  # pixels a side
_MATRIX = [[float]]
_HEADER = {"config": dict, "factors": [codes.FORM], "size": int}
RUN = {"phase": int, "step": int, "samples": int}
_MAYBE = {
    "graph": {"adjacency": _MATRIX, "probability": _MATRIX, "undecided": _MATRIX},
    "data": {"name": str, "digest": str},
    "encoder_error": [float],
}


def save(path: Path, model: CausalDiffusionModel, told: dict[str, Any], more: dict[str, Tensor] | None = None) -> None:
    """Write a model, what is told of its training, and other tensors; it appears whole or not at all."""
    header = {
        "format": FORMAT,
        "config": model.config.data(),
        "factors": model.code.data(),
        "size": model.size,
        **told,
    }
    tensors = {f"model.{name}": tensor.clone() for name, tensor in model.state_dict().items()}
    tensors |= {name: tensor.clone() for name, tensor in (more or {}).items()}
    header["sum"] = _sum(header, tensors)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, temporary, {"cdm": json.dumps(header)})
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, SafetensorError) as error:
        temporary.unlink(missing_ok=True)
        raise CdmError(f"{path}: cannot be written: {error}; what was there before stays") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def clean(out: Path) -> None:
    """Remove what a process that was killed while it wrote left in the directory of a run."""
    for path in out.glob(f".{FILE}.*.tmp"):
        path.unlink(missing_ok=True)


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the header and the tensors of a checkpoint.

    Raises:
        CdmError: if there is none, or it is damaged, foreign, or of another format.
    """
    file = path / FILE if path.is_dir() else path
    try:
        with safe_open(file, framework="pt") as opened:
            text = (opened.metadata() or {}).get("cdm", "null")
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}
    except FileNotFoundError:
        raise CdmError(f"{file}: there is no checkpoint") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise CdmError(f"{file}: no readable checkpoint: {error}") from None
    header = parse(text, str(file))
    _check(header, tensors, file)
    return header, tensors


def _check(header: Any, tensors: dict[str, Tensor], file: Path) -> None:
    found = header.get("format") if isinstance(header, dict) else None
    if found != FORMAT:
        raise CdmError(
            f"{file}: not a checkpoint of cdm, or one of another format ({found!r}; this cdm reads {FORMAT})"
        )
    if header.get("sum", "") not in ("", _sum(header, tensors)):
        raise CdmError(f"{file}: damaged: its content does not have the sum that its header says")
    maybe = {key: form for key, form in (_MAYBE | RUN).items() if key in header}
    wrong = misfit(header, _HEADER | maybe)
    if wrong:
        raise CdmError(f"{file}: a header that does not fit: {wrong}")


def _sum(header: dict[str, Any], tensors: dict[str, Tensor]) -> str:
    """The digest of everything in a checkpoint but itself."""
    told = {name: value for name, value in header.items() if name != "sum"}
    digest = hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16)
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def load(path: str | Path) -> CausalDiffusionModel:
    """A trained model: the directory of a run, or its checkpoint.

    Raises:
        CdmError: if there is none, or it is damaged, foreign, or of another format.
    """
    return build(*read(Path(path)), where=path)


def build(
    header: dict[str, Any], tensors: dict[str, Tensor], averaged: bool = True, where: Path | str = "a checkpoint"
) -> CausalDiffusionModel:
    """The model that a checkpoint holds; with the moving average of what is in training, if it has one.

    Raises:
        CdmError: if its parts do not fit each other.
    """
    told = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
    if averaged:
        told |= {name[8:]: tensor for name, tensor in tensors.items() if name.startswith("average.")}
    adjacency = told.get("mechanisms.adjacency", torch.zeros(0))
    d, size = len(header["factors"]), header["size"]
    if adjacency.shape != (d, d) or not 0 < size <= _LARGEST:
        raise CdmError(f"{where}: does not fit its own header: a graph of {d} factors, images of {size} pixels a side")
    try:
        topological(adjacency)
        with torch.random.fork_rng(devices=[]):
            model = CausalDiffusionModel(codes.from_data(header["factors"]), size, config_of(header, where), adjacency)
        model.load_state_dict(told)
    except (RuntimeError, ValueError) as error:
        raise CdmError(f"{where}: does not fit its own header: {str(error).splitlines()[0]}") from None
    return model.eval()


def config_of(header: dict[str, Any], where: Path | str) -> Config:
    """The configuration of a checkpoint; options that it does not know have their defaults.

    Raises:
        CdmError: if it holds an option or a value that this cdm does not know.
    """
    try:
        return config.check(header["config"])
    except CdmError as error:
        raise CdmError(f"{where}: a configuration that this cdm does not know: {error}") from None
