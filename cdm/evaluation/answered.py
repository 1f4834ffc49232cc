"""Answers as files: what any model says of a protocol's questions, in a directory that anybody can write.

``answers.json`` tells whose they are, and perhaps a graph; shards hold for the sample of a key ``KEY.image_cf.png``,
its counterfactual image, ``KEY.factors_cf.json``, factors by name as they would have been, ``KEY.codes.json``, factors
that the model reads in the factual image, and ``KEY.latents.json``, numbers that it reads there and nobody has named:
any of these, for all samples (docs/how-to/answers.md).
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image

from cdm.data import decoding, files, shards
from cdm.data.schema import misfit, parse
from cdm.errors import CdmError
from cdm.evaluation import protocol as protocols
from cdm.evaluation.protocol import Protocol

FORMAT = 1
_FILE, _MOST, _SHARD = "answers.json", 1 << 20, 500
_IMAGE, _CODES, _LATENTS, _FACTORS = _ENDINGS = ("image_cf.png", "codes.json", "latents.json", "factors_cf.json")
_MOST_LATENTS = 4096
_GRAPH = {"names": [str], "directed": [[frozenset((0, 1))]]}
_FORM = {
    "format": int,
    "model": str,
    "protocol": dict,
    "graph": (_GRAPH, None),
    "said": dict,
    "shards": [{"name": str, "bytes": int, "sha256": str}],
}


@dataclass(frozen=True)
class Answers:
    """What a model says of the samples of a protocol, in their order.

    Attributes:
        model: what it is called.
        images: ``(n, size, size, 3)`` uint8; None if it draws none.
        codes: ``(n, d)`` factors that it reads in the factual images, in their units, in the order of ``factors``; None
            if it reads none.
        graph: ``(d, d)``, 1 from cause to effect, in that order; None if it has none.
        said: whatever else is told: supervision, seeds, seconds.
        latents: ``(n, m)`` numbers that it reads there, of which nobody says what they are; None if there are none.
        factors_cf: ``(n, d)`` factors as they would have been, in their units, in the order of ``factors``; None if it
            does not say.
    """

    model: str
    images: NDArray[np.uint8] | None = None
    codes: NDArray[np.float64] | None = None
    graph: NDArray[np.int64] | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    latents: NDArray[np.float64] | None = None
    factors_cf: NDArray[np.float64] | None = None


def write(place: str | Path, asked: Protocol, answers: Answers, factors: Sequence[str]) -> None:
    """Write answers; ``answers.json`` comes last, so that a directory that has one is whole.

    Args:
        place: the directory; it is made.
        asked: the protocol whose questions they answer.
        answers: to its first ``rows`` samples, in their order.
        factors: names of the factors, in the order of the data set.

    Raises:
        CdmError: if they do not fit the protocol, there are some already, or the place cannot be written.
    """
    place = Path(place)
    if (place / _FILE).exists():
        raise CdmError(f"{place}: holds answers already")
    _check(answers, asked, len(factors), str(place))
    listed = []
    tables = (answers.images, answers.codes, answers.latents, answers.factors_cf)
    told = any(table is not None for table in tables)
    for number, start in enumerate(range(0, asked.rows if told else 0, _SHARD)):
        content = _packed(asked.keys, answers, factors, range(start, min(start + _SHARD, asked.rows)))
        entry = {"name": f"answers-{number:06d}.tar", "bytes": len(content)}
        with files.replacing(place / str(entry["name"])) as there:
            there.write_bytes(content)
        listed.append({**entry, "sha256": hashlib.sha256(content).hexdigest()})
    graph = None if answers.graph is None else {"names": list(factors), "directed": answers.graph.tolist()}
    head = {"format": FORMAT, "model": answers.model, "protocol": asked.plain(), "graph": graph}
    with files.replacing(place / _FILE) as there:
        there.write_bytes(
            orjson.dumps({**head, "said": dict(answers.said), "shards": listed}, option=orjson.OPT_INDENT_2)
        )


def read(place: Path, asked: Protocol, factors: Sequence[str]) -> Answers:
    """Read answers, whoever wrote them. Nothing in them is executed or unpickled, and no name becomes a path unchecked.

    Raises:
        CdmError: if they are damaged, are answers to other questions, or lack or exceed what is asked.
    """
    where = f"{place}/{_FILE}"
    header = _header(place, where)
    other = protocols.told(header["protocol"], f"{where}: protocol")
    if other.hash != asked.hash:
        names = [f"{one.name}, version {one.version} ({one.hash[:12]})" for one in (other, asked)]
        raise CdmError(f"{where}: answers to protocol {names[0]}, not to {names[1]}")
    found: dict[str, dict[str, bytes]] = {}
    for key, sample in _samples(place, header["shards"], asked.data["size"]):
        twice = [f"{key}.{ending}" for ending in sample if ending in found.get(key, {})]
        if twice:
            raise CdmError(f"{place}: {twice[0]} stands there twice")
        found.setdefault(key, {}).update(sample)
    _asked(place, asked.keys, found)
    told = _Told(place, asked.keys, found)
    size = asked.data["size"]
    answers = Answers(
        header["model"],
        told.of(_IMAGE, lambda content, name: _image(content, size, name)),
        told.of(_CODES, lambda content, name: _values(content, factors, name)),
        _graph(header["graph"], factors, where),
        header["said"],
        told.of(_LATENTS, _latents),
        told.of(_FACTORS, lambda content, name: _values(content, factors, name)),
    )
    _check(answers, asked, len(factors), str(place))
    return answers


@dataclass(frozen=True)
class _Told:
    """What samples tell, by key and ending."""

    place: Path
    keys: Sequence[str]
    found: Mapping[str, Mapping[str, bytes]]

    def of(self, ending: str, parse: Callable[[bytes, str], Any]) -> NDArray[Any] | None:
        """One of what they tell, for all samples; None if none of them does."""
        lacking = [key for key in self.keys if ending not in self.found.get(key, {})]
        if len(lacking) == len(self.keys):
            return None
        if lacking:
            what = "answers are missing" if ending == _IMAGE else f"answers do not tell {ending.partition('.')[0]}"
            raise CdmError(f"{self.place}: {len(lacking)} of {len(self.keys)} {what}: {lacking[0]}.{ending}, ...")
        parsed = [parse(self.found[key][ending], f"{self.place}: {key}.{ending}") for key in self.keys]
        if len({np.shape(one) for one in parsed}) > 1:
            raise CdmError(f"{self.place}: {ending}: not as many numbers in every sample")
        return np.stack(parsed)


def _check(answers: Answers, asked: Protocol, d: int, where: str) -> None:
    size, n = asked.data["size"], asked.rows
    wide = 0 if answers.latents is None else answers.latents.shape[-1]
    due = {"images": (n, size, size, 3), "codes": (n, d), "graph": (d, d), "latents": (n, wide), "factors_cf": (n, d)}
    if all(getattr(answers, name) is None for name in due):
        raise CdmError(f"{where}: answers nothing: images, codes, latents, factors_cf or a graph are asked")
    for name, shape in due.items():
        array = getattr(answers, name)
        if array is not None and array.shape != shape:
            raise CdmError(f"{where}: {name} of shape {array.shape}; {shape} is asked")
        if array is not None and not np.isfinite(array).all():
            raise CdmError(f"{where}: {name}: {int((~np.isfinite(array)).sum())} numbers are not finite")
    if not 0 < wide <= _MOST_LATENTS and answers.latents is not None:
        raise CdmError(f"{where}: latents of {wide} numbers; 1 to {_MOST_LATENTS:,} are asked")
    if answers.images is not None and answers.images.dtype != np.uint8:
        raise CdmError(f"{where}: images of {answers.images.dtype}; bytes are asked")


def _packed(keys: Sequence[str], answers: Answers, factors: Sequence[str], rows: range) -> bytes:
    """The samples of some rows as a plain tar without times."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for row in rows:
            for ending, content in _members(answers, factors, row).items():
                info = tarfile.TarInfo(f"{keys[row]}.{ending}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _members(answers: Answers, factors: Sequence[str], row: int) -> dict[str, bytes]:
    """What a sample tells, by ending."""
    members, buffer = {}, io.BytesIO()
    if answers.images is not None:
        Image.fromarray(answers.images[row]).save(buffer, "PNG")
        members[_IMAGE] = buffer.getvalue()
    for ending, values in ((_CODES, answers.codes), (_FACTORS, answers.factors_cf)):
        if values is not None:
            members[ending] = orjson.dumps(dict(zip(factors, values[row].tolist(), strict=True)))
    if answers.latents is not None:
        members[_LATENTS] = orjson.dumps(answers.latents[row].tolist())
    return members


def _header(place: Path, where: str) -> dict[str, Any]:
    try:
        with files.open_file(place / _FILE) as file:
            content = file.read(_MOST + 1)
    except OSError as error:
        raise CdmError(f"{where}: cannot be read: {error.strerror or error}") from None
    if len(content) > _MOST:
        raise CdmError(f"{where}: has more than {_MOST:,} bytes, which is all that are read")
    header = parse(content, where)
    version = header.get("format") if isinstance(header, dict) else None
    if version != FORMAT:
        raise CdmError(f"{where}: format {json.dumps(version):.40}; this cdm reads format {FORMAT}")
    whole = {"graph": None, "said": {}, **header}
    wrong = misfit(whole, _FORM)
    if wrong:
        raise CdmError(f"{where}: {wrong}; docs/how-to/answers.md says what it holds")
    return whole


def _samples(place: Path, listed: Sequence[Mapping[str, Any]], size: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The keys that shards hold, and what belongs to each."""
    for shard in listed:
        name = shard["name"]
        if Path(name).name != name or not name.endswith(".tar"):
            raise CdmError(f"{place}/{_FILE}: shards: the name of a .tar beside it is needed, found {name!r:.80}")
        yield from shards.keyed(str(place), name, shard["bytes"], shard["sha256"], size)


def _asked(place: Path, keys: Sequence[str], found: Mapping[str, Mapping[str, bytes]]) -> None:
    """Raise if samples tell what nobody asked."""
    known = set(keys)
    beyond = [key for key in found if key not in known]
    odd = [f"{key}.{ending}" for key in found for ending in found[key] if ending not in _ENDINGS]
    if beyond or odd:
        raise CdmError(f"{place}: {(beyond or odd)[0]} is not asked for")


def _image(content: bytes, size: int, name: str) -> NDArray[np.uint8]:
    try:
        return decoding.pixels(content, (size, size))
    except CdmError as error:
        raise CdmError(f"{name}: {error}") from None


def _values(content: bytes, factors: Sequence[str], name: str) -> list[float]:
    """A number a factor, in their order."""
    told = parse(content, name)
    wrong = misfit(told, dict.fromkeys(factors, float))
    if not wrong and set(told) != set(factors):
        wrong = f"factors {', '.join(factors)} are needed, found {', '.join(told)}"
    if not wrong and not all(math.isfinite(told[factor]) for factor in factors):
        wrong = "a number is not finite"
    if wrong:
        raise CdmError(f"{name}: {wrong}")
    return [float(told[factor]) for factor in factors]


def _latents(content: bytes, name: str) -> list[float]:
    told = parse(content, name)
    wrong = misfit(told, [float])
    if not wrong and not all(math.isfinite(number) for number in told):
        wrong = "a number is not finite"
    if wrong:
        raise CdmError(f"{name}: {wrong}")
    return [float(number) for number in told]


def _graph(told: Any, factors: Sequence[str], where: str) -> NDArray[np.int64] | None:
    if told is None:
        return None
    d, rows = len(factors), told["directed"]
    if sorted(told["names"]) != sorted(factors) or [len(row) for row in rows] != [d] * d:
        raise CdmError(f"{where}: graph: a matrix over {', '.join(factors)} is needed")
    order = [told["names"].index(factor) for factor in factors]
    return np.array(rows, np.int64)[np.ix_(order, order)]
