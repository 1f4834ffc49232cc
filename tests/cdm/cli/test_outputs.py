"""The option -o: a file of one format is called what it is, and a wrong name is refused before any work."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cdm.cli import main
from cdm.errors import CdmError

NOWHERE = ["--data", "nowhere"]


@pytest.mark.parametrize(
    ("arguments", "what", "suffix"),
    [
        (["sample"], "the picture", ".png"),
        (["counterfactual", *NOWHERE, "--do", "a=1"], "the picture", ".png"),
        (["traverse", *NOWHERE], "the picture", ".png"),
        (["encode", *NOWHERE], "the table", ".csv"),
        (["evaluate", *NOWHERE], "the evaluation", ".json"),
    ],
)
@pytest.mark.parametrize("name", ["x.txt", "x", "x.jpg"])
def test_a_name_that_says_something_else_is_refused(
    tmp_path: Path, arguments: list[str], what: str, suffix: str, name: str
) -> None:
    out = tmp_path / name
    line = [arguments[0], str(tmp_path / "no-run"), *arguments[1:], "-o", str(out)]
    done = CliRunner().invoke(main.cli, line, standalone_mode=False)
    assert isinstance(done.exception, CdmError)
    said = f"{out}: {what} is a {suffix[1:].upper()} file; call it {tmp_path / 'x'}{suffix}"
    assert str(done.exception) == said
    assert list(tmp_path.iterdir()) == []


def test_the_case_of_a_suffix_does_not_matter(tmp_path: Path) -> None:
    done = CliRunner().invoke(main.cli, ["sample", str(tmp_path), "-o", str(tmp_path / "X.PNG")], standalone_mode=False)
    assert "there is no checkpoint" in str(done.exception)
