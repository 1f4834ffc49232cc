"""What verification looks for, and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CHECKS: dict[str, str] = {
    "files": "every shard of the plan is there, and no other",
    "checksums": "bytes of each shard match the manifest",
    "samples": "each shard holds exactly its keys and members, in order",
    "noise": "stored noise and interventions are those of seed and position",
    "equations": "stored values solve the equations under the stored noise and do",
    "untouched": "non-descendants of the targets are bit-equal before and after each do",
    "held-out": "no world of a sample shows what its split holds out",
    "pixels": "re-rendered images equal the stored ones",
    "duplicates": "no sample stands in two places",
    "graph": "the published graph is the one of the equations",
    "manifest": "all else in the manifest is what its spec and the samples tell",
    "companions": "what stands beside the shards says what the manifest says",
}

IMPORTED: dict[str, str] = {
    "files": CHECKS["files"],
    "checksums": CHECKS["checksums"],
    "samples": CHECKS["samples"],
    "labels": "every label has each factor, in its range or one of its levels",
    "pixels": "images can be decoded, and are of the size and channels in the manifest",
    "duplicates": "no image stands in two places",
    "graph": "the published graph is the one that was given",
    "manifest": CHECKS["manifest"],
    "companions": CHECKS["companions"],
}
"""The same of a set of images from elsewhere, which nobody can recompute."""


@dataclass
class Verification:
    """What was checked, how often, and what was found wrong; ``checks`` says what each check means."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHECKS, 0))
    faults: list[tuple[str, str]] = field(default_factory=list)
    residual: float = 0.0
    pixels: int = 0
    differing: int = 0
    checks: Mapping[str, str] = field(default_factory=lambda: CHECKS)

    def fault(self, check: str, problem: str) -> None:
        """Note a fault."""
        self.faults.append((check, problem))

    def add(self, other: Verification) -> None:
        """Take over what another report says."""
        for check, count in other.counts.items():
            self.counts[check] += count
        self.faults += other.faults
        self.residual = max(self.residual, other.residual)
        self.pixels += other.pixels
        self.differing += other.differing


def begin(checks: Mapping[str, str]) -> Verification:
    """A report in which nothing was checked yet."""
    return Verification(dict.fromkeys(checks, 0), checks=checks)
