"""What makes each backend of its place; libraries are imported when one is made."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdm import config
from cdm.errors import CdmError
from cdm.foundation.choices import Chosen
from cdm.foundation.protocols import Generator

if TYPE_CHECKING:
    from cdm.foundation.known.learned import Learned
    from cdm.foundation.known.oracle import Oracle
    from cdm.foundation.language.speaker import Speaker


@contextmanager
def needing(who: Chosen, extra: str) -> Iterator[None]:
    """Say how to install what a part needs and cannot import in the block.

    Raises:
        CdmError: in place of errors of imports.
    """
    try:
        yield
    except ImportError as error:
        name = error.name or str(error).partition("\n")[0]
        raise CdmError(f"{who.option}: needs {name}: pip install 'scmgen[{extra}]'") from None
    except RuntimeError as error:
        if "torchvision" not in str(error):
            raise
        what = "torchvision does not fit torch, which keeps transformers from being imported: uninstall it"
        raise CdmError(f"{who.option}: {what}") from None


def oracle(place: str, split: str, cache: Path | None) -> Oracle:
    """The truth of a data set."""
    from cdm.foundation.known.oracle import Oracle

    return Oracle.of(place, split, cache)


def learned(place: str, device: str) -> Learned:
    """A run of ours that knows."""
    from cdm.foundation.known.learned import Learned

    return Learned.of(place, device)


def reading(place: str, cache: Path | None, device: str) -> Learned:
    """The reader of a data set, which knows all that it shows."""
    from cdm.data import shards
    from cdm.foundation.known.learned import Learned
    from cdm.runs import readers

    source = shards.read(place)
    return Learned(f"reader of {source.manifest['name']}", readers.opened(source, cache, device))


def _hushed(library: str) -> None:
    """Let a library show bars on a terminal alone, and not advise to install torchvision."""
    logging = importlib.import_module(f"{library}.utils.logging")
    logging.set_verbosity_error()
    if not sys.stderr.isatty():
        logging.disable_progress_bar()


def local(model: str, device: str) -> Speaker:
    """A language model on this machine."""
    _hushed("transformers")
    from cdm.foundation.language.local import Local
    from cdm.training import machine

    return Local.load(model, machine.pick(device))


def remote(*told: Any) -> Speaker:
    """A language model behind a server; arguments are those of ``Endpoint``."""
    from cdm.foundation.language.endpoint import Endpoint

    return Endpoint(*told)


def guided_run(place: str, device: str, seed: int, told: Mapping[str, Any]) -> Generator:
    """A run of ours that draws, guided."""
    from cdm.foundation.guidance import factors, run
    from cdm.foundation.guidance.settings import Settings
    from cdm.training import machine

    mine, rest = _split(told, *vars(factors.Reading()))
    settings = config.filled(Settings, {**asdict(factors.USUAL), "seed": seed, **rest})
    return run.load(Path(place), settings, config.filled(factors.Reading, mine), machine.pick(device))


def guided_pipeline(place: str, device: str, seed: int, told: Mapping[str, Any]) -> Generator:
    """A Stable Diffusion that draws, guided."""
    for library in ("transformers", "diffusers"):
        _hushed(library)
    from cdm.foundation.guidance import pipeline
    from cdm.foundation.guidance.settings import Settings
    from cdm.training import machine

    weights, rest = _split(told, "dtype", "local")
    settings = config.filled(Settings, {"seed": seed, **rest})
    return pipeline.load(place, settings, machine.pick(device), **weights)


def _split(settings: Mapping[str, Any], *names: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of some names, and the rest."""
    mine = {name: value for name, value in settings.items() if name in names}
    return mine, {name: value for name, value in settings.items() if name not in names}
