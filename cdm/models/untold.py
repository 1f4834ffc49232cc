"""What a supervision leaves open, for whoever reads a model's answers, and for an evaluation to match."""

from __future__ import annotations

NOTES = {
    "targets": "trained at supervision 'targets': no value was ever told. Values are read as if dos were even over "
    "the factor's range, and any factor may be mirrored: its low end may be its high end",
    "unknown": "trained at supervision 'unknown': nothing was told but pairs. Its factors are z1, z2, ... from -1 to "
    "1, without names, units or sign",
}
UNTOLD = {"targets": frozenset({"sign"}), "unknown": frozenset({"sign", "order"})}
