"""Check what an sdist holds: all that git knows, so that it can be tested and packaged again, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ADDED = {"PKG-INFO"}  # by the build


def main(sdist: Path) -> None:
    """Exit with a message if a file is missing or foreign."""
    with tarfile.open(sdist) as archive:
        found = {name.partition("/")[2] for name in archive.getnames() if archive.getmember(name).isfile()}
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True)  # noqa: S607
    wanted = {name for name in listed.stdout.split("\0") if name} | ADDED
    problems = [f"missing: {name}" for name in sorted(wanted - found)]
    problems += [f"foreign: {name}" for name in sorted(found - wanted)]
    if problems:
        sys.exit("\n".join([f"{sdist.name}:", *problems]))
    print(f"{len(found)} files, all that git knows and no other")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
