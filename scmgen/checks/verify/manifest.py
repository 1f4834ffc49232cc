"""What the manifest tells, against what spec and samples tell: all of it is put together again and compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from scmgen.checks.verify.findings import Verification
from scmgen.dataset import fingerprint
from scmgen.storage.manifest import Manifest

RELATIVE, ABSOLUTE = 1e-9, 1e-12  # what may lie between a number and the same one summed on another machine

_OWN = ("graph", "digest", "software")  # compared on its own; read with the manifest; of whoever built it
_SHORT = 60  # letters of a value that a message shows


def check(manifest: Manifest, due: Manifest, report: Verification) -> None:
    """Compare a manifest with the one that its spec and the samples in its shards give, key by key."""
    told = [key for key in due if key not in _OWN]
    other = _partly_computed(manifest) and (report.differing or not report.pixels)  # pixels, for all we know
    report.counts["manifest"] = len(told) + 1
    for key in told:
        if key not in manifest:
            report.fault("manifest", f"{key}: missing; {_spelt(due[key])} is due")
        else:
            for difference in _differences(key, manifest[key], due[key]):
                if not (other and difference.startswith("content.pixels")):
                    report.fault("manifest", difference)
    if not manifest.software.get("scmgen"):
        report.fault("manifest", "software.scmgen: missing; the version that built it is due")


def _partly_computed(manifest: Manifest) -> bool:
    """Whether the digest of pixels covers samples that no shard holds, which another machine may draw otherwise."""
    regimes = [part.name for part in manifest.recipe.splits]
    return any(manifest.splits.get(name, 0) < fingerprint.SAMPLES for name in regimes)


def _differences(place: str, found: Any, due: Any) -> Iterator[str]:
    """The first thing below a place that differs, with the path that leads to it."""
    if isinstance(due, Mapping) and isinstance(found, Mapping):
        for key in (*due, *(key for key in found if key not in due)):
            if key not in found:
                yield f"{place}.{key}: missing; {_spelt(due[key])} is due"
            elif key not in due:
                yield f"{place}.{key}: {_spelt(found[key])} stands there; nothing is due"
            else:
                yield from _differences(f"{place}.{key}", found[key], due[key])
    elif isinstance(due, list) and isinstance(found, list):
        if len(found) != len(due):
            yield f"{place}: {len(found)} entries; {len(due)} are due"
            return
        for number, (one, other) in enumerate(zip(found, due, strict=True)):
            yield from _differences(f"{place}.{number}", one, other)
    elif not _equal(found, due):
        yield f"{place}: {_spelt(found)}; {_spelt(due)} is due"


def _equal(found: Any, due: Any) -> bool:
    if isinstance(found, float) and isinstance(due, float):
        return math.isclose(found, due, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return type(found) is type(due) and bool(found == due)


def _spelt(value: Any) -> str:
    return f"{value!r:.{_SHORT}}"
