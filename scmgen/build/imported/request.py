"""What a user asks an import for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scmgen.dataset.spec import DEFAULT_SPLITS
from scmgen.errors import ScmgenError
from scmgen.storage.imported import Fit

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
        split_files: lists that tell the split, in place of both: of file and split, or of the files of the split named.
        encoding: of the tables' text; None for UTF-8, or what their first bytes tell.
        decimal_comma: whether numbers are written 0,84; where not said, the cells of a table without commas tell.
        indicators: columns whose cells hold several words, each of which becomes a column of 0 and 1.
        none: words that mean none of them.
        skip_missing: leave out rows whose image is not there.
        size: pixels a side that images are brought to; None leaves them as they are.
        fit: how an image that is no square becomes one.
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
    split_files: tuple[tuple[str, Path], ...] = ()
    encoding: str | None = None
    decimal_comma: bool = False
    indicators: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    skip_missing: bool = False
    size: int | None = None
    fit: Fit = "crop"
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
            ScmgenError: if a column or a list tells the split, too.
        """
        told = {
            "--splits": self.splits is not None,
            "--split-column": self.split_column is not None,
            "--split-file": bool(self.split_files),
        }
        given = [option for option, there in told.items() if there]
        if len(given) > 1:
            raise ScmgenError(f"{given[0]} does not go with {given[1]}")
        return dict(self.splits or {split.name: split.share for split in DEFAULT_SPLITS})

    @property
    def called(self) -> str:
        """The name of the data set.

        Raises:
            ScmgenError: if none was given and that of the directory cannot serve.
        """
        there = self.images.resolve()
        plain = (
            unicodedata.normalize("NFKD", there.parent.name if there.is_file() else there.name)
            .encode("ascii", "ignore")
            .decode()
            .lower()
        )
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


def listed(text: str) -> tuple[str, Path]:
    """Read ``FILE`` or ``SPLIT=FILE``.

    >>> listed("test=test_list.txt")[0], listed("list_eval_partition.txt")[0]
    ('test', '')
    """
    name, given, file = text.partition("=")
    return (name, Path(file)) if given and _SPLIT.fullmatch(name) else ("", Path(text))
