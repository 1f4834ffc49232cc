"""Build the site of this version beside those of the versions before it, and publish them all.

python docs/publish.py --out DIR                       # in a folder, to look at: DIR/index.html opens from disk
python docs/publish.py --branch gh-pages --push origin # on a branch from which a server of pages reads, and send it

Every version keeps its folder; a switch at the top of each page leads to the same page of another one. The tutorials
run first, which takes minutes; `--quick` shows them as they stand in git, without pictures.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import ghp_import

import scmgen

HERE = Path(__file__).parent
CHECKOUT = HERE.parent
NEXT = "dev"  # a version that is not released
_VERSION = re.compile(r"\d+(\.\d+)+|dev")


def order(version: str) -> tuple[int, ...]:
    """Where a version stands: what is not released is before all that is.

    >>> sorted(["0.10.0", "dev", "0.9.1"], key=order)
    ['dev', '0.9.1', '0.10.0']
    """
    return () if version == NEXT else tuple(map(int, version.split(".")))


def build(to: Path, version: str, quick: bool = False) -> None:
    """Build the site of the checkout, warnings being errors; the tutorials as they ran, if not ``quick``."""
    with tempfile.TemporaryDirectory() as ran:
        usual = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SCMGEN_SITE_VERSION": version}
        if not quick:
            usual["SCMGEN_SITE_TUTORIALS"] = ran
            subprocess.run([sys.executable, HERE / "make_tutorials.py", "--to", ran], check=True)  # noqa: S603
        config = str(CHECKOUT / "mkdocs.yml")
        words = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", config, "-d", str(to.resolve())]
        subprocess.run(words, env=usual, cwd=CHECKOUT, check=True)  # noqa: S603


def index(root: Path) -> None:
    """Write what leads to the versions of a folder: the list that their switch reads, and the way to the newest."""
    there = sorted((path.name for path in root.iterdir() if _VERSION.fullmatch(path.name)), key=order, reverse=True)
    listed = [{"name": name, "pages": _pages(root / name)} for name in there]
    (root / "versions.js").write_text(f"window.scmgenVersions = {json.dumps(listed)};\n", encoding="utf-8")
    target = f"{there[0]}/index.html"
    way = f'<meta http-equiv="refresh" content="0; url={target}"><a href="{target}">The documentation of scmgen</a>'
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>scmgen</title>{way}</html>\n'
    (root / "index.html").write_text(page, encoding="utf-8")


def _pages(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))


def add(root: Path, version: str, quick: bool = False) -> None:
    """Put the site of the checkout into a folder of versions; one of the same name gives way."""
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".") as whole:  # the old one stays until the new one is there
        build(Path(whole) / version, version, quick)
        shutil.rmtree(root / version, ignore_errors=True)
        (Path(whole) / version).rename(root / version)
    index(root)


def take(branch: str, folder: Path, repository: Path = CHECKOUT) -> None:
    """Put what a branch holds into a folder; nothing if there is no such branch."""
    known = subprocess.run(["git", "archive", branch], cwd=repository, capture_output=True, check=False)  # noqa: S603, S607
    if known.returncode == 0:
        subprocess.run(["tar", "-x", "-C", str(folder)], input=known.stdout, check=True)  # noqa: S603, S607


def commit(branch: str, folder: Path, told: str, remote: str | None = None, repository: Path = CHECKOUT) -> None:
    """Make a folder the next commit of a branch, and send the branch if a remote is named; no checkout changes."""
    with contextlib.chdir(repository):
        ghp_import.ghp_import(
            str(folder), branch=branch, mesg=told, nojekyll=True, push=remote is not None, remote=remote or "origin"
        )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--out", type=Path, help="a folder of versions")
    place.add_argument("--branch", help="a branch of this repository that holds them")
    parser.add_argument("--push", metavar="REMOTE", help="send the branch there")
    parser.add_argument(
        "--version", default=scmgen.__version__, help=f"such as 0.2.0, or {NEXT} (default: %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="do not run the tutorials")
    asked = parser.parse_args()
    if not _VERSION.fullmatch(asked.version):
        parser.error(f"--version {asked.version}: numbers are needed, such as 0.2.0, or {NEXT}")
    if asked.push and not asked.branch:
        parser.error("--push goes with --branch")
    try:
        _publish(asked)
    except subprocess.CalledProcessError as error:  # it said why
        sys.exit(error.returncode)


def _publish(asked: argparse.Namespace) -> None:
    if asked.out:
        add(asked.out, asked.version, asked.quick)
        return
    with tempfile.TemporaryDirectory() as folder:
        take(asked.branch, Path(folder))
        add(Path(folder), asked.version, asked.quick)
        commit(asked.branch, Path(folder), f"Documentation of {asked.version}", asked.push)


if __name__ == "__main__":
    main()
