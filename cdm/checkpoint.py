"""A model on disk: safetensors with its configuration as JSON in the header. Nothing is unpickled."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cdm import codes, config
from cdm.errors import CdmError
from cdm.model import CausalDiffusionModel

FORMAT = 1
FILE = "model.safetensors"


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
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        save_file(tensors, temporary, {"cdm": json.dumps(header)})
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the header and the tensors of a checkpoint.

    Raises:
        CdmError: if there is none, or it is damaged, foreign, or of another format.
    """
    file = path / FILE if path.is_dir() else path
    try:
        with safe_open(file, framework="pt") as opened:
            header = json.loads((opened.metadata() or {}).get("cdm", "null"))
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}
    except FileNotFoundError:
        raise CdmError(f"{file}: there is no checkpoint") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise CdmError(f"{file}: no readable checkpoint: {error}") from None
    found = header.get("format") if isinstance(header, dict) else None
    if found != FORMAT:
        raise CdmError(
            f"{file}: not a checkpoint of cdm, or one of another format ({found!r}; this cdm reads {FORMAT})"
        )
    return header, tensors


def load(path: str | Path) -> CausalDiffusionModel:
    """A trained model: the directory of a run, or its checkpoint.

    Raises:
        CdmError: if there is none, or it is damaged, foreign, or of another format.
    """
    return build(*read(Path(path)))


def build(header: dict[str, Any], tensors: dict[str, Tensor], averaged: bool = True) -> CausalDiffusionModel:
    """The model that a checkpoint holds; with the moving average of its denoiser, if it has one."""
    code = codes.from_data(header["factors"])
    told = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
    if averaged:
        told |= {name[8:]: tensor for name, tensor in tensors.items() if name.startswith("average.")}
    adjacency = told["mechanisms.adjacency"]
    with torch.random.fork_rng(devices=[]):
        model = CausalDiffusionModel(code, int(header["size"]), config.check(header["config"]), adjacency)
    try:
        model.load_state_dict(told)
    except RuntimeError as error:
        raise CdmError(f"a checkpoint that does not fit its own configuration: {str(error).splitlines()[0]}") from None
    return model.eval()
