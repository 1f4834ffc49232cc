"""The manifest: all that anybody needs to recompute every latent and re-render every image.

It is written last; a place without one is not (yet) a data set.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from scmgen.dataset import fingerprint, ground_truth
from scmgen.dataset.members import IMAGE, LABEL, suffixes
from scmgen.dataset.sampling import Dataset
from scmgen.dataset.spec import FORMAT, Spec
from scmgen.errors import ScmgenError
from scmgen.render.renderer import OURS, RENDERERS
from scmgen.scene import plugins
from scmgen.scene.factor import Factor
from scmgen.storage import layout, png
from scmgen.storage.imported import Attribute, ImportedSpec
from scmgen.storage.place import Folder, folder
from scmgen.storage.shards import Record
from scmgen.storage.summary import Moments, added, channel_moments, counted

FILE = layout.MANIFEST
IMPORTED_MEMBERS = (IMAGE.suffix, LABEL.suffix)
_SOFTWARE = ("scmgen", "numpy", "scipy", "numba", "pymunk", "deflate", "orjson")


def compose(dataset: Dataset, records: Sequence[Record]) -> dict[str, Any]:
    """Describe a data set whose shards are all written; ``records`` in the order of the plan."""
    spec, scene, openings = dataset.spec, dataset.scene, _openings(records)
    domains = {name: _domain(factor) for name, factor in scene.factors.items()}
    data = {
        "format": FORMAT,
        "origin": "generated",
        "name": spec.name,
        "version": spec.version,
        "description": spec.scene.description,
        "citation": spec.scene.citation,
        "license": spec.license,
        "waives": spec.waives,
        "spec_hash": spec.hash,
        "spec": spec.data(),
        "size": spec.size,
        "splits": {name: size for name, size in spec.sizes().items() if size},
        "members": suffixes(spec),
        "pixels": _pixels(records),
        "content": fingerprint.digests(
            openings.get(split) or fingerprint.opening(dataset, split) for split in dataset.regimes
        ),
        "groups": {name: i + 1 for i, name in enumerate(scene.renderer.groups)},
        "factors": _factors(domains, records),
        "hidden": list(scene.hidden),
        "environments": [environment.name for environment in spec.environments],
        "graph": ground_truth.describe(dataset),
        "targets": [_sum([record.targets[step] for record in records]) for step in range(len(spec.interventions))],
        "kinds": [_sum([record.kinds[step] for record in records]) for step in range(len(spec.interventions))],
        "combinations": _combinations(domains, records),
        "shards": [record.entry() for record in records],
        "plugins": spec.plugins,
        "software": software(scene.renderer.version),
    }
    return {**data, "digest": digest(data)}


def compose_imported(source: ImportedSpec, records: Sequence[Record]) -> dict[str, Any]:
    """Describe a data set of images from elsewhere, whose shards are all written; ``records`` in that order."""
    domains = {name: _attribute(attribute) for name, attribute in source.factors.items()}
    data = {
        "format": FORMAT,
        "origin": "imported",
        "name": source.name,
        "version": source.version,
        "description": source.description,
        "citation": source.citation,
        "license": source.license,
        "waives": {},
        "spec_hash": None,
        "spec": None,
        "source_hash": source.hash,
        "source": source.data(),
        "size": source.size,
        "splits": source.sizes(),
        "members": list(IMPORTED_MEMBERS),
        "pixels": _pixels(records),
        "content": fingerprint.digests(_openings(records).values()),
        "groups": {},
        "factors": _factors(domains, records),
        "hidden": [],
        "environments": [],
        "graph": ground_truth.given(source.graph),
        "targets": [],
        "kinds": [],
        "combinations": _combinations(domains, records),
        "shards": [record.entry() for record in records],
        "plugins": {},
        "software": {**software(), "pillow": _version("pillow")},
    }
    return {**data, "digest": digest(data)}


def digest(data: dict[str, Any]) -> str:
    """Sha256 of a manifest's canonical JSON without its own digest."""
    rest = {key: value for key, value in data.items() if key != "digest"}
    return hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()


def software(rasteriser: str = RENDERERS[OURS].version) -> dict[str, str]:
    """Versions of what the bytes of a shard depend on; ``rasteriser`` is that of its renderer."""
    versions = {name: _version(name) for name in _SOFTWARE}
    return {
        "python": platform.python_version(),
        **versions,
        "encoder": png.ENCODER,
        "rasteriser": rasteriser,
    }


def read(where: str | Path | Folder) -> dict[str, Any]:
    """Read the manifest of a data set: of a directory, or of a URL as text.

    Raises:
        ScmgenError: if there is none, it is damaged or edited, or of another format.
    """
    place = folder(where)
    try:
        return parse(place.read(FILE), place)
    except FileNotFoundError:
        begun = " (a build was begun here: run it again)" if layout.MARKER in place.names() else ""
        raise ScmgenError(f"{place}: not a data set: it has no {FILE}{begun}") from None
    except OSError as error:
        raise ScmgenError(f"{place}/{FILE}: cannot be read: {error.strerror or error}") from None


def parse(text: bytes, place: Folder) -> dict[str, Any]:
    """Read the text of a manifest; ``place`` is named where it is damaged, edited, or of another format."""
    path = f"{place}/{FILE}"
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ScmgenError(f"{path}: damaged: not valid JSON ({error})") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ScmgenError(f"{path}: format {found!r}; this scmgen reads format {FORMAT}")
    if data.get("digest") != digest(data):
        raise ScmgenError(
            f"{path}: changed since it was written (its digest does not match); build again with --force to restore it"
        )
    return data


def spec_of(data: dict[str, Any], where: str | Path | Folder) -> Spec:
    """The spec that a manifest or ``.build.json`` holds.

    Raises:
        ScmgenError: if it cannot be read, or the data set was imported and has none.
    """
    found = content_of(data, where)
    if isinstance(found, ImportedSpec):
        raise ScmgenError(f"{where}: an imported data set: its images were not made from equations")
    return found


def content_of(data: dict[str, Any], where: str | Path | Folder) -> Spec | ImportedSpec:
    """The spec, or the source of an imported set, that a manifest or ``.build.json`` holds.

    Raises:
        ScmgenError: if it cannot be read; a spec may hold kinds of intervention that only its plug-ins know.
    """
    kind = "source" if data.get("source") else "spec"
    try:
        return ImportedSpec.model_validate(data[kind]) if kind == "source" else Spec.model_validate(data[kind])
    except (ValidationError, KeyError, TypeError) as error:
        missing = lacking(data)
        problem = f"the {kind} of this data set cannot be read: {str(error).splitlines()[0]}"
        raise ScmgenError(f"{where}: {plugins.needed(missing) if missing else problem}") from None


def lacking(data: Mapping[str, Any]) -> list[str]:
    """The plug-ins that the spec of a manifest or ``.build.json`` names and that this process has not run."""
    spec = data.get("spec")
    sums = spec.get("plugins") if isinstance(spec, dict) else None
    return plugins.lacking(sums) if isinstance(sums, dict) else []


def _factors(domains: Mapping[str, dict[str, Any]], records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """What is told of each factor: its domain, and its moments over all factual samples."""
    told = {}
    for name, domain in domains.items():
        moments = functools.reduce(Moments.merge, [record.factors[name] for record in records])
        told[name] = {
            "type": "categorical" if domain["levels"] else "circular" if domain["circular"] else "continuous",
            **domain,
            "mean": moments.mean,
            "std": (moments.squares / moments.count) ** 0.5,
            "min": moments.least,
            "max": moments.most,
        }
    return told


def _domain(factor: Factor) -> dict[str, Any]:
    return {
        "unit": factor.unit,
        "long_name": factor.long_name,
        "range": list(factor.bounds),
        "levels": list(factor.levels or ()),
        "circular": factor.circular,
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    return {**attribute.model_dump(), "range": list(attribute.range), "levels": list(attribute.levels)}


def _pixels(records: Sequence[Record]) -> dict[str, Any]:
    """Mean and standard deviation of the channels, white being 1, over the first factual images of the first split."""
    return channel_moments(added(record.shown.bytes for record in records if record.shown.bytes))


def _openings(records: Sequence[Record]) -> dict[str, fingerprint.Part]:
    """For each split that has samples what its first ones add to the fingerprint."""
    return {record.split: record.shown.opening for record in records if record.shown.opening}


def _sum(counts: Sequence[Mapping[Any, int]]) -> dict[Any, int]:
    names = dict.fromkeys(name for count in counts for name in count)
    return {name: sum(count.get(name, 0) for count in counts) for name in names}


def _combinations(domains: Mapping[str, dict[str, Any]], records: Sequence[Record]) -> dict[str, list[dict[str, Any]]]:
    """For each split the samples of each combination of levels that occurs."""
    names = counted({name: domain["levels"] for name, domain in domains.items()})
    told = {}
    for split in dict.fromkeys(record.split for record in records):
        counts = _sum([record.levels for record in records if record.split == split])
        told[split] = [
            {
                "levels": {name: domains[name]["levels"][i] for name, i in zip(names, found, strict=True)},
                "samples": counts[found],
            }
            for found in sorted(counts)
        ]
    return told if names else {}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
