"""What a user asks an import for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scmgen.dataset.spec import DEFAULT_SPLITS
from scmgen.errors import ScmgenError

_SPLIT = re.compile(r"[a-z0-9_]{1,40}")
_NAME = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True)
class Request:
    """Where images and labels lie, and what is to become of them.

    Attributes:
        images: a directory; its subdirectories are searched too.
        tables: CSV or TSV files; the second and further ones are joined to the first by file name.
        graph: a file with the causal graph over the factors, or None.
        name: what the data set is called; empty for the name of ``images``.
        key: the column that holds the file names; None for the first one.
        columns: the columns that become factors; empty for all.
        omit: columns that do not.
        categorical: columns whose values are levels, words or not.
        circular: columns that are angles or phases, each with its period (low, high) or None to guess one.
        splits: the share of each split; None for those of a build.
        split_column: the column that tells the split, in place of shares.
        size: pixels a side that images are cropped and resized to; None leaves them as they are.
        white: the value of white in images of more than 8 bits; None for 65535 in those of 16.
    """

    images: Path
    tables: tuple[Path, ...]
    graph: Path | None = None
    name: str = ""
    key: str | None = None
    columns: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    circular: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    splits: Mapping[str, float] | None = None
    split_column: str | None = None
    size: int | None = None
    white: int | None = None
    seed: int = 0
    shard_size: int = 1_000
    license: str = "unknown"
    description: str = ""
    citation: str = ""

    @property
    def shares(self) -> dict[str, float]:
        """The share of each split that is drawn at random.

        Raises:
            ScmgenError: if a column tells the split, too.
        """
        if self.splits is not None and self.split_column is not None:
            raise ScmgenError("--splits does not go with --split-column")
        return dict(self.splits or {split.name: split.share for split in DEFAULT_SPLITS})

    @property
    def called(self) -> str:
        """The name of the data set.

        Raises:
            ScmgenError: if none was given and that of the directory cannot serve.
        """
        plain = unicodedata.normalize("NFKD", self.images.resolve().name).encode("ascii", "ignore").decode().lower()
        name = self.name or _NAME.sub("-", plain).strip("-_")[:60]
        if _NAME.search(name) or not name or name[0] in "-_" or len(name) > 60:
            rule = "up to 60 lower-case letters, digits, - and _, the first a letter or digit"
            raise ScmgenError(f"--name: {name!r} cannot name a data set; write {rule}")
        return name


def shares(text: str) -> dict[str, float]:
    """Read ``train=0.8,test=0.2``.

    Raises:
        ScmgenError: if it is written otherwise, or a share is not positive.
    """
    parsed: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = (piece.strip() for piece in part.partition("="))
        try:
            value = float(share)
        except ValueError:
            raise ScmgenError(f"--splits: found {part!r}, write NAME=SHARE,NAME=SHARE,...") from None
        if not 0 < value < float("inf"):
            raise ScmgenError(f"--splits: the share of {name!r} is {share}; a positive number is needed")
        if not _SPLIT.fullmatch(name) or name in parsed:
            problem = "stands there twice" if name in parsed else "is not made of lower-case letters, digits and _"
            raise ScmgenError(f"--splits: the name {name!r} {problem}")
        parsed[name] = value
    return parsed


def period(text: str) -> tuple[str, tuple[float, float] | None]:
    """Read ``COLUMN`` or ``COLUMN=LOW:HIGH``.

    Raises:
        ScmgenError: if the bounds are no numbers, or turned round.
    """
    name, given, bounds = text.rpartition("=")
    if not given:
        return text, None
    low, _, high = bounds.partition(":")
    try:
        limits = float(low), float(high)
    except ValueError:
        raise ScmgenError(f"--circular {text}: write COLUMN, or COLUMN=LOW:HIGH with its period") from None
    if not float("-inf") < limits[0] < limits[1] < float("inf"):
        raise ScmgenError(f"--circular {text}: {low} is not below {high}")
    return name, limits
