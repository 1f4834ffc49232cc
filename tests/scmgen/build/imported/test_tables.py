"""Tables of labels: how cells become columns, and what is said of a table that cannot be used."""

from __future__ import annotations

from pathlib import Path

import labelled_folder
import pytest
from labelled_folder import GOOD, call, read

from scmgen.build.imported import pack, tables
from scmgen.build.imported.request import Request
from scmgen.errors import ScmgenError

here = labelled_folder.here


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", "", "t.csv: needs a line of column names, file names and one factor at least; found []"),
        ("file\na\n", "", "t.csv: needs a line of column names, file names and one factor at least; found ['file']"),
        ("file,x\n", "", "t.csv: has column names and no row"),
        ("file,x,x\na,1,2\n", "", "t.csv: columns 2 and 3 are both called 'x'"),
        ("file,x\na,1,2\n", "", "t.csv, line 2: 3 cells, where the header has 2"),
        ('file,x\na,"1\n', "", "t.csv, line 2: is not a row of a table: unexpected end of data"),
        (
            "file,x\na,1.5\n\nb,\n",
            "",
            "t.csv, line 4, column 'x': found '', a number is needed; "
            "fill it, remove the row, or leave the column out with --omit",
        ),
        (
            "file,x\na,1.5\nb,NaN\n",
            "",
            "t.csv, line 3, column 'x': found 'NaN', a number is needed; "
            "fill it, remove the row, or leave the column out with --omit",
        ),
        (
            "file,x\na,1.5\nb,tall\n",
            "",
            "t.csv, line 3, column 'x': found 'tall', a number is needed; "
            "if cells are words, add --categorical, or leave the column out with --omit",
        ),
        (
            "file,x\na,red\nb,\n",
            "--categorical x",
            "t.csv, line 3, column 'x': the cell is empty; "
            "fill it, remove the row, or leave the column out with --omit",
        ),
        (
            "file,x\na,r g\nb,r  g\n",
            "--categorical x",
            "t.csv, column 'x': two values differ in nothing but their blanks",
        ),
        (
            "file,x\na,1\nb,1\n",
            "",
            "t.csv, column 'x': is 1 in every row and tells nothing; leave the column out with --omit",
        ),
        (GOOD, "--columns y", "--columns: t.csv has no column 'y'; allowed: on, x"),
        (GOOD, "--columns x,onn", "--columns: t.csv has no column 'onn'; did you mean 'on'?"),
        (GOOD, "--columns file", "--columns: t.csv has no column 'file' (it holds the file names); allowed: on, x"),
        (GOOD, "--omit x,on", "t.csv: no column is left that could be a factor"),
        (GOOD, "--omit zz", "--omit: t.csv has no column 'zz'; allowed: on, x"),
        (GOOD, "--categorical o", "--categorical: t.csv has no column 'o'; did you mean 'on'?"),
        (GOOD, "--circular z", "--circular: t.csv has no column 'z'; allowed: on, x"),
        (GOOD, "--key-column name", "--key-column: t.csv has no column 'name'; allowed: on, x"),
        (GOOD, "--split-column part", "--split-column: t.csv has no column 'part'; allowed: on, x"),
        (
            "file,x,part\na,1,train\nb,2,\n",
            "--split-column part",
            "t.csv, line 3, column 'part': the cell is empty; every row must name its split",
        ),
        (GOOD, "--labels u.csv", "u.csv: cannot be read: No such file or directory"),
    ],
)
def test_a_table_that_cannot_be_used_is_told(
    text: str, line: str, message: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(text)
    found = call(monkeypatch, capsys, f"import images --labels t.csv -o out {line}")
    assert found == (2, f"scmgen: {message}\n")
    assert not Path("out").exists()


def test_what_is_no_text_is_told(here: Path) -> None:
    Path("t.csv").write_bytes(b"file,x\na,\xff\n")
    with pytest.raises(
        ScmgenError,
        match=r"t\.csv: is not UTF-8 text \(invalid start byte\); if it is a table, read it with --encoding latin-1",
    ):
        tables.read(Request(Path("images"), (Path("t.csv"),)))


def test_more_levels_than_a_factor_may_have_are_told(here: Path) -> None:
    rows = "".join(f"{i},p{i}\n" for i in range(300))
    told = "t.csv, column 'patient': 300 different values, more than the 256 levels that a factor may have; leave"
    with pytest.raises(ScmgenError, match=told):
        read(f"file,patient\n{rows}", categorical=("patient",))


def test_columns_are_typed_by_their_cells(here: Path) -> None:
    text = 'file,sign,code,height,word,size\na,-1,3.0,1.5,"No Finding",10\nb,1,7,2,b,9\nc,-1,3,2,b,1e1\n'
    found = read(text, categorical=("word", "size")).columns
    assert {name: (column.levels, column.values.tolist()) for name, column in found.items()} == {
        "sign": (("-1", "1"), [0.0, 1.0, 0.0]),
        "code": (("3", "7"), [0.0, 1.0, 0.0]),
        "height": ((), [1.5, 2.0, 2.0]),
        "word": (("No_Finding", "b"), [0.0, 1.0, 1.0]),
        "size": (("9", "10"), [1.0, 0.0, 1.0]),
    }


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_may_have_a_mark_blank_lines_and_columns_without_a_name(mark: str, here: Path) -> None:
    text = "\ufefffile,x,,long name\n\na,1.5,old,2.5\nb,2,,3.5\n,,,\n".replace(",", mark)
    found = read(text)
    assert (found.keys, list(found.columns), list(found.lines)) == (["a", "b"], ["x", "long name"], [3, 4])


def test_the_names_may_stand_in_any_column_and_splits_in_another_table(here: Path) -> None:
    Path("parts.csv").write_text("image,partition\nc.png,2\na.png,0\nb.png,1\nd.png,0\nunused.png,1\n")
    Path("t.csv").write_text("x,file\n1.5,a.png\n2.5,b.png\n3.5,c.png\n4.5,d.png\n")
    asked = Request(Path("images"), (Path("t.csv"), Path("parts.csv")), key="file", split_column="partition")
    job = pack.prepare(asked)
    assert {split: sorted(files) for split, files in job.files.items()} == {
        "train": ["a.png", "d.png"],
        "validation": ["b.png"],
        "test": ["c.png"],
    }
    assert list(job.source.factors) == ["x"]
    with pytest.raises(ScmgenError, match=r"^parts\.csv, line 6: 'unused\.png' has no row in t\.csv$"):
        tables.read(Request(Path("images"), (Path("parts.csv"), Path("t.csv")), key="file"))
    Path("parts.csv").write_text("image,x\nc.png,2\n")
    with pytest.raises(ScmgenError, match=r"^parts\.csv: column 'x' stands in t\.csv too$"):
        tables.read(Request(Path("images"), (Path("t.csv"), Path("parts.csv")), key="file"))
