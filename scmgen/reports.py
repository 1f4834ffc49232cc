"""What verification looks for, and what it found."""

from __future__ import annotations

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
}


@dataclass
class Report:
    """What was checked, how often, and what was found wrong."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHECKS, 0))
    faults: list[tuple[str, str]] = field(default_factory=list)
    residual: float = 0.0
    pixels: int = 0
    differing: int = 0

    def fault(self, check: str, problem: str) -> None:
        """Note a fault."""
        self.faults.append((check, problem))

    def add(self, other: Report) -> None:
        """Take over what another report says."""
        for check, count in other.counts.items():
            self.counts[check] += count
        self.faults += other.faults
        self.residual = max(self.residual, other.residual)
        self.pixels += other.pixels
        self.differing += other.differing
