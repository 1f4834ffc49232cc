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


NUMBERS = [
    ("image;v\na;0,84\nb;0,12\nc;-,5\nd;3\n", [0.84, 0.12, -0.5, 3.0]),
    ("image\tv\na\t1,234\nb\t0,5\nc\t1,5e2\nd\t2\n", [1.234, 0.5, 150.0, 2.0]),
    ("image;v\na;1.234\nb;0.5\nc;7\nd;8\n", [1.234, 0.5, 7.0, 8.0]),
]


@pytest.mark.parametrize(("text", "values"), NUMBERS)
def test_a_decimal_comma_is_read_where_nothing_else_can_be_meant(text: str, values: list[float], here: Path) -> None:
    assert read(text).columns["v"].values.tolist() == values


WHAT_COMMAS_ARE = [
    (
        "image;v\na;1,234\nb;2,500\n",
        "t.csv, column 'v': '1,234' may mean 1.234 or 1234; say --decimal-comma, or write thousands without a mark",
    ),
    (
        "image;v\na;1.234,5\nb;2,5\n",
        "t.csv, line 2, column 'v': found '1.234,5', a number is needed; write thousands without a mark, "
        "or leave the column out with --omit",
    ),
    (
        "image;v\na;0,5\nb;1.5\n",
        "t.csv, line 3, column 'v': found '1.5' after '0,5'; with a decimal comma a point divides nothing",
    ),
    (
        "image;v;w\na;0,5;1.234\nb;0,7;2\n",
        "t.csv: column 'v' has a decimal comma ('0,5'), column 'w' a point ('1.234'); write both alike",
    ),
    (
        'image,v\na,"0,5"\nb,"0,7"\n',
        "t.csv, line 2, column 'v': found '0,5', a number is needed; "
        "if its comma is a decimal one, add --decimal-comma",
    ),
]


@pytest.mark.parametrize(("text", "told"), WHAT_COMMAS_ARE)
def test_a_comma_that_may_be_that_of_thousands_is_asked_about(text: str, told: str, here: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        read(text)
    assert str(caught.value) == told


def test_a_decimal_comma_is_read_on_request(here: Path) -> None:
    assert read("image;v\na;1,234\nb;2,500\n", decimal_comma=True).columns["v"].values.tolist() == [1.234, 2.5]
    assert read('image,v\na,"0,5"\nb,"1,5"\n', decimal_comma=True).columns["v"].values.tolist() == [0.5, 1.5]
    with pytest.raises(ScmgenError, match=r"line 2, column 'v': found '1\.5'; with a decimal comma a point divides"):
        read("image;v\na;1.5\nb;2\n", decimal_comma=True)


CHEST = "image,found,age,\na,Effusion|Mass,61,\nb,No Finding,9,\nc,Mass,44,\nd,Effusion,70,\n"


def test_cells_of_several_values_become_columns_on_request(here: Path) -> None:
    table = read(CHEST, indicators=("found",), none=("No Finding",))
    assert {name: (column.levels, column.values.tolist()) for name, column in table.columns.items()} == {
        "Effusion": (("0", "1"), [1, 0, 0, 1]),
        "Mass": (("0", "1"), [1, 0, 1, 0]),
        "age": ((), [61, 9, 44, 70]),
    }
    assert table.notes == ()
    assert list(read(CHEST, indicators=("found",)).columns) == ["Effusion", "Mass", "No Finding", "age"]
    assert list(read(CHEST, indicators=("found",), none=("No Finding",), omit=("Mass",)).columns) == ["Effusion", "age"]
    assert list(read(CHEST, indicators=("found",), columns=("age", "found", "Mass")).columns) == [
        "age",
        "Effusion",
        "Mass",
        "No Finding",
    ]
    assert list(read(CHEST.replace("No Finding", ""), indicators=("found",), none=("",)).columns)[:2] == [
        "Effusion",
        "Mass",
    ]


def test_without_the_request_it_is_told_that_cells_hold_several_values(here: Path) -> None:
    assert read(CHEST, categorical=("found",)).notes == (
        "cells of 'found' hold several values ('Effusion|Mass'), and each combination is a level; "
        "--indicators found makes a factor of each value",
    )
    with pytest.raises(
        ScmgenError, match="the cell holds several values: --indicators makes a factor of each, or leave"
    ):
        read(CHEST)
    many = "".join(f"{i},w{i}|v\n" for i in range(300))
    with pytest.raises(
        ScmgenError, match="--indicators makes a factor of each value of a cell, or leave the column out"
    ):
        read(f"image,found\n{many}", categorical=("found",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "a,X|none\nb,Y\n",
            "line 2, column 'f': found 'X|none', where 'none' means none (--none) and another value is there",
        ),
        (
            "a,X\nb,Y|\n",
            "line 3, column 'f': found 'Y|', a value is missing; "
            'fill it, or say with --none "" that it means none of them',
        ),
        ("a,X\nb,X|Y\n", "column 'X': is 1 in every row and tells nothing; leave the column out with --omit"),
        ("a,g|Y\nb,X\n", "column 'f': its value 'g' is the name of a column, too"),
        (
            "a,X\nb," + "|".join(f"w{i}" for i in range(257)) + "\n",
            "column 'f': 258 different values, more than 256; leave the column out with --omit",
        ),
    ],
)
def test_cells_of_several_values_that_cannot_be_columns_are_told(text: str, told: str, here: Path) -> None:
    first, second, _ = text.split("\n")
    with pytest.raises(ScmgenError) as caught:
        read(f"image,f,g\n{first},1\n{second},2\n", indicators=("f",), none=("none",))
    assert str(caught.value) == f"t.csv, {told}"


def test_an_option_that_names_no_value_of_a_cell_is_told(here: Path) -> None:
    with pytest.raises(ScmgenError, match=r"^--columns: t\.csv has no column 'Mas'; did you mean 'Mass'\?$"):
        read(CHEST, indicators=("found",), columns=("Mas",))
    with pytest.raises(ScmgenError, match=r"^--indicators: t\.csv has no column 'fond'; did you mean 'found'\?$"):
        read(CHEST, indicators=("fond",))
