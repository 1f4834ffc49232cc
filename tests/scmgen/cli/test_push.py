"""The command `push`: what it lists and refuses before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub", reason="needs scmgen[hub]")

import hub_here
import shell_here
from hub_here import contents
from hub_server import Hub
from shell_here import Shell

shell, built, hub = shell_here.shell, hub_here.built, hub_here.hub


def test_without_really_files_are_listed_and_nothing_is_sent(shell: Shell, built: Path, hub: Hub) -> None:
    status, out, err = shell("push", built, "--to", "hf:me/swing", "-j", 1)
    *files, last = out.splitlines()
    assert (status, err) == (0, "") and {line.split()[0] for line in files} == set(contents(built))
    assert files[0].split()[0] == "pendulum-train-000000.tar" and files[-1].split()[0] == "manifest.json"
    assert last.startswith(f"hf:me/swing: would hold {len(files)} files, ")
    assert last.endswith("private if it is new; nothing was sent, --really uploads it")
    assert hub.calls == []


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
