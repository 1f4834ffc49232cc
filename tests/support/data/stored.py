"""What lies in a data set on disk, as tarfile, json and Pillow read it."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec


def read(path: Path) -> dict[str, dict[str, bytes]]:
    """Give key -> ending -> bytes, as tarfile reads them."""
    samples: dict[str, dict[str, bytes]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name, _, ending = member.name.partition(".")
            file = archive.extractfile(member)
            assert file is not None
            samples.setdefault(name, {})[ending] = file.read()
    return samples


def everything(out: Path) -> dict[str, dict[str, bytes]]:
    return {name: sample for path in sorted(out.glob("*.tar")) for name, sample in read(path).items()}


def manifest_of(out: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return data


def dataset_of(out: Path) -> Dataset:
    return compile_spec(Spec.model_validate(manifest_of(out)["spec"]))


def stored_labels(out: Path) -> dict[str, dict[str, Any]]:
    return {name: json.loads(sample["label.json"]) for name, sample in everything(out).items()}


def files(out: Path, split: str) -> dict[str, bytes]:
    """Give the content of every member of a split's shards, as tarfile reads them."""
    found = {}
    for path in sorted(out.glob(f"*-{split}-*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                found[member.name] = archive.extractfile(member).read()  # type: ignore[union-attr]
    return found


def pillow(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)))
