"""A data set on the Hugging Face Hub: what is uploaded, and how; it appears there whole or not at all.

Shards go first, one by one, and are no part of anything yet; what the Hub has it is not sent again, so an upload that
was cut off goes on where it stood. One commit then makes them and all beside them the data set.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scmgen.errors import ScmgenError
from scmgen.storage import layout
from scmgen.storage.manifest import Manifest
from scmgen.storage.places.place import folder
from scmgen.terminal import listed

TOKEN, ENDPOINT = "HF_TOKEN", "HF_ENDPOINT"  # environment variables
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_THEIRS = {".gitattributes"}  # which the Hub writes itself
_CURES = {
    401: f"the token in {TOKEN} is not one that the Hub knows, or has run out",
    403: f"the token in {TOKEN} may not write there; it needs the right to write to this name",
    404: "there is no such name, or the token may not see it",
    429: "too many requests; wait some minutes",
}
_GOES_ON = "what was sent is not sent again, the same command goes on"


@dataclass(frozen=True)
class Upload:
    """What a data set is on the Hub.

    Attributes:
        repo: ``OWNER/NAME``.
        directory: where the files are.
        files: name and bytes of each, in the order of sending: the manifest is last.
        title: what the commit is called.
    """

    repo: str
    directory: Path
    files: tuple[tuple[str, int], ...]
    title: str


def plan(directory: Path, manifest: Manifest, to: str) -> Upload:
    """What would be uploaded of a data set.

    Raises:
        ScmgenError: if ``to`` does not name a place on the Hub, or a file is not there.
    """
    kind, _, repo = to.partition(":")
    if kind != "hf" or not _REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise ScmgenError(f"--to {to}: write hf:OWNER/NAME, such as hf:me/pendulum")
    there = folder(directory).names()
    shards = [file.name for shard in manifest.shards for file in shard.files]
    names = [*shards, *reversed(layout.beside(there))]
    try:
        files = tuple((name, (directory / name).stat().st_size) for name in names)
    except OSError as error:
        raise ScmgenError(f"{error.filename}: cannot be read: {error.strerror}") from None
    return Upload(repo, directory, files, f"{manifest.name}, digest {manifest['digest'][:12]}")


def push(
    upload: Upload, *, public: bool = False, force: bool = False, progress: Callable[[int], None] = lambda files: None
) -> str:
    """Upload a data set, and give the address of its page.

    Args:
        upload: what to upload.
        public: whether everybody sees the page, if there is none yet.
        force: remove files of something else that are there.
        progress: called with the number of files that are done.

    Raises:
        ScmgenError: if there is no token or no library, other files are there, or the Hub refuses or cannot be reached.
    """
    token = os.environ.get(TOKEN)
    if not token:
        raise ScmgenError(f"{TOKEN} is not set: a token of the Hub that may write to {upload.repo} is needed there")
    try:
        import huggingface_hub as hub
    except ImportError:
        raise ScmgenError("--to hf:...: needs huggingface_hub: pip install 'scmgen[hub]'") from None
    theirs: Any = importlib.import_module("huggingface_hub.utils")
    theirs.disable_progress_bars()
    theirs.logging.set_verbosity(logging.CRITICAL)  # a line of ours says what its warnings tell
    api: Any = hub.HfApi(endpoint=os.environ.get(ENDPOINT), token=token, library_name="scmgen")
    at = {"repo_id": upload.repo, "repo_type": "dataset"}
    with _told(upload.repo, token):
        page = api.create_repo(**at, private=not public, exist_ok=True)
        others = _others(upload, [entry.path for entry in api.list_repo_tree(**at, recursive=True)], force)
        sent = [
            hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=upload.directory / name)
            for name, _ in upload.files
        ]
        for one in sent:
            api.preupload_lfs_files(**at, additions=[one])
            progress(1)
        gone = [hub.CommitOperationDelete(path_in_repo=name) for name in others]
        api.create_commit(**at, operations=[*gone, *sent], commit_message=upload.title)
    return str(page)


def _others(upload: Upload, there: Sequence[str], force: bool) -> list[str]:
    """Files on the Hub that are none of this data set's, which ``force`` removes."""
    others = sorted({*there} - _THEIRS - {name for name, _ in upload.files})
    if others and not force:
        raise ScmgenError(
            f"hf:{upload.repo}: holds files that are none of this data set's: {listed(others)}; choose another name, "
            "or remove them with --force"
        )
    return others


@contextmanager
def _told(repo: str, token: str) -> Iterator[None]:
    """Say in one message what went wrong, without the token.

    Each generation of the library raises errors of another HTTP client, and the one that sends shards errors of its
    own; all have the answer's status somewhere in the chain of what caused them.
    """
    try:
        yield
    except ScmgenError:
        raise
    except Exception as error:
        causes = [*_causes(error)]
        statuses = (getattr(getattr(cause, "response", None), "status_code", None) for cause in causes)
        status = next(filter(None, statuses), None)
        if status is None:
            lines = str(causes[-1]).splitlines() or [""]
            why = f"cannot be reached, or cut the line ({type(causes[-1]).__name__}: {lines[0]})"
        elif status >= 500:
            why = f"the Hub fails (status {status})"
        else:
            why = f"{_CURES.get(status, 'the Hub refuses')} (status {status})"
        raise ScmgenError(f"hf:{repo}: {why}; {_GOES_ON}".replace(token, "***")) from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
