"""Cells as values: numbers with a point or a comma, words, and several words a cell."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import labelled_folder
import numpy as np
import pytest
from labelled_folder import read

from scmgen.build.imported import columns, pack
from scmgen.build.imported.request import Request
from scmgen.errors import ScmgenError

here = labelled_folder.here

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


@pytest.mark.parametrize(
    ("name", "values", "key"),
    [
        ("id", [7, 3, 9], True),
        ("patient_ID", [1, 1, 2], True),
        ("x", range(20), True),
        ("x", [*range(19), 18], False),
        ("x", range(10), False),
        ("width", [0.5, 1.5, 2.5], False),
        ("grid", [1, 2, 4], False),
    ],
)
def test_a_column_that_numbers_its_rows_is_known_by_its_name_or_its_values(
    name: str, values: object, key: bool
) -> None:
    assert columns.is_key(name, columns.Column(np.array(values, np.float64))) == key


def test_a_column_that_seems_a_key_is_noted_unless_it_is_asked_for(here: Path) -> None:
    Path("t.csv").write_text("file,id,x\na,17,1\nb,4,2\nc,9,3\nd,12,4\n")
    request = Request(Path("images"), (Path("t.csv"),), splits={"all": 1})
    assert pack.prepare(request).notes == (
        "'id' seems to say which image it is, and not what it shows; it is taken for a factor: --omit id leaves it "
        "out, --columns says that it is one",
    )
    assert pack.prepare(dataclasses.replace(request, omit=("id",))).notes == ()
    assert pack.prepare(dataclasses.replace(request, columns=("id", "x"))).notes == ()
