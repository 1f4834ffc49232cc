"""A model on disk: safetensors with its configuration as JSON in the header. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cdm import config
from cdm.data import files
from cdm.data.schema import misfit, parse
from cdm.errors import CdmError
from cdm.models.protocol import USUAL, Load, Model
from cdm.scm import codes

FORMAT = 2  # 2: a denoiser says how reference and draft are blended
FILE = "model.safetensors"
_LARGEST = 4096  # pixels a side
_HEAD = 1 << 24  # bytes of a header
_MATRIX = [[float]]
_WEIGHTS, _AVERAGED = "model.", "average."
_HEADER = {"config": dict, "factors": [codes.FORM], "size": int, "sum": str}
RUN = {"phase": int, "step": int, "samples": int}
_GRAPH = {"adjacency": _MATRIX, "probability": _MATRIX, "undecided": _MATRIX}
_TRUTH = {"directed": _MATRIX, "loose": [[str]]}
_MAYBE = {
    "graph": _GRAPH,
    "data": {"name": str, "digest": str},
    "encoder_error": [float],
    "still": _MATRIX,
    "doubtful": _MATRIX,
    "model": str,
}
C = TypeVar("C")
M = TypeVar("M", bound=Model)


def save(path: Path, model: Model, training: dict[str, Any], more: dict[str, Tensor] | None = None) -> None:
    """Write a model, what is told of its training, and other tensors; it appears whole or not at all."""
    header = {
        "format": FORMAT,
        "model": model.name,
        "config": asdict(model.config),
        "factors": model.code.data(),
        "size": model.size,
        **training,
    }
    named = {f"{_WEIGHTS}{name}": tensor for name, tensor in model.state_dict().items()} | (more or {})
    tensors = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in named.items()}
    header["sum"] = _sum(header, tensors)
    with files.replacing(path, "; what was there before stays") as there:
        try:
            save_file(tensors, there, {"cdm": json.dumps(header)})
        except SafetensorError as error:
            raise OSError(str(error)) from None


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the header and the tensors of a checkpoint.

    Raises:
        CdmError: if there is none, or it is damaged, foreign, or of another format.
    """
    file = path / FILE if path.is_dir() else path
    try:
        with files.open_file(file) as begun:
            size = int.from_bytes(begun.read(8), "little")
        if size > _HEAD:
            raise CdmError(f"{file}: no readable checkpoint: a header of {size:,} bytes; at most {_HEAD:,} are read")
        with safe_open(file, framework="pt") as opened:
            text = (opened.metadata() or {}).get("cdm", "null")
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}
    except FileNotFoundError:
        raise CdmError(f"{file}: there is no checkpoint") from None
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise CdmError(f"{file}: no readable checkpoint: {error}") from None
    header = parse(text, str(file))
    _check(header, tensors, file)
    return header, tensors


def _check(header: Any, tensors: dict[str, Tensor], file: Path) -> None:
    number = header.get("format") if isinstance(header, dict) else None
    if number != FORMAT:
        raise CdmError(
            f"{file}: not a checkpoint of cdm, or one of another format ({number!r}; this cdm reads {FORMAT})"
        )
    if "sum" not in header:
        raise CdmError(f"{file}: its header has no sum, so nobody can tell whether it is whole; train it anew")
    if header["sum"] != _sum(header, tensors):
        raise CdmError(f"{file}: damaged: its content does not have the sum that its header says")
    maybe = {key: form for key, form in (_MAYBE | RUN).items() if key in header}
    wrong = misfit(header, _HEADER | maybe) or _crooked(header)
    if wrong:
        raise CdmError(f"{file}: a header that does not fit: {wrong}")


def _crooked(header: Mapping[str, Any]) -> str | None:
    """What is told of graphs and has not its form, or no row and column for each factor."""
    d, learned, truth = len(header["factors"]), header.get("graph", {}), header.get("data", {}).get("graph")
    wrong = None if truth is None else misfit(truth, _TRUTH, "data.graph")
    if wrong:
        return wrong
    told = {f"graph.{name}": learned[name] for name in _GRAPH if learned}
    for name, rows in (told | ({} if truth is None else {"data.graph.directed": truth["directed"]})).items():
        if [len(row) for row in rows] != [d] * d:
            return f"{name}: a row and a column for each of the {d} factors is needed"
    return None


def _sum(header: dict[str, Any], tensors: dict[str, Tensor]) -> str:
    """The digest of everything in a checkpoint but itself."""
    content = {name: value for name, value in header.items() if name != "sum"}
    digest = hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=16)
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def check_place(header: Mapping[str, Any], steps: Sequence[int], where: Path | str) -> None:
    """Look whether the phase and the step that a training is said to have come to exist.

    Args:
        header: of the checkpoint.
        steps: of each phase of the training.
        where: the file, for errors.

    Raises:
        CdmError: if they do not.
    """
    phase, step = header.get("phase", 0), header.get("step", 0)
    if phase > len(steps):
        raise CdmError(f"{where}: a header that does not fit: phase: at most {len(steps)} is needed, found {phase}")
    most = steps[phase] if phase < len(steps) else 0
    if step > most:
        raise CdmError(f"{where}: a header that does not fit: step: at most {most} in phase {phase}, found {step}")


def kind_of(header: Mapping[str, Any]) -> str:
    """The name of the kind of model that a checkpoint holds; one that is from before there were several names none."""
    return str(header.get("model", USUAL))


def build(
    header: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    options: C,
    load: Load[C, M],
    averaged: bool = True,
    where: Path | str = "a checkpoint",
) -> M:
    """The model that a checkpoint holds.

    Args:
        header, tensors: what :func:`read` gave.
        options: the model's configuration (:func:`config_of`).
        load: of its kind.
        averaged: with the moving average of what is in training, if it has one.
        where: the file, for errors.

    Raises:
        CdmError: if its parts do not fit each other.
    """
    weights: dict[str, Tensor] = {}
    for beginning in (_WEIGHTS, _AVERAGED) if averaged else (_WEIGHTS,):
        weights |= {n.removeprefix(beginning): tensor for n, tensor in tensors.items() if n.startswith(beginning)}
    size = header["size"]
    if not 0 < size <= _LARGEST:
        raise CdmError(f"{where}: does not fit its own header: images of {size} pixels a side")
    try:
        with torch.random.fork_rng(devices=[]):
            model = load(codes.from_data(header["factors"]), size, options, weights)
    except (KeyError, RuntimeError, ValueError) as error:
        raise CdmError(f"{where}: does not fit its own header: {str(error).splitlines()[0]}") from None
    return model.eval()


def config_of(header: Mapping[str, Any], kind: type[C], where: Path | str) -> C:
    """The configuration of a checkpoint; options that it does not know have their defaults.

    Raises:
        CdmError: if it holds an option or a value that this cdm does not know.
    """
    try:
        return config.filled(kind, header["config"])
    except CdmError as error:
        raise CdmError(f"{where}: a configuration that this cdm does not know: {error}") from None


def match(
    header: Mapping[str, Any], options: Any, data: Mapping[str, Any], where: Path, free: Collection[str] = ()
) -> None:
    """Raise unless a checkpoint is of a training with these options on these data.

    Args:
        header: of the checkpoint.
        options: the configuration of the training, a frozen dataclass.
        data: ``factors``, ``samples`` and ``size`` of its data, and ``digest``, which may be None.
        where: the directory of the run.
        free: options that may differ.

    Raises:
        CdmError: if it is of another.
    """
    there, here = asdict(config_of(header, type(options), where)), asdict(options)
    differing = [f"{k}: {there[k]!r} there, {here[k]!r} here" for k in here if there[k] != here[k] and k not in free]
    if differing:
        hint = "train with these, choose another --out, or begin anew with --force"
        raise CdmError(f"{where}: holds a run of another configuration: {'; '.join(differing[:3])}; {hint}")
    if not of_data(header, data):
        raise CdmError(f"{where}: holds a run on another data set; choose another --out, or begin anew with --force")


def of_data(header: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether a checkpoint is of a training on these data, as :func:`match` takes them."""
    digests = {data["digest"], header.get("data", {}).get("digest")}
    other = any(header.get(name) != data[name] for name in ("factors", "samples", "size"))
    return not other and (None in digests or len(digests) == 1)
