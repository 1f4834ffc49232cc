"""Making a data set: claim a place, write every shard that is not there yet, commit with the manifest.

Imports everything below the command line.
"""

from __future__ import annotations

from scmgen.build.generated import build, build_part, estimate, finalize

__all__ = ["build", "build_part", "estimate", "finalize"]
