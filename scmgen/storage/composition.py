"""The manifest of a data set whose shards are all written, put together."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from scmgen.dataset import fingerprint, ground_truth
from scmgen.dataset.content import Content, Described
from scmgen.dataset.members import IMAGE, LABEL, suffixes
from scmgen.dataset.sampling import Dataset
from scmgen.dataset.spec import FORMAT
from scmgen.render.renderer import OURS, named
from scmgen.scene.domain import plain
from scmgen.storage import png
from scmgen.storage.imported import ImportedSpec
from scmgen.storage.manifest import Manifest, signed
from scmgen.storage.shards import Record
from scmgen.storage.summary import Moments, added, channel_moments, counted

IMPORTED_MEMBERS = (IMAGE.suffix, LABEL.suffix)
_SOFTWARE = ("scmgen", "numpy", "scipy", "numba", "pymunk", "deflate", "orjson")


def compose(dataset: Dataset, records: Sequence[Record]) -> Manifest:
    """Describe a generated data set whose shards are all written; ``records`` in the order of the plan."""
    spec, scene, openings = dataset.spec, dataset.scene, _openings(records)
    own = {
        "members": suffixes(spec),
        "content": fingerprint.digests(
            openings.get(split) or fingerprint.opening(dataset, split) for split in dataset.regimes
        ),
        "groups": {name: i + 1 for i, name in enumerate(scene.renderer.groups)},
        "factors": _factors(spec.factors, ("unit", "long_name"), records),
        "hidden": list(scene.hidden),
        "environments": [environment.name for environment in spec.environments],
        "graph": ground_truth.describe(dataset),
        "software": software(scene.renderer.version),
    }
    return _composed(spec, records, own)


def compose_imported(source: ImportedSpec, records: Sequence[Record]) -> Manifest:
    """Describe a data set of images from elsewhere, whose shards are all written; ``records`` in that order."""
    own = {
        "members": list(IMPORTED_MEMBERS),
        "content": fingerprint.digests(_openings(records).values()),
        "groups": {},
        "factors": _factors(source.factors, ("long_name", "unit"), records),
        "hidden": [],
        "environments": [],
        "graph": ground_truth.given(source.graph),
        "software": {**software(), "pillow": _version("pillow")},
    }
    return _composed(source, records, own)


def _composed(content: Content, records: Sequence[Record], own: Mapping[str, Any]) -> Manifest:
    """The manifest of a data set: what all have in common, and in its places what is ``own`` to those of one origin."""
    steps = range(len(records[0].targets))
    return signed(
        {
            "format": FORMAT,
            "origin": content.origin,
            "name": content.name,
            "version": content.version,
            "description": content.description,
            "citation": content.citation,
            "license": content.license,
            "waives": content.waives,
            "spec_hash": None,
            "spec": None,
            f"{content.part}_hash": content.hash,
            content.part: content.data(),
            "size": content.frame.size,
            **({"channels": "grey"} if content.frame.grey else {}),
            **({} if content.frame.frames is None else {"frames": content.frame.frames}),
            "splits": {name: size for name, size in content.sizes().items() if size},
            "members": own["members"],
            "pixels": _pixels(records),
            "content": own["content"],
            "groups": own["groups"],
            "factors": own["factors"],
            "hidden": own["hidden"],
            "environments": own["environments"],
            "graph": own["graph"],
            "targets": [_sum([record.targets[step] for record in records]) for step in steps],
            "kinds": [_sum([record.kinds[step] for record in records]) for step in steps],
            "combinations": _combinations(content.factors, records),
            "shards": [record.entry() for record in records],
            "plugins": content.plugins,
            "software": own["software"],
        }
    )


def software(rasteriser: str | None = None) -> dict[str, str]:
    """Versions of what the bytes of a shard depend on; ``rasteriser`` is that of its renderer, ours if None."""
    versions = {name: _version(name) for name in _SOFTWARE}
    return {
        "python": platform.python_version(),
        **versions,
        "encoder": png.ENCODER,
        "rasteriser": rasteriser or named(OURS).version,
    }


def _factors(
    factors: Mapping[str, Described], words: tuple[str, str], records: Sequence[Record]
) -> dict[str, dict[str, Any]]:
    """What is told of each factor: its words in their order, its domain, and its moments over all factual samples."""
    entries = {}
    for name, factor in factors.items():
        whole = functools.reduce(Moments.merge, [record.factors[name] for record in records])
        entries[name] = {
            "type": factor.domain.kind,
            **{word: getattr(factor, word) for word in words},
            **plain(factor.domain),
            "mean": whole.mean,
            "std": (whole.squares / whole.count) ** 0.5,
            "min": whole.least,
            "max": whole.most,
        }
    return entries


def _pixels(records: Sequence[Record]) -> dict[str, Any]:
    """Mean and standard deviation of the channels, white being 1, over the first factual images of the first split."""
    return channel_moments(added(record.shown.bytes for record in records if record.shown.bytes))


def _openings(records: Sequence[Record]) -> dict[str, fingerprint.Part]:
    """For each split that has samples what its first ones add to the fingerprint."""
    return {record.split: record.shown.opening for record in records if record.shown.opening}


def _sum(counts: Sequence[Mapping[Any, int]]) -> dict[Any, int]:
    names = dict.fromkeys(name for count in counts for name in count)
    return {name: sum(count.get(name, 0) for count in counts) for name in names}


def _combinations(factors: Mapping[str, Described], records: Sequence[Record]) -> dict[str, list[dict[str, Any]]]:
    """For each split the samples of each combination of levels that occurs."""
    levels = {name: factor.domain.levels for name, factor in factors.items()}
    names, listed = counted(levels), {}
    for split in dict.fromkeys(record.split for record in records):
        counts = _sum([record.levels for record in records if record.split == split])
        listed[split] = [
            {
                "levels": {name: levels[name][i] for name, i in zip(names, numbers, strict=True)},
                "samples": counts[numbers],
            }
            for numbers in sorted(counts)
        ]
    return listed if names else {}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
