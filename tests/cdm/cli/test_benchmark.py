"""The command of the benchmark: what it refuses before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from trainings import call

from cdm.errors import CdmError


def test_a_table_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CdmError, match=r"t\.txt: a table is a file that ends in \.md, \.tex, \.csv$"):
        call("benchmark", str(tmp_path / "plan.toml"), "-o", str(tmp_path / "out"), "--table", "t.txt")
    assert not (tmp_path / "out").exists()


def test_a_plan_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CdmError, match=r"plan\.toml: cannot be read: No such file or directory$"):
        call("benchmark", str(tmp_path / "plan.toml"), "-o", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
