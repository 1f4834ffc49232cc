"""A bank as one file, which may travel with a data set, under a licence that lets it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.pictures.bank import Bank, Pixels
from scmgen.pictures.brought import NAME

_LICENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,79}\Z")
_FORBIDDING = ("unknown", "none", "other", "proprietary", "all-rights-reserved", "unlicensed", "noassertion")


def embedded(text: str) -> tuple[str, str]:
    """Read ``NAME=LICENCE``: the pictures that are to stand beside the shards, and what lets them.

    Raises:
        ScmgenError: if it is nothing of the kind, or the licence lets nobody pass them on.
    """
    name, sign, licence = text.partition("=")
    if not sign or not NAME.match(name) or not _LICENCE.match(licence):
        raise ScmgenError(f"--embed-pictures {text}: write NAME=LICENCE, an SPDX identifier such as CC-BY-4.0")
    if licence.lower() in _FORBIDDING:
        raise ScmgenError(
            f"--embed-pictures {text}: pictures of licence {licence!r} may not be passed on; build without it, and "
            f"whoever verifies the data set gives them with --pictures {name}=PLACE"
        )
    return name, licence


def packed(bank: Bank[Pixels]) -> bytes:
    """A bank as the bytes of an ``.npz`` that ``--pictures`` reads; the same bank, the same bytes."""
    counts = np.diff(bank.starts)
    numbered = all(name.isdecimal() for name in bank.classes)
    names: list[Any] = [int(name) for name in bank.classes] if numbered else list(bank.classes)
    arrays: dict[str, NDArray[Any]] = {}
    if len({picture.shape for picture in bank.items}) == 1:
        arrays["images"] = np.stack(bank.items)
    else:
        arrays["pixels"] = np.concatenate([picture.reshape(-1) for picture in bank.items])
        arrays["shapes"] = np.array([(*picture.shape, 1)[:3] for picture in bank.items], np.int64)
    if bank.labelled:
        arrays["labels"] = np.repeat(np.array(names), counts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:  # without times
        for part, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{part}.npy"), buffer.getvalue(), zipfile.ZIP_DEFLATED, 6)
    return file.getvalue()
