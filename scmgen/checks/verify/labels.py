"""What is checked of the labels of one shard: each number recomputed and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.checks.verify.findings import Verification
from scmgen.dataset.batch import Batch, Twin, part
from scmgen.dataset.interventions.table import KIND, DoTable, nothing
from scmgen.dataset.labels import labels, steps
from scmgen.dataset.regime import holds, per_sample
from scmgen.dataset.sampling import Dataset
from scmgen.scm.vocabulary import Array
from scmgen.storage.shards import Shard

TOLERANCE = 1e-9  # relative; numpy's exp, log, pow and tan differ in the last bit between machines

Labels = Sequence[dict[str, Any]]


def check(dataset: Dataset, shard: Shard, stored: Labels, report: Verification) -> bool:
    """Check whole labels (what was withheld put back); False if they cannot be read as such."""
    n = len(stored)
    report.counts["noise"] = report.counts["equations"] = n
    expected = labels(dataset, dataset.evaluate(shard.split, shard.start, shard.stop))
    chosen = [
        "index",
        "split",
        "domain",
        "noise",
        *(f"do_{what}{e}" for e in steps(dataset.spec) for what in ("kind", "mask")),
    ]
    for label, want in zip(stored, expected, strict=True):
        if _schema(label) != _schema(want):
            sample = f"{shard.name}: the label of sample {want['index']}"
            report.fault("samples", f"{sample} has another schema than docs/reference/format.md")
            return False
        if any(label[name] != want[name] for name in chosen if name in want):
            report.fault("noise", f"{shard.name}: sample {want['index']} is not the one of this seed and position")
            break
    batch = read(dataset, shard, stored)
    _check_equations(dataset, shard, batch, report)
    for ending in steps(dataset.spec):
        _check_do(shard, stored, expected, ending, report)
    _check_untouched(dataset, shard, batch, report)
    _check_held_out(dataset, shard, batch, report)
    return True


def read(dataset: Dataset, shard: Shard, stored: Labels) -> Batch:
    """Labels as arrays."""
    scene = dataset.scene

    def world(ending: str) -> dict[str, Array]:
        parts = {name: ("factors" if name in scene.factors else "hidden") + ending for name in scene.scm.variables}
        return {name: _column(stored, part, name) for name, part in parts.items()}

    twins = []
    for ending in steps(dataset.spec):
        mask, scale, shift = (
            np.array([label[f"do_{what}{ending}"] for label in stored]) for what in ("mask", "scale", "shift")
        )
        kinds = np.array([label[f"do_kind{ending}"] for label in stored], KIND)
        twins.append(Twin(DoTable(kinds, mask, scale, shift), world(f"_cf{ending}")))
    noise = {name: _column(stored, "noise", name) for name in dataset.exogenous}
    domain = np.array([label.get("domain", 0) for label in stored], np.int64)
    return Batch(shard.split, shard.start, shard.start + len(stored), domain, noise, world(""), tuple(twins))


def digests(stored: Labels) -> NDArray[np.uint64]:
    """A sum of each sample's factual values: ``(n,)``."""
    parts = [(label["factors"], label.get("hidden")) for label in stored]
    sums = [hashlib.blake2b(orjson.dumps(part), digest_size=8).digest() for part in parts]
    return np.frombuffer(b"".join(sums), np.uint64)


def _column(stored: Labels, part: str, name: str) -> Array:
    return np.array([label[part][name] for label in stored], np.float64)


def _schema(value: Any) -> Any:
    """Names, lengths and types, without values."""
    if isinstance(value, dict):
        return {name: _schema(part) for name, part in value.items()}
    return [_schema(part) for part in value] if isinstance(value, list) else type(value)


def _check_equations(dataset: Dataset, shard: Shard, batch: Batch, report: Verification) -> None:
    """Solve every world from the stored noise, a chain's worlds under all that is in force."""
    none = nothing(len(batch.domain), len(dataset.scene.factors), dataset.scene.frames)
    held, policies, now = none, dataset.regimes[shard.split][0].steps, batch.noise
    worlds: list[tuple[DoTable, dict[str, Array], dict[str, Array], str]] = [(none, batch.values, now, "")]
    for number, (ending, twin, policy) in enumerate(zip(steps(dataset.spec), batch.twins, policies, strict=True), 1):
        held, now = (none, batch.noise) if policy.step.base == "factual" else (held, now)
        held = twin.table.over(held)
        now = dataset.redrawn(batch, now, number) if policy.step.nuisance else now
        worlds.append((held, twin.values, now, f"_cf{ending}"))
    for table, values, noise, ending in worlds:
        for name, want in dataset.solve(shard.split, batch.domain, noise, table).items():
            gap = np.abs(values[name] - want) / np.maximum(1.0, np.abs(want))
            report.residual = max(report.residual, float(gap.max()))
            if gap.max() > TOLERANCE:
                row = shard.start + int(np.unravel_index(gap.argmax(), gap.shape)[0])
                report.fault("equations", f"{shard.name}: {name}{ending} of sample {row} is off by {gap.max():.3g}")


def _check_do(shard: Shard, stored: Labels, expected: Labels, ending: str, report: Verification) -> None:
    for name in (f"do_scale{ending}", f"do_shift{ending}", f"do_value{ending}"):
        values, want = (np.array([label[name] for label in side]) for side in (stored, expected))
        gap = (np.abs(values - want) / np.maximum(1.0, np.abs(want))).reshape(len(want), -1).max(axis=1)
        if gap.max() > TOLERANCE:
            report.fault(
                "noise", f"{shard.name}: {name} of sample {shard.start + int(gap.argmax())} is off by {gap.max():.3g}"
            )


def _check_untouched(dataset: Dataset, shard: Shard, batch: Batch, report: Verification) -> None:
    worlds = batch.worlds()
    for number, regime in enumerate(dataset.regimes[shard.split]):
        here, scene = batch.began == number, regime.scene
        graph = nx.compose_all([one.graph for one in regime.scenes])
        touches = [{name, *nx.descendants(graph, name)} for name in scene.factors]
        for step, (twin, policy) in enumerate(zip(batch.twins, regime.steps, strict=True), 1):
            report.counts["untouched"] += int(here.sum())
            before = worlds[0 if policy.step.base == "factual" else step - 1]
            anew = {name for one in regime.nuisance for name in (one, *nx.descendants(graph, one))}
            for name in (name for name in scene.scm.variables if not (policy.step.nuisance and name in anew)):
                causes = [k for k, reached in enumerate(touches) if name in reached]
                free = (here & (_reached(twin.table.mask[..., causes]).T == 0)).T
                differs = before[name].view(np.uint64) != twin.values[name].view(np.uint64)
                changed = np.nonzero(free & differs)[0]
                if changed.size:
                    row = shard.start + int(changed[0])
                    report.fault("untouched", f"{shard.name}: {name} of sample {row} changed without a cause")


def _reached(mask: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of some targets were set in each sample, or up to each frame of it."""
    count = mask.sum(axis=-1)
    return np.asarray(np.cumsum(count, axis=1)) if count.ndim == 2 else count


def _check_held_out(dataset: Dataset, shard: Shard, batch: Batch, report: Verification) -> None:
    for number, regime in enumerate(dataset.regimes[shard.split]):
        here = np.flatnonzero(batch.began == number)
        if regime.hold_out is None or not here.size:
            continue
        report.counts["held-out"] += len(here)
        for ending, values in zip(["", *(f"_cf{e}" for e in steps(dataset.spec))], batch.worlds(), strict=True):
            leaks = here[per_sample(holds(regime.hold_out, regime.scene, part(values, here)), np.any)]
            if leaks.size:
                leak = f"sample {shard.start + int(leaks[0])} (factors{ending}) shows {regime.hold_out.text!r}"
                report.fault("held-out", f"{shard.name}: {leak}, which split {shard.split} holds out")
