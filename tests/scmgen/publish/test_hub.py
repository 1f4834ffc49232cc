"""Data sets on the Hub: what is listed and sent, to a server on this machine, and what each failure says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("huggingface_hub", reason="needs scmgen[hub]")

import huggingface_hub.constants
import shell_here
from building import pendulum
from hub_server import CUT, TOKEN, Hub, serving
from shell_here import Shell

from scmgen.build.generated import build

shell = shell_here.shell
pytestmark = pytest.mark.filterwarnings("ignore:Use .content:DeprecationWarning")  # theirs


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hub") / "d"
    build(pendulum(60, shard_size=20), out)
    return out


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)  # of which this machine has no server
    hurried = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})
    monkeypatch.setattr("huggingface_hub.utils._http.time", hurried)
    with serving() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_without_really_files_are_listed_and_nothing_is_sent(shell: Shell, built: Path, hub: Hub) -> None:
    status, out, err = shell("push", built, "--to", "hf:me/swing", "-j", 1)
    *files, last = out.splitlines()
    assert (status, err) == (0, "") and {line.split()[0] for line in files} == set(contents(built))
    assert files[0].split()[0] == "pendulum-train-000000.tar" and files[-1].split()[0] == "manifest.json"
    assert last.startswith(f"hf:me/swing: would hold {len(files)} files, ")
    assert last.endswith("private if it is new; nothing was sent, --really uploads it")
    assert hub.calls == []


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


@pytest.mark.parametrize("to", ["me/swing", "hf:swing", "hf:me/a/b", "s3:me/swing", "hf:me/..", "hf:"])
def test_a_place_has_an_owner_and_a_name(shell: Shell, built: Path, to: str) -> None:
    told = f"--to {to}: write hf:OWNER/NAME, such as hf:me/pendulum"
    assert shell("push", built, "--to", to) == (2, "", f"scmgen: {told}\n")


def test_what_is_not_what_it_says_is_not_sent(shell: Shell, built: Path, hub: Hub, tmp_path: Path) -> None:
    for name, data in contents(built).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "pendulum-train-000001.tar").write_bytes(bytes(2048))
    status, _, err = shell("push", tmp_path, "--to", "hf:me/swing", "--really", "-j", 1)
    assert status == 2 and err.startswith(f"scmgen: {tmp_path}: pendulum-train-000001.tar")
    assert err.endswith(f"only what is found right is uploaded: scmgen verify {tmp_path}\n") and hub.calls == []
