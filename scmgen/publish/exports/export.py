"""The export of a data set, whatever the format."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scmgen.dataset.identity import Origin
from scmgen.dataset.members import TWIN
from scmgen.errors import ScmgenError, suggestion
from scmgen.publish.exports.writing import placing
from scmgen.publish.exports.writing.formats import FORMATS, Format, find
from scmgen.publish.exports.writing.selection import Selection
from scmgen.storage.loading.reader import Data
from scmgen.storage.places.place import Local

_PAIRS: Mapping[Origin, str] = {
    "generated": "build it with --interventions",
    "imported": "an imported set has none",
}


def export(
    data: Data,
    to: str,
    out: str | Path | None = None,
    *,
    splits: Sequence[str] = (),
    truth: bool = False,
    units: bool = False,
    force: bool = False,
    progress: Callable[[int], None] = lambda samples: None,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Path:
    """Write a data set in a format that other programs read (docs/how-to/exports.md).

    A few samples are in memory at a time. The file or directory gets its name when it is whole.

    Args:
        data: what :func:`scmgen.load` gives.
        to: the format: one of :data:`scmgen.publish.exports.FORMATS`.
        out: the file or directory; a name after the data set in the working directory if None.
        splits: which splits; all if empty.
        truth: add what the labels of a weakly supervised set withhold.
        units: leave labels in their units where the format scales them to [0, 1].
        force: replace what an earlier export wrote there.
        progress: is told how many samples were written.
        options: those that the format has of its own, by name.

    Returns:
        Where the export is.

    Raises:
        ScmgenError: if there is no such format, option or split, the format needs what the data set does not have or
            scales no labels, the name is taken or says something else, or the place cannot be written.
    """
    if "://" in str(out):
        raise ScmgenError(f"{out}: an export goes to a disk of this machine; copy it from there")
    form = find(to)
    place = Path(out) if out is not None else Path(data.name + form.ending)
    source = Selection(data, _splits(data, splits), truth, units, progress, _options(form, options))
    _compare(source, form)
    _name(place, form)
    try:
        placing.check(place, force, form.mark, data.place.path if isinstance(data.place, Local) else None)
        with placing.placing(place) as temporary:
            form.write(source, temporary)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ScmgenError(f"{place}: cannot be written: {reason}") from None
    return place


def _splits(data: Data, chosen: Sequence[str]) -> tuple[str, ...]:
    for split in chosen:
        data.shards(split)
    return tuple(dict.fromkeys(chosen)) or tuple(data.splits)


def _options(form: Format, given: Mapping[str, Any]) -> Any:
    """The options that a format has of its own, as it reads them."""
    known = {field.name for field in fields(form.options)} if form.options else set()  # type: ignore[arg-type]
    for name in given:
        if form.options is None:
            having = ", ".join(other.name for other in FORMATS.values() if other.options)
            raise ScmgenError(f"--{name}: --to {form.name} has no such option; of the formats these have: {having}")
        if name not in known:
            raise ScmgenError(f"--{name}: --to {form.name} has no such option; {suggestion(name, known)}")
    return form.options(**given) if form.options else None


def _name(place: Path, form: Format) -> None:
    """Refuse a file whose suffix says that it is something else; a directory may be called anything."""
    if not form.mark and place.suffix and place.suffix.lower() not in (form.ending, f".{form.name}"):
        named = place.with_suffix(form.ending)
        raise ScmgenError(f"{place}: --to {form.name} writes a file that ends in {form.ending}; call it {named}")


def _compare(source: Selection, form: Format) -> None:
    """Refuse a format that needs what the data set does not have or tell."""
    data = source.data
    if data.frame.frames is not None and not form.clips:
        able = ", ".join(sorted(known.name for known in FORMATS.values() if known.clips))
        other = f"; clips have {able}" if able else "; scmgen.load and the shards themselves have them"
        raise ScmgenError(f"{data.place}: --to {form.name} has no place for clips{other}")
    if form.moves and data.frame.frames is None:
        raise ScmgenError(f"{data.place}: --to {form.name} holds clips, and these are still images: a scene has frames")
    first = source.first()
    if source.units and not form.scales:
        scaling = ", ".join(known.name for known in FORMATS.values() if known.scales)
        raise ScmgenError(f"--units: --to {form.name} scales no labels; of the formats these do: {scaling}")
    absent = [name for name in form.needs if name not in first]
    if not absent and form.samples and data.manifest.origin != "generated":
        raise ScmgenError(f"{data.place}: --to {form.name} draws samples of its own: an imported set has no equations")
    if not absent:
        return
    if TWIN.name not in data.members:
        raise ScmgenError(f"{data.place}: --to {form.name} needs pairs of images: {_PAIRS[data.manifest.origin]}")
    raise ScmgenError(
        f"{data.place}: --to {form.name} needs {', '.join(absent)}, which the labels withhold: add --truth"
    )
