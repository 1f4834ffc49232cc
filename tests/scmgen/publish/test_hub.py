"""Data sets on the Hub: what is listed and sent, to a server on this machine, and what each failure says."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub", reason="needs scmgen[hub]")

import hub_here
import shell_here
from hub_here import contents
from hub_server import CUT, TOKEN, Hub
from shell_here import Shell

shell, built, hub = shell_here.shell, hub_here.built, hub_here.hub
pytestmark = pytest.mark.filterwarnings("ignore:Use .content:DeprecationWarning")  # theirs


def test_a_data_set_is_sent_whole_and_only_once(shell: Shell, built: Path, hub: Hub) -> None:
    status, out, err = shell("push", built, "--to", "hf:me/swing", "--really", "-j", 1)
    assert (status, err) == (0, "") and out.splitlines()[-1].startswith(f"{hub.url}/datasets/me/swing: holds ")
    assert hub.files == contents(built) and hub.repos == {"me/swing": True} and len(hub.commits) == 1
    hub.calls.clear()
    assert shell("push", built, "--to", "hf:me/swing", "--really", "-j", 1).status == 0
    assert hub.files == contents(built) and not any("/blobs/" in call for call in hub.calls)


def test_an_upload_that_was_cut_off_goes_on(shell: Shell, built: Path, hub: Hub) -> None:
    hub.failing = {"/commit/": 500}
    line = ["push", built, "--to", "hf:me/swing", "--really", "--public", "-j", 1]
    told = "the Hub fails (status 500); what was sent is not sent again, the same command goes on"
    assert shell(*line).err == f"scmgen: hf:me/swing: {told}\n"
    assert hub.files == {} and len(hub.blobs) == len([*built.glob("*.tar")]) and hub.repos == {"me/swing": False}
    hub.failing, hub.calls = {}, []
    assert shell(*line).status == 0
    assert hub.files == contents(built) and not any("/blobs/" in call for call in hub.calls)


def test_files_of_something_else_stay_unless_they_are_told_to_go(shell: Shell, built: Path, hub: Hub) -> None:
    hub.files = {".gitattributes": b"", "other-train-000000.tar": b"x"}
    line = ["push", built, "--to", "hf:me/swing", "--really", "-j", 1]
    status, _, err = shell(*line)
    told = "holds files that are none of this data set's: other-train-000000.tar; choose another name, or remove them"
    assert (status, err) == (2, f"scmgen: hf:me/swing: {told} with --force\n") and hub.commits == []
    assert shell(*line, "--force").status == 0
    assert hub.files == {".gitattributes": b"", **contents(built)}


@pytest.mark.parametrize(
    ("where", "status", "message"),
    [
        ("/create", 401, "the token in HF_TOKEN is not one that the Hub knows, or has run out (status 401)"),
        ("/create", 403, "the token in HF_TOKEN may not write there; it needs the right to write to this name"),
        ("/preupload/", 429, "too many requests; wait some minutes (status 429)"),
        ("/blobs/", 500, "the Hub fails (status 500)"),
        ("/blobs/", CUT, "cannot be reached, or cut the line ("),
        ("/commit/", CUT, "cannot be reached, or cut the line ("),
    ],
)
def test_each_failure_is_one_message(
    shell: Shell, built: Path, hub: Hub, where: str, status: int, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    hub.failing = {where: status}
    done = shell("push", built, "--to", "hf:me/swing", "--really", "-j", 1)
    assert done.status == 2 and done.err.startswith(f"scmgen: hf:me/swing: {message}")
    assert done.err.count("\n") == 1 and done.err.endswith("is not sent again, the same command goes on\n")
    assert TOKEN not in done.out + done.err + caplog.text and hub.commits == []


def test_a_token_is_needed_and_comes_from_the_environment_only(
    shell: Shell, built: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    status, _, err = shell("push", built, "--to", "hf:me/swing", "--really", "-j", 1)
    told = "HF_TOKEN is not set: a token of the Hub that may write to me/swing is needed there"
    assert (status, err, hub.calls) == (2, f"scmgen: {told}\n", [])
