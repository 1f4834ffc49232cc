"""What an import is asked for: how options are read, and what is said of those that cannot be."""

from __future__ import annotations

from pathlib import Path

import labelled_folder
import pytest
from labelled_folder import GOOD, call

from scmgen.build.imported import request
from scmgen.build.imported.request import Request
from scmgen.errors import ScmgenError

here = labelled_folder.here


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD, "--circular x=2:0", "--circular x=2:0: 2 is not below 0"),
        (GOOD, "--circular x=0", "--circular x=0: write COLUMN, or COLUMN=LOW:HIGH with its period"),
        (GOOD, "--splits train=1 --split-column on", "--splits does not go with --split-column"),
        (GOOD, "--splits train", "--splits: found 'train', write NAME=SHARE,NAME=SHARE,..."),
        (GOOD, "--splits train=0", "--splits: the share of 'train' is 0; a positive number is needed"),
        (GOOD, "--splits a=1,a=2", "--splits: the name 'a' stands there twice"),
        (GOOD, "--splits A=1", "--splits: the name 'A' is not made of lower-case letters, digits and _"),
        (
            GOOD,
            "--name A",
            "--name: 'A' cannot name a data set; write up to 60 lower-case letters, digits, - and _, "
            "the first a letter or digit",
        ),
    ],
)
def test_an_option_that_cannot_be_read_is_told(
    text: str, line: str, message: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(text)
    found = call(monkeypatch, capsys, f"import images --labels t.csv -o out {line}")
    assert found == (2, f"scmgen: {message}\n")
    assert not Path("out").exists()


def test_the_name_of_a_data_set_is_that_of_its_folder(tmp_path: Path) -> None:
    assert Request(tmp_path / "Img Align (CelebA)", ()).called == "img-align-celeba"
    with pytest.raises(ScmgenError, match=r"^--name: '' cannot name a data set; "):
        _ = Request(tmp_path / "年", ()).called


def test_shares_and_periods_are_read() -> None:
    assert request.shares("train=0.8, test=1") == {"train": 0.8, "test": 1.0}
    assert request.period("a=b=-1:1") == ("a=b", (-1.0, 1.0))
