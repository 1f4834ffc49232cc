"""The command `push`: a data set on the Hugging Face Hub."""

from __future__ import annotations

import functools
from pathlib import Path

import click

from scmgen.cli import options
from scmgen.errors import ScmgenError
from scmgen.terminal import amount, progress


@click.command()
@click.argument("directory", type=options.directory, shell_complete=options.folders)
@click.option("--to", metavar="hf:OWNER/NAME", required=True, help="Where to, on the Hugging Face Hub.")
@click.option("--really", is_flag=True, help="Upload; without it nothing is sent, and what would be is listed.")
@click.option("--public", is_flag=True, help="Let everybody see a page that is new; it is private without.")
@click.option("--force", is_flag=True, help="Remove files that stand there and are none of this data set's.")
@options.workers
@options.plugins
def push(
    directory: str | Path,
    to: str,
    really: bool,
    public: bool,
    force: bool,
    workers: int,
    plugin_files: tuple[Path, ...],
) -> None:
    """Publish a data set on the Hugging Face Hub.

    It is verified first, and listed; --really uploads it. The token is read from the environment, HF_TOKEN, and from
    nowhere else. An upload that was cut off goes on, and the data set appears when it is whole.
    """
    from scmgen.publish import hub
    from scmgen.storage.manifest import read

    if not isinstance(directory, Path):
        raise ScmgenError(f"{directory}: a directory of this machine is needed")
    manifest = read(directory)
    upload = hub.plan(directory, manifest, to)
    _verified(directory, workers, plugin_files, sum(shard.samples for shard in manifest.shards))
    for name, size in upload.files:
        click.echo(f"  {name:<48} {amount(size):>12}")
    contents = f"{len(upload.files)} files, {amount(sum(size for _, size in upload.files))}"
    if not really:
        seen = "public" if public else "private"
        click.echo(f"{to}: would hold {contents}, {seen} if it is new; nothing was sent, --really uploads it")
        return
    with progress("uploading", len(upload.files), "files") as advance:
        page = hub.push(upload, public=public, force=force, progress=advance)
    click.echo(f"{page}: holds {contents}")


def _verified(directory: Path, workers: int, plugin_files: tuple[Path, ...], samples: int) -> None:
    """Raise unless a data set is what its manifest says."""
    from scmgen.checks.verify.verify import verify
    from scmgen.publish import comparison

    beside = functools.partial(comparison.problems, audited=False)
    with progress("verifying", samples) as advance:
        report = verify(directory, workers=workers, plugin_files=plugin_files, progress=advance, companions=beside)
    if report.faults:
        _, first = report.faults[0]
        more = f" (and {len(report.faults) - 1} more)" if len(report.faults) > 1 else ""
        raise ScmgenError(
            f"{directory}: {first}{more}; only what is found right is uploaded: scmgen verify {directory}"
        )
