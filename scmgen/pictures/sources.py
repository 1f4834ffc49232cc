"""From a place to a bank: a folder, IDX files, an npz archive, a table of Parquet.

Nothing in them is executed or unpickled, and no name in them becomes a path.
"""

from __future__ import annotations

import importlib
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from scmgen.errors import ScmgenError
from scmgen.files import open_file
from scmgen.pictures import idx
from scmgen.pictures.bank import Bank, Pixels, bank
from scmgen.pictures.decoding import SUFFIXES, opened, unpacked
from scmgen.pictures.folders import classed, names, there

LARGEST = 1024  # pixels a side; larger pictures are made smaller
MOST, MOST_BYTES = 1_000_000, 4_294_967_296  # pictures, and bytes of their pixels
_WHITE = 65_535  # of pixels of more than 8 bits
_BESIDE = re.compile(r"[-_.]labels[-_.]idx1-ubyte(\.gz)?")  # what follows the beginning of the pictures' name
_IMAGES, _LABELS = ("images", "image", "x_train", "x", "arr_0"), ("labels", "label", "class", "y_train", "y", "arr_1")
Read: TypeAlias = tuple[Sequence[Pixels], Sequence[Any] | None]
"""Pictures, and of each what class it has, if that is told: a name or a number."""


def read(name: str, place: Path) -> Bank[Pixels]:
    """A bank of pictures.

    Args:
        name: what a scene calls it.
        place: a folder with a sub-folder a class (or with pictures alone), a folder of IDX files or one of them, an
            ``.npz`` with ``images`` and perhaps ``labels``, a ``.parquet`` with ``image`` and perhaps ``label``.

    Raises:
        ScmgenError: if there is nothing, or it cannot be read, or is too much.
    """
    where = f"--pictures {name}={place}"
    there(place, where)
    pictures, labels = _reader(place, where)(place)
    if not len(pictures):
        raise ScmgenError(f"{where}: there are no pictures in it")
    if labels is None:
        return bank(name, pictures, np.zeros(len(pictures), np.int64), ("",))
    return bank(name, pictures, *_classes(labels, where))


def _reader(place: Path, where: str) -> Callable[[Path], Read]:
    if place.is_dir():
        return _of_idx if any(idx.IMAGES.fullmatch(name) for name in names(place)) else _of_folder
    suffix = place.suffix.lower()
    if idx.IMAGES.fullmatch(place.name):
        return _of_idx
    known: dict[str, Callable[[Path], Read]] = {".npz": _of_npz, ".parquet": _of_parquet}
    if suffix not in known:
        forms = "a folder, an IDX file (NAME-images-idx3-ubyte), an .npz or a .parquet"
        raise ScmgenError(f"{where}: of no kind that is read: {forms}")
    return known[suffix]


def _classes(labels: Sequence[Any], where: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The number of each picture's class, and what the classes are called."""
    if all(isinstance(label, str) for label in labels):
        names = tuple(sorted(set(labels)))
        numbers = {name: k for k, name in enumerate(names)}
        return np.array([numbers[label] for label in labels], np.int64), names
    try:
        array = np.asarray(labels, np.float64)
    except (TypeError, ValueError):
        raise ScmgenError(f"{where}: labels are names, or numbers from 0 on") from None
    if not ((array == np.rint(array)) & (array >= 0) & (array < MOST)).all():
        raise ScmgenError(f"{where}: labels are names, or numbers from 0 on; found {array.min():g} to {array.max():g}")
    return array.astype(np.int64), tuple(str(k) for k in range(int(array.max()) + 1))


def _of_folder(folder: Path) -> Read:
    """A sub-folder a class; pictures that lie in none belong together, where there is no sub-folder."""
    chosen = classed(folder, SUFFIXES, "picture")
    pictures = _bounded((_decoded(path) for _, path in chosen), len(chosen), folder)
    classes = [name for name, _ in chosen]
    return pictures, classes if any(classes) else None


def _bounded(pictures: Any, count: int, place: Path) -> list[Pixels]:
    """Pictures as they are read, not more than memory should hold."""
    _check_count(count, place)
    kept, total = [], 0
    for picture in pictures:
        kept.append(picture)
        total += picture.nbytes
        if total > MOST_BYTES:
            raise ScmgenError(f"{place}: more than {MOST_BYTES:,} bytes of pixels; give fewer or smaller pictures")
    return kept


def _check_count(count: int, place: Path) -> None:
    if count > MOST:
        raise ScmgenError(f"{place}: {count:,} pictures; at most {MOST:,} are read")


def _decoded(path: Path) -> Pixels:
    with opened(path) as (_, image):
        image.load()
        return _plain(image)


def _plain(image: Image.Image) -> Pixels:
    """Grey, RGB or RGBA of 8 bits, upright, of a bounded size."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        levels = np.clip(np.asarray(upright).astype(np.float64) / _WHITE, 0, 1)
        upright = Image.fromarray(np.rint(255 * levels).astype(np.uint8))
    grey = upright.mode in ("1", "L")
    upright = upright.convert("RGBA" if upright.has_transparency_data else "L" if grey else "RGB")
    upright.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return np.array(upright)


def _of_idx(place: Path) -> Read:
    """The file of images that is meant, and the labels that lie beside it."""
    inside = names(place) if place.is_dir() else []
    found = [place / name for name in inside if idx.IMAGES.fullmatch(name)] or [place]
    plain = {path.name.removesuffix(".gz"): path for path in sorted(found, key=lambda path: path.suffix != ".gz")}
    if len(plain) > 1:
        raise ScmgenError(f"{place}: holds {', '.join(sorted(plain))}; name one of them")
    (path,) = plain.values()
    named, images = idx.IMAGES.fullmatch(path.name), idx.read(path)
    prefix = named["prefix"] if named else path.name
    beside = [name for name in names(path.parent) if name.startswith(prefix) and _BESIDE.fullmatch(name, len(prefix))]
    if not beside:
        return _array(images, path), None
    labels = idx.read(path.with_name(beside[0]))
    return _array(images, path), _labels(labels, len(images), path.with_name(beside[0]))


def _labels(labels: NDArray[Any], count: int, place: Path) -> list[Any]:
    if labels.shape != (count,):
        raise ScmgenError(f"{place}: {labels.size:,} labels of {count:,} pictures")
    told: list[Any] = labels.tolist()
    return told


def _array(images: NDArray[Any], place: Path) -> Sequence[Pixels]:
    """An array of pictures: bytes, or numbers from 0 to 1."""
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (3, 4)) or not images.size:
        raise ScmgenError(f"{place}: pictures (n, h, w), (n, h, w, 3) or (n, h, w, 4) are needed, found {images.shape}")
    _check_count(len(images), place)
    if max(images.shape[1:3]) > LARGEST:
        raise ScmgenError(f"{place}: {images.shape[1]} x {images.shape[2]} pixels; at most {LARGEST} a side are read")
    if images.dtype == np.uint8:
        return list(images)
    if images.dtype.kind == "f" and np.isfinite(images).all() and 0 <= images.min() and images.max() <= 1:
        return list(np.rint(images * 255).astype(np.uint8))
    raise ScmgenError(f"{place}: bytes, or numbers from 0 to 1 are needed, found {images.dtype}")


def _of_npz(path: Path) -> Read:
    try:
        with open_file(path, MOST_BYTES) as file:
            with zipfile.ZipFile(file) as archive:
                claimed = sum(info.file_size for info in archive.infolist())
            if claimed > MOST_BYTES:
                raise ScmgenError(f"{path}: {claimed:,} bytes; at most {MOST_BYTES:,} are read")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                key = next((name for name in _IMAGES if name in arrays), None)
                if key is None and "pixels" in arrays and "shapes" in arrays:
                    pictures = _of_pieces(arrays["pixels"], arrays["shapes"], path)
                elif key is None:
                    raise ScmgenError(f"{path}: no array 'images'; it holds {', '.join(arrays) or 'nothing'}")
                else:
                    pictures = _array(arrays[key], path)
                return pictures, _told(arrays, path, len(pictures))
    except ScmgenError:
        raise
    except Exception as error:  # a damaged archive has errors of several libraries
        raise ScmgenError(f"{path}: cannot be read: {error}") from None


def _told(arrays: Mapping[str, NDArray[Any]], path: Path, count: int) -> list[Any] | None:
    """The labels of an archive, if it has any."""
    key = next((name for name in _LABELS if name in arrays), None)
    return None if key is None else _labels(arrays[key], count, path)


def _of_pieces(pixels: NDArray[Any], shapes: NDArray[Any], path: Path) -> Sequence[Pixels]:
    """Pictures of several sizes, one after the other, as a data set holds those that it embeds."""
    if pixels.dtype != np.uint8 or pixels.ndim != 1 or shapes.dtype.kind != "i" or shapes.ndim != 2:
        raise ScmgenError(f"{path}: bytes 'pixels' and whole numbers 'shapes (n, 3)' are needed")
    _check_count(len(shapes), path)
    known = shapes.shape[1] == 3 and bool(((shapes >= 1) & (shapes <= LARGEST)).all())
    if not known or not np.isin(shapes[:, 2], (1, 3, 4)).all() or shapes.prod(axis=1).sum() != pixels.size:
        raise ScmgenError(f"{path}: 'shapes' do not fit {pixels.size:,} bytes of pixels, or are too large")
    parts = np.split(pixels, np.cumsum(shapes.prod(axis=1))[:-1])
    return [
        part.reshape(shape[:2] if shape[2] == 1 else shape)
        for part, shape in zip(parts, map(tuple, shapes.tolist()), strict=True)
    ]


def _of_parquet(path: Path) -> Read:
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise ScmgenError(f"{path}: Parquet needs pyarrow: pip install 'scmgen[export]'") from None
    try:
        with open_file(path, MOST_BYTES) as file:
            table = parquet.ParquetFile(file)
            groups = [table.metadata.row_group(k).total_byte_size for k in range(table.metadata.num_row_groups)]
            if sum(groups) > MOST_BYTES:
                raise ScmgenError(f"{path}: {sum(groups):,} bytes; at most {MOST_BYTES:,} are read")
            key = next((name for name in _IMAGES if name in table.schema_arrow.names), None)
            other = next((name for name in _LABELS if name in table.schema_arrow.names), None)
            if key is None:
                raise ScmgenError(f"{path}: no column 'image'; it has {', '.join(table.schema_arrow.names)}")
            _check_count(table.metadata.num_rows, path)
            rows = table.read(columns=[key, *([other] if other else [])])
    except (OSError, arrow.ArrowException) as error:
        raise ScmgenError(f"{path}: cannot be read: {error}") from None
    cells = rows[key].to_pylist()
    files = [cell.get("bytes") if isinstance(cell, dict) else cell for cell in cells]
    held = [file for file in files if isinstance(file, bytes)]
    if len(held) < len(files):
        raise ScmgenError(f"{path}: column {key!r}: files of images are needed, as bytes or as {{'bytes': ...}}")
    pictures = _bounded((_unpacked(f"{path}, row {k}", file) for k, file in enumerate(held)), len(held), path)
    return pictures, rows[other].to_pylist() if other else None


def _unpacked(where: str, data: bytes) -> Pixels:
    with unpacked(where, io.BytesIO(data)) as image:
        image.load()
        return _plain(image)
