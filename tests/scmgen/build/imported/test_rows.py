"""The text of a table as rows: every customary form is told from its content, and no file is read without a bound."""

from __future__ import annotations

import os
from pathlib import Path

import labelled_folder
import pytest
from labelled_folder import call, read

from scmgen.build.imported import rows, tables
from scmgen.build.imported.request import Request
from scmgen.errors import ScmgenError

here = labelled_folder.here

CELEBA = "4\nbald smiling young \na.png -1  1  1 \nb.png  1 -1  1 \nc.png -1 -1 -1 \nd.png  1  1 -1 \n"


def refused(data: str | bytes, **asked: object) -> str:
    Path("t.txt").write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(ScmgenError) as caught:
        tables.read(Request(Path("images"), (Path("t.txt"),), **asked))  # type: ignore[arg-type]
    return str(caught.value)


def test_the_attributes_of_celeba_are_read_as_they_are_given_away(here: Path) -> None:
    table = read(CELEBA)
    assert table.keys == ["a.png", "b.png", "c.png", "d.png"]
    assert {name: (column.levels, column.values.tolist()) for name, column in table.columns.items()} == {
        "bald": (("-1", "1"), [0, 1, 0, 1]),
        "smiling": (("-1", "1"), [1, 0, 0, 1]),
        "young": (("-1", "1"), [1, 1, 0, 0]),
    }
    boxes = read("2\nimage_id x_1 y_1\na.png    95   71\nb.png  72   94\n", columns=("x_1",))
    assert (boxes.keys, boxes.columns["x_1"].values.tolist()) == (["a.png", "b.png"], [1, 0])


@pytest.mark.parametrize(
    "text",
    [
        "image v w\na 1 2.5\nb 3 4\n",
        "  image   v  w \n a   1  2.5\n\nb 3    4 \n",
        'image "v" w\n"a" 1 2.5\nb 3 4\n',
        "2\nimage,v,w\na,1,2.5\nb,3,4\n",
        "image,v,w,,\na,1,2.5\nb,3,4,,,\n",
    ],
)
def test_runs_of_blanks_a_count_and_empty_cells_beyond_the_header_divide_no_cells(text: str, here: Path) -> None:
    table = read(text)
    assert (table.keys, table.columns["w"].values.tolist()) == (["a", "b"], [2.5, 4.0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CELEBA.replace("4", "5", 1), "t.txt: its first line says 5 rows, there are 4"),
        (
            "a.png 0\nb.png 1\n",
            "t.txt: its first line names an image, 'a.png', and a line of column names is needed; "
            "a list of splits is read by --split-file t.txt",
        ),
        ("3\n", "t.txt: needs a line of column names, file names and one factor at least; found []"),
        ("image v w\na 1\n", "t.txt, line 2: 2 cells, where the header has 3"),
        ("image,v\na,1,x\n", "t.txt, line 2: 3 cells, where the header has 2"),
    ],
)
def test_a_text_that_is_no_table_is_told(text: str, told: str, here: Path) -> None:
    assert refused(text) == told


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le", "gb18030"])
def test_a_text_is_read_in_the_encoding_that_is_named(encoding: str, here: Path) -> None:
    text = "image,Größe\na,1.5\nb,2.5\n"
    assert "--encoding " in refused(text.encode(encoding))
    table = tables.read(Request(Path("images"), (Path("t.txt"),), encoding=encoding))
    assert table.columns["Größe"].values.tolist() == [1.5, 2.5]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_text_that_begins_with_its_encoding_needs_no_option(encoding: str, here: Path) -> None:
    Path("t.txt").write_bytes("image,Größe\na,1.5\nb,2.5\n".encode(encoding))
    assert list(tables.read(Request(Path("images"), (Path("t.txt"),))).columns) == ["Größe"]


@pytest.mark.parametrize("encoding", ["hex", "idna", "undefined", "nonsense", "a\0b", "unicode_escape"])
def test_what_encodes_no_text_is_told(encoding: str, here: Path) -> None:
    assert refused("image,v\na,1\n", encoding=encoding).startswith(f"--encoding: {encoding!r} is no encoding of text; ")
    assert refused("image,v\na,1\n", encoding="latin1x").endswith("; did you mean 'latin-1'?")


def test_the_wrong_encoding_is_told(here: Path) -> None:
    problem = "is not utf-16 text (UTF-16 stream does not start with BOM)"
    told = f"t.txt: {problem}; if it is a table, read it with another --encoding"
    assert refused("image,v\na,1\n", encoding="utf-16") == told


@pytest.mark.parametrize(
    ("name", "kind"), [("pipe", "a FIFO"), ("/dev/zero", "a device"), ("large", "5,000,000,000 bytes")]
)
@pytest.mark.parametrize("option", ["--labels", "--labels t.csv --split-file", "--labels t.csv --graph"])
def test_what_is_no_table_of_a_bounded_size_is_never_read(
    name: str, kind: str, option: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text("image,v\na,1.5\nb,2.5\n")
    os.mkfifo("pipe")
    Path("large").write_text("image,v\n")
    os.truncate("large", 5_000_000_000)
    status, told = call(monkeypatch, capsys, f"import images {option} {name} -o out")
    most = "16,000,000" if "graph" in option else f"{rows.MOST_BYTES:,}"
    rest = f"has {kind}; at most {most} are read" if name == "large" else f"is {kind}; a regular file is needed"
    assert (status, told) == (2, f"scmgen: {name}: {rest}\n")
    assert not Path("out").exists()


def test_a_row_without_an_end_is_told(here: Path) -> None:
    for text in ("image,v\n" + "a" * 1_100_000 + ",1\n", "image" + ",c" * 600_000, "image,v\n" + '"a\n",' * 250_000):
        assert refused(text) == "t.txt: has a row of more than 1,000,000 characters"
    told = "t.txt: needs a line of column names, file names and one factor at least; found ['99999999999999999999']"
    assert refused("9" * 20 + "\nimage,v\na,1\n") == told


def test_rows_and_cells_are_counted_as_they_are_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 3)
    assert refused("image,v\na,1\nb,2\nc,3\nd,4\n") == "t.txt: has more than 3 rows"
    monkeypatch.setattr(tables, "MOST_CELLS", 3)
    told = "t.txt: more than 3 cells; name the --columns that are factors"
    assert refused("image,v,w\na,1,2\nb,2,3\n") == told
