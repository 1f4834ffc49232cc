"""Factors are called by the nearest name that an equation could read."""

from __future__ import annotations

from pathlib import Path

import labelled_folder
import pytest
from labelled_folder import call

from scmgen.build.imported import naming

here = labelled_folder.here


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "file,a b,a-b\na,1.5,2.5\nb,2,3\n",
            "",
            "t.csv: columns 'a b' and 'a-b' would both be called 'a_b'; rename one",
        ),
        ("file,??\na,1.5\nb,2\n", "", "t.csv: column '??' cannot name a factor; give it a name of letters and digits"),
    ],
)
def test_a_header_that_cannot_name_a_factor_is_told(
    text: str, line: str, message: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(text)
    found = call(monkeypatch, capsys, f"import images --labels t.csv -o out {line}")
    assert found == (2, f"scmgen: {message}\n")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("5_o_Clock_Shadow", "f_5_o_Clock_Shadow"),
        ("Patient Age (years)", "Patient_Age_years"),
        ("class", "class_"),
        ("exp", "exp_"),
        ("index", "index_"),
        ("_x_", "x"),
        ("Höhe", "Hohe"),
        ("Male", "Male"),
        ("__import__('os')", "import___os"),
        ("年", ""),
    ],
)
def test_a_factor_gets_the_nearest_name_that_an_equation_could_read(column: str, name: str) -> None:
    assert naming.factor(column) == name
