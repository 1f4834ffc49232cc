"""IDX files as images with labels: those of MNIST and its kin, and what Morpho-MNIST has measured of them.

Of ``PREFIX-images-idx3-ubyte`` the pictures stand in the order of the rows of ``PREFIX-labels-idx1-ubyte``, of any
other ``PREFIX-NAME-idx1-ubyte``, and of ``PREFIX-NAME.csv`` with a column of row numbers; all perhaps as ``.gz``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scmgen.build.imported import tables
from scmgen.build.imported.columns import Cells, Column, finish, remarks, spelled
from scmgen.build.imported.pictures import check_size
from scmgen.build.imported.request import Request
from scmgen.build.imported.rows import Form, recognise
from scmgen.errors import ScmgenError
from scmgen.pictures import idx

_LABELS = re.compile(r"[-_.](?P<name>\w+)[-_.]idx1-ubyte(\.gz)?")
_TABLE = re.compile(r"[-_.]\w+\.(csv|tsv)")
_SPLITS = {"train": "train", "t10k": "test"}  # MNIST's names for them


@dataclass(frozen=True)
class Part:
    """An IDX file of images, and what lies beside it.

    Attributes:
        images: the file.
        name: of its pictures, without ``.gz``: whether a file is compressed says nothing of what is in it.
        split: what the beginning of its name calls it.
        labels: IDX files of a number an image, by the name of their factor.
        tables: tables with a row an image.
    """

    images: Path
    name: str
    split: str
    labels: Mapping[str, Path] = field(default_factory=dict)
    tables: Sequence[Path] = ()


def parts(place: Path) -> list[Part]:
    """The files of images in a folder, or the one that is named; none if there are none.

    Where a file lies there both plain and compressed, the plain one is read.

    Raises:
        ScmgenError: if the folder cannot be read, or two files would be one split.
    """
    folder = place if place.is_dir() else place.parent
    try:
        there = sorted(path for path in (folder.iterdir() if folder.is_dir() else ()) if not path.name.startswith("."))
    except OSError as error:
        raise ScmgenError(f"{folder}: cannot be read: {error.strerror or error}") from None
    found: dict[str, Part] = {}
    for path in there if place.is_dir() else [place]:
        named = idx.IMAGES.fullmatch(path.name)
        name = path.name.removesuffix(".gz")
        if named is None or name in {part.name for part in found.values()}:
            continue
        prefix = named["prefix"]
        split = _SPLITS.get(prefix.lower(), re.split(r"[-_.]", _plain(prefix))[-1])
        if split in found:
            raise ScmgenError(f"{found[split].images} and {path} are both called {split!r}; name one of them as IMAGES")
        found[split] = Part(path, name, split, _labels(there, prefix), _tables(there, prefix))
    return sorted(found.values(), key=lambda part: (part.split != "train", part.name))


def _plain(prefix: str) -> str:
    words = re.split(r"[-_.]", prefix.lower())
    return "-".join([*words[:-1], _SPLITS.get(words[-1], words[-1])])


def _labels(there: Sequence[Path], prefix: str) -> dict[str, Path]:
    labels: dict[str, Path] = {}
    for path in there:  # in order, so that the plain file comes before the compressed one
        named = _LABELS.fullmatch(path.name[len(prefix) :]) if path.name.startswith(prefix) else None
        if named:
            labels.setdefault(named["name"], path)
    return labels


def _tables(there: Sequence[Path], prefix: str) -> list[Path]:
    return [path for path in there if path.name.startswith(prefix) and _TABLE.fullmatch(path.name[len(prefix) :])]


@dataclass(frozen=True)
class Bank:
    """The pictures of IDX files and their labels.

    Attributes:
        root: where the files lie.
        pixels: the pictures of each file, ``(n, h, w)`` or ``(n, h, w, 3)``, by its name.
        table: their labels; its keys are the names of the pictures.
    """

    root: Path
    pixels: Mapping[str, NDArray[np.uint8]]
    table: tables.LabelTable

    def take(self, names: Sequence[str]) -> list[NDArray[np.uint8]]:
        """Pictures by their names."""
        places = [name.rpartition("/") for name in names]
        return [self.pixels[file][int(row)] for file, _, row in places]

    def survey(self, size: int | None, progress: Callable[[int], None]) -> tuple[list[str], int]:
        """The sum of each picture, and the size of the images that will be written.

        Raises:
            ScmgenError: if their sizes do not fit.
        """
        names, first = self.table.keys, self.take(self.table.keys[:1])[0]
        if size is None:
            for file, stack in self.pixels.items():
                extent = (stack.shape[2], stack.shape[1])
                check_size(self.root, file, extent, names[0], (first.shape[1], first.shape[0]))
        sums = [hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest() for image in self.take(names)]
        progress(len(sums))
        return sums, size or first.shape[1]


def read(request: Request, found: Sequence[Part]) -> Bank:
    """Read pictures and labels.

    Raises:
        ScmgenError: if a file cannot be read, or holds another number of rows than there are pictures.
    """
    _check(request)
    pixels = {part.name: _pictures(part) for part in found}
    listed = [_paths(request, part, len(found) == 1) for part in found]
    if not any((part.labels or paths) for part, paths in zip(found, listed, strict=True)):
        raise ScmgenError(f"{request.images}: holds images without labels; name a table with --labels")
    forms = [[recognise(path, request.encoding) for path in paths] for paths in listed]
    columns, values, splits, notes = _measured(request, found, forms, pixels)
    columns |= _numbered(request, found, pixels, columns)
    if not request.split_column and request.splits is None:
        splits = [part.split for part in found for _ in pixels[part.name]]
    keys = [f"{name}/{row:05d}" for name, stack in pixels.items() for row in range(len(stack))]
    where = next((form.path for group in forms for form in group), found[0].images)
    files = [path for part in found for path in part.labels.values()] + [path for paths in listed for path in paths]
    sums = {name: digest for path in files for name, digest in tables.sum_of(path).items()}
    factors = tables.wanted(request, columns, values, where)
    table = tables.LabelTable(where, range(len(keys)), keys, factors, splits, sums, values, notes)
    return Bank(found[0].images.parent, pixels, table)


def _check(request: Request) -> None:
    """Refuse options that say what files of single images need."""
    for option, given in {"--skip-missing": request.skip_missing, "--split-file": bool(request.split_files)}.items():
        if given:
            raise ScmgenError(f"{option}: the images of IDX files have no names of their own, but rows")


def _pictures(part: Part) -> NDArray[np.uint8]:
    stack = idx.read(part.images)
    if stack.ndim not in (3, 4) or stack.shape[3:] not in ((), (3,)) or not stack.size:
        told = " x ".join(map(str, stack.shape))
        raise ScmgenError(f"{part.images}: is {told}; images are N x H x W, or N x H x W x 3")
    return stack


def _paths(request: Request, part: Part, alone: bool) -> list[Path]:
    """The tables of a part: those that lie beside it, or those that are named and begin as it does."""
    if not request.tables:
        return [*part.tables]
    prefix = idx.IMAGES.fullmatch(part.images.name)
    begun = prefix["prefix"] if prefix else ""
    chosen = [path for path in request.tables if alone or path.name.startswith(begun)]
    if not chosen:
        raise ScmgenError(f"--labels: no table is named {begun}-...csv, as that of {part.images} must be")
    return chosen


def _measured(
    request: Request, found: Sequence[Part], forms: Sequence[Sequence[Form]], pixels: Mapping[str, NDArray[np.uint8]]
) -> tuple[dict[str, Column], dict[str, list[str]], list[str], tuple[str, ...]]:
    """The columns of the tables, the rows of each part after those of the part before."""
    cells: dict[str, Cells] = {}
    splits: list[str] = []
    for part, group in zip(found, forms, strict=True):
        own = {name: parser for form in group for name, parser in tables.parsers(form, request).items()}
        if part is found[0]:
            cells = own
            _check_names(request, group, part.labels)
        if own.keys() != cells.keys() or part.labels.keys() != found[0].labels.keys():
            have = [", ".join([*cells, *found[0].labels]), ", ".join([*own, *part.labels]) or "none"]
            raise ScmgenError(
                f"{found[0].images} has factors {have[0]}, and {part.images} {have[1]}; both need the same"
            )
        for form in group:
            chosen = {name: cells[name] for name in tables.parsers(form, request)}
            _, keys, words = tables.take(form, request, chosen)
            _check_rows(form, keys, len(pixels[part.name]), part)
            splits += words
    where = forms[0][0].path if forms[0] else found[0].images
    columns, values = finish(cells, where)
    return columns, values, splits, remarks(cells)


def _check_names(request: Request, forms: Sequence[Form], labels: Mapping[str, Path]) -> None:
    """Labels are named by options as the columns of a table are."""
    extra = Form(next(iter(labels.values()), request.images), "", ",", ("", *labels))
    tables.check_names(request, [*forms, extra])


def _check_rows(form: Form, keys: Sequence[str], count: int, part: Part) -> None:
    wrong = next((row for row, key in enumerate(keys) if key != str(row)), None)
    if wrong is not None:
        column = form.header[0] or "the first column"
        raise ScmgenError(f"{form.path}: row {wrong} is numbered {keys[wrong]!r} ({column}); rows stand as images do")
    if len(keys) != count:
        raise ScmgenError(f"{form.path}: has {len(keys):,} rows for the {count:,} images of {part.images}")


def _numbered(
    request: Request,
    found: Sequence[Part],
    pixels: Mapping[str, NDArray[np.uint8]],
    others: Mapping[str, Column],
) -> dict[str, Column]:
    """The labels in IDX files, whose numbers are levels."""
    columns = {}
    for name in found[0].labels:
        if name in request.omit or (request.columns and name not in request.columns):
            continue
        if name in others:
            raise ScmgenError(
                f"{found[0].labels[name]}: column {name!r} stands in a table too; --omit it or rename one"
            )
        stacks = [idx.read(part.labels[name]) for part in found]
        for part, stack in zip(found, stacks, strict=True):
            if stack.shape != (len(pixels[part.name]),):
                told = " x ".join(map(str, stack.shape))
                raise ScmgenError(f"{part.labels[name]}: is {told}, for {len(pixels[part.name])} images")
        levels, codes = np.unique(np.concatenate(stacks), return_inverse=True)
        if len(levels) == 1:
            told = f"says {levels[0]} of every image and tells nothing; leave it out with --omit {name}"
            raise ScmgenError(f"{found[0].labels[name]}: {told}")
        columns[name] = Column(codes.astype(np.float64), tuple(spelled(level) for level in levels))
    return columns
