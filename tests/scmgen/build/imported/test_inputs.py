"""What an import is given: tables, images and graphs of every kind, and what is said of those that cannot be used."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scmgen.build.imported import naming, pack, pictures, request, tables
from scmgen.build.imported.request import Request
from scmgen.cli.main import main
from scmgen.errors import ScmgenError
from scmgen.scm import graph_file
from scmgen.scm.graph import adjacency, edges
from scmgen.scm.notation import Notation, write

Pixels = Callable[[int, int], Any]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder with ``images`` of four grey squares, a.png to d.png."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    for level, name in enumerate("abcd"):
        Image.new("L", (8, 8), 40 * level).save(tmp_path / "images" / f"{name}.png")
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["scmgen", *line.split(), "-j", "1"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert isinstance(caught.value.code, int)
    return caught.value.code, capsys.readouterr().err


def read(text: str, **asked: Any) -> tables.LabelTable:
    Path("t.csv").write_text(text, encoding="utf-8")
    return tables.read(Request(Path("images"), (Path("t.csv"),), **asked))


# Tables

GOOD = "file,x,on\na,1.5,0\nb,2,1\nc,3,1\nd,-4,0\n"


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
        ("file,x\na,r g\nb,r  g\n", "--categorical x", "t.csv, column 'x': two values differ in nothing but "
         "their blanks"),
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
        (GOOD, "--circular on", "t.csv, column 'on': has levels (0, 1, ...), which cannot be circular"),
        (
            "file,x\na,1.5\nb,-900\n",
            "--circular x",
            "t.csv, column 'x': runs from -900 to 1.5: write its period, --circular x=LOW:HIGH",
        ),
        (GOOD, "--circular x=0:2", "t.csv, column 'x': runs from -4 to 3, outside its period 0 to 2"),
        (GOOD, "--circular x=2:0", "--circular x=2:0: 2 is not below 0"),
        (GOOD, "--circular x=0", "--circular x=0: write COLUMN, or COLUMN=LOW:HIGH with its period"),
        (GOOD, "--splits train=1 --split-column on", "--splits does not go with --split-column"),
        (GOOD, "--splits train", "--splits: found 'train', write NAME=SHARE,NAME=SHARE,..."),
        (GOOD, "--splits train=0", "--splits: the share of 'train' is 0; a positive number is needed"),
        (GOOD, "--splits a=1,a=2", "--splits: the name 'a' stands there twice"),
        (GOOD, "--splits A=1", "--splits: the name 'A' is not made of lower-case letters, digits and _"),
        ("file,x,part\na,1,train\nb,2,\n", "--split-column part", "t.csv, line 3, column 'part': the cell is empty; "
         "every row must name its split"),
        ("file,x,part\na,1,train\nb,2,?\n", "--split-column part", "--split-column part: '?' cannot name a split; "
         "write train, test, ..."),
        ("file,a b,a-b\na,1.5,2.5\nb,2,3\n", "", "t.csv: columns 'a b' and 'a-b' would both be called 'a_b'; "
         "rename one"),
        ("file,??\na,1.5\nb,2\n", "", "t.csv: column '??' cannot name a factor; give it a name of letters and digits"),
        (GOOD, "--labels u.csv", "u.csv: cannot be read: No such file or directory"),
        (GOOD, "--name A", "--name: 'A' cannot name a data set; write up to 60 lower-case letters, digits, - and _, "
         "the first a letter or digit"),
        # rows and images
        (
            "file,x\na,1.5\nx,2\nb,3\n",
            "",
            "t.csv, line 3: 'x' is no image of images; add it, or remove the row",
        ),
        (
            "file,x\na.png,1.5\nbb.png,2\nzz,3\n",
            "",
            "t.csv, line 3: 'bb.png' is no image of images (2 of 3 rows have none); add it, or remove the row; "
            "did you mean 'b.png'?",
        ),
        (
            "id,x\n1,1.5\n2,2\n",
            "",
            "t.csv: no row names an image of images: the first row says '1', the folder holds 'a.png'; "
            "--key-column says which column holds file names",
        ),
        ("file,x\na,1.5\na.png,2\n", "", "t.csv, line 3: a.png stands already in line 2"),
        ("file,x\n,1.5\na,2\n", "", "t.csv, line 2: '' is no image of images; add it, or remove the row"),
    ],
)  # fmt: skip
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
        ScmgenError, match=r"t\.csv: is not UTF-8 text \(invalid start byte\); a CSV or TSV file is needed"
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


def test_splits_are_called_as_the_column_says_train_first(here: Path) -> None:
    Path("t.csv").write_text("file,x,part\na,1.5,Test\nb,2,holdout\nc,3,TRAIN\nd,4,val\n")
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), split_column="part"))
    assert job.source.splits == {"train": 1, "val": 1, "holdout": 1, "test": 1}


def test_a_table_names_images_in_folders_with_or_without_path_and_suffix(here: Path) -> None:
    for name in ("p/1.png", "p/2.png", "q/3.jpeg", "q/1.png", ".hidden/9.png", "q/._1.png", "__MACOSX/1.png"):
        path = Path("images") / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(path, "PNG")
    Path("t.csv").write_text("file,x\na,1\np/1.png,2\n2.png,3\n3,4\n/root/somewhere/q/1,5\nq\\3.jpeg,6\n")
    with pytest.raises(ScmgenError, match=r"^t\.csv, line 7: q/3\.jpeg stands already in line 5$"):
        pack.prepare(Request(Path("images"), (Path("t.csv"),)))
    Path("t.csv").write_text("file,x\na,1\np/1.png,2\n2.png,3\n3,4\n/root/somewhere/q/1,5\n")
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), splits={"all": 1}))
    assert sorted(job.files["all"]) == ["a.png", "p/1.png", "p/2.png", "q/1.png", "q/3.jpeg"]
    assert job.notes == ("3 images of images stand in no row of the table and were left out",)
    Path("t.csv").write_text("file,x\n2,1\n1.png,2\n")
    told = r"^t\.csv, line 3: '1\.png' may be any of p/1\.png, q/1\.png; write the whole path from images$"
    with pytest.raises(ScmgenError, match=told):
        pack.prepare(Request(Path("images"), (Path("t.csv"),)))


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


def test_the_name_of_a_data_set_is_that_of_its_folder(tmp_path: Path) -> None:
    assert Request(tmp_path / "Img Align (CelebA)", ()).called == "img-align-celeba"
    with pytest.raises(ScmgenError, match=r"^--name: '' cannot name a data set; "):
        _ = Request(tmp_path / "年", ()).called


def test_a_split_that_no_image_is_left_for_is_none(here: Path) -> None:
    Path("t.csv").write_text(GOOD)
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), splits={"a": 1, "b": 1_000}))
    assert job.source.splits == {"b": 4}


def test_shares_and_periods_are_read() -> None:
    assert request.shares("train=0.8, test=1") == {"train": 0.8, "test": 1.0}
    assert request.period("a=b=-1:1") == ("a=b", (-1.0, 1.0))


# Images


def test_a_folder_without_images_is_told(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(GOOD)
    Path("empty").mkdir()
    for place, told in {
        "empty": "empty: holds no image; what is read: bmp, jpeg, jpg, png, tif, tiff, webp",
        "nowhere": "nowhere: is not there; a folder of images is needed",
        "t.csv": "t.csv: is no directory; a folder of images is needed",
    }.items():
        assert call(monkeypatch, capsys, f"import {place} --labels t.csv") == (2, f"scmgen: {told}\n")


HINT = "--size N crops each image to its middle square and resizes it to N x N"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda path: Image.new("L", (9, 8)).save(path),
            f"images differ in size: a.png is 8 x 8, b.png is 9 x 8; {HINT}",
        ),
        (lambda path: path.write_text("hello"), "b.png: is no PNG, JPEG, WebP, BMP or TIFF image"),
        (lambda path: path.write_bytes(b""), "b.png: is no PNG, JPEG, WebP, BMP or TIFF image"),
        (lambda path: Image.new("L", (8, 8)).save(path, "GIF"), "b.png: is no PNG, JPEG, WebP, BMP or TIFF image"),
        (
            lambda path: bomb(path, 12_000),
            "b.png: 12,000 x 12,000 pixels; images of more than 100,000,000 pixels are not",
        ),
        (lambda path: bomb(path, 60_000), "b.png: images of more than 100,000,000 pixels are not read"),
        (lambda path: path.write_bytes(path.read_bytes()[:50]), "b.png: cannot be read: "),
    ],
)
def test_an_image_that_cannot_be_used_is_told_and_nothing_stays(
    make: Callable[[Path], object],
    message: str,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("t.csv").write_text(GOOD)
    make(Path("images/b.png"))
    status, told = call(monkeypatch, capsys, "import images --labels t.csv -o out --shard-size 1")
    assert (status, message in told, told.count("\n")) == (2, True, 1)
    assert not Path("out").exists() or list(Path("out").iterdir()) == []


def bomb(path: Path, side: int) -> None:
    """Write a PNG of few bytes that claims many pixels."""
    data = bytearray(path.read_bytes())
    data[16:24] = side.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)


def test_an_image_that_is_no_square_asks_for_a_size(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "abcd":
        Image.new("L", (12, 8)).save(Path("images") / f"{name}.png")
    Path("t.csv").write_text(GOOD)
    told = f"scmgen: images/a.png: 12 x 8 is no square; {HINT}\n"
    assert call(monkeypatch, capsys, "import images --labels t.csv -o out") == (2, told)


def test_an_image_that_is_gone_when_it_is_decoded_leaves_nothing_behind(here: Path) -> None:
    Path("t.csv").write_text(GOOD)
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), shard_size=1))
    Path("images/b.png").unlink()
    with pytest.raises(ScmgenError, match=r"^images/b\.png: is gone$"):
        pack.write(job, "out")
    assert list(Path("out").iterdir()) == []


def one(path: Path, image: Image.Image, size: int, white: int | None = None, **how: Any) -> Any:
    image.save(path, **how)
    found = pictures.read(path, size, white)
    assert (found.shape, found.dtype) == ((size, size, 3), np.uint8)
    return found


RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
COLOUR = np.stack([RAMP, RAMP[::-1], RAMP.T], axis=-1)


def test_colour_grey_and_palettes_keep_their_pixels(tmp_path: Path) -> None:
    grey = np.stack([RAMP] * 3, axis=-1)
    for name in ("a.png", "a.bmp", "a.tif"):
        np.testing.assert_array_equal(one(tmp_path / name, Image.fromarray(RAMP), 8), grey)
        np.testing.assert_array_equal(one(tmp_path / name, Image.fromarray(COLOUR), 8), COLOUR)
    np.testing.assert_array_equal(one(tmp_path / "a.webp", Image.fromarray(COLOUR), 8, lossless=True), COLOUR)
    palette = Image.fromarray(RAMP).convert("P", palette=Image.Palette.ADAPTIVE)
    np.testing.assert_array_equal(one(tmp_path / "p.png", palette, 8), np.asarray(palette.convert("RGB")))
    two = Image.fromarray(RAMP > 100)
    np.testing.assert_array_equal(one(tmp_path / "1.png", two, 8)[..., 0], np.where(RAMP > 100, 255, 0))
    print_colours = Image.fromarray(COLOUR).convert("CMYK")
    np.testing.assert_array_equal(one(tmp_path / "c.tif", print_colours, 8), np.asarray(print_colours.convert("RGB")))


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    alpha = np.full((8, 8), 255, np.uint8)
    alpha[:4] = 0
    expected = COLOUR.copy()
    expected[:4] = 255
    whole = Image.fromarray(np.dstack([COLOUR, alpha]))
    np.testing.assert_array_equal(one(tmp_path / "a.png", whole, 8), expected)
    np.testing.assert_array_equal(one(tmp_path / "a.webp", whole, 8, lossless=True, exact=True), expected)
    grey = Image.merge("LA", (Image.fromarray(RAMP), Image.fromarray(alpha)))
    np.testing.assert_array_equal(one(tmp_path / "l.png", grey, 8)[..., 0], np.where(alpha, RAMP, 255))
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    assert one(tmp_path / "p.png", palette, 8, transparency=1)[0, 0].tolist() == [255, 255, 255]
    assert one(tmp_path / "q.png", palette, 8, transparency=0)[0, 0].tolist() == [0, 0, 255]


def test_more_than_eight_bits_are_scaled_by_white(tmp_path: Path) -> None:
    deep = np.array([[0, 257], [32_896, 65_535]], np.uint16)
    for name in ("a.png", "a.tif"):
        assert one(tmp_path / name, Image.fromarray(deep), 2)[..., 0].tolist() == [[0, 1], [128, 255]]
    assert one(tmp_path / "a.png", Image.fromarray(deep), 2, 257 * 255)[..., 1].tolist() == [[0, 1], [128, 255]]
    twelve = Image.fromarray(np.array([[0, 1_000], [4_095, 5_000]], np.uint16))
    assert one(tmp_path / "a.png", twelve, 2, 4_095)[..., 2].tolist() == [[0, 62], [255, 255]]
    real = Image.fromarray(np.array([[0.0, 50.0], [100.0, -3.0]], np.float32))
    assert one(tmp_path / "f.tif", real, 2, 100)[..., 0].tolist() == [[0, 128], [255, 0]]
    told = r"f\.tif: its pixels have 32 bits \(mode F\): say which value is white with --white, or save it with 8 or 16"
    with pytest.raises(ScmgenError, match=told):
        pictures.read(tmp_path / "f.tif", 2, None)


def test_a_photograph_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    picture = Image.fromarray(np.kron(COLOUR[:4, :4], np.ones((8, 8, 1), np.uint8)))
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = one(tmp_path / "a.jpg", picture, 32, quality=95)
    turned = one(tmp_path / "b.jpg", picture, 32, quality=95, exif=exif)
    np.testing.assert_array_equal(turned, np.rot90(plain, -1))


def test_the_middle_square_is_resized_without_aliasing(tmp_path: Path) -> None:
    stripes = np.zeros((40, 80), np.uint8)
    stripes[:, 20:60:2] = 255  # the middle: one pixel white, one black
    found = one(tmp_path / "a.png", Image.fromarray(stripes), 10)
    assert np.abs(found[:, 1:-1].astype(int) - 127).max() <= 12
    large = np.zeros((64, 64), np.uint8)
    large[16:48, 16:48] = 200
    assert one(tmp_path / "b.png", Image.fromarray(large), 32)[16, 16].tolist() == [200] * 3
    wide = np.zeros((8, 12), np.uint8)
    wide[:, 2:10] = RAMP
    np.testing.assert_array_equal(one(tmp_path / "c.png", Image.fromarray(wide), 8)[..., 0], RAMP)


def test_of_several_frames_the_first_is_taken(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    for name, how in (("a.tif", {}), ("a.webp", {"lossless": True}), ("a.png", {})):
        found = one(tmp_path / name, frames[0], 4, save_all=True, append_images=frames[1:], **how)
        assert found[0, 0].tolist() == [255, 0, 0]


# Graphs

NAMES = {"A": "A", "B": "B", "long name": "long_name"}
DIRECTED = [("A", "B"), ("B", "long_name")]


@pytest.mark.parametrize(
    "text",
    [
        '{"edges": [["A", "B"], ["B", "long name"]]}',
        '[["A", "B"], ["B", "long_name"]]',
        '{"nodes": ["A"], "edges": [{"source": "A", "target": "B"}, {"source": "B", "target": "long name"}]}',
        '{"directed": true, "graph": {"name": "x"}, "nodes": [{"id": "A"}], '
        '"links": [{"source": "A", "target": "B"}, {"source": "B", "target": "long_name"}]}',
        'digraph G { rankdir=LR; node [shape=box]; A [label="the first"]; A -> B; B -> "long name"; }',
        'digraph { A -> B -> "long name" [color=red] // a comment\n }',
        'dag { bb="0,0,1,1"\n A [exposure,pos="1,2"]\n B\n A -> B\n "long name" <- B\n}',
    ],
)
def test_a_graph_may_be_written_in_any_customary_way(text: str, tmp_path: Path) -> None:
    (tmp_path / "g").write_text(text)
    graph = graph_file.read(tmp_path / "g", NAMES)
    assert list(graph) == ["A", "B", "long_name"]
    assert (edges(graph, "directed"), edges(graph, "bidirected")) == (DIRECTED, [])


@pytest.mark.parametrize(
    "text",
    [
        '{"edges": [["A", "B"]], "bidirected": [["long name", "B"]]}',
        "dag { A -> B  B <-> long_name }",
        "dag { A -> B  U [latent]  U -> B  U -> long_name }",
        "dag { A -> B  U [latent] V [latent] V -> U U -> B  V -> long_name }",
        'digraph { A -> B; B -> "long name" [dir=both, style=dashed]; }',
        '{"nodes": [{"id": "U", "hidden": true}], "edges": [["A", "B"], ["U", "long_name"], ["U", "B"]]}',
    ],
)
def test_hidden_common_causes_become_bidirected_edges(text: str, tmp_path: Path) -> None:
    (tmp_path / "g").write_text(text)
    graph = graph_file.read(tmp_path / "g", NAMES)
    assert edges(graph, "directed") == [("A", "B")]
    assert edges(graph, "bidirected") == [("B", "long_name")]


@pytest.mark.parametrize("notation", ["json", "dot", "dagitty"])
def test_what_scmgen_writes_of_a_graph_it_reads(notation: Notation, tmp_path: Path) -> None:
    graph = graph_file.read(
        _file(tmp_path, "dag { A -> B  A -> C  B <-> C  C -> D }"), dict(zip("ABCD", "ABCD", strict=True))
    )
    again = graph_file.read(_file(tmp_path, write(graph, notation)), dict(zip("ABCD", "ABCD", strict=True)))
    assert (list(again), sorted(again.edges(data="kind"))) == (list(graph), sorted(graph.edges(data="kind")))


def test_the_graph_of_a_data_set_is_read_from_its_files(small: Path) -> None:
    told = json.loads((small / "manifest.json").read_text())
    names = {name: name for name in told["factors"]}
    for name in ("graph.json", "manifest.json"):
        graph = graph_file.read(small / name, names)
        assert adjacency(graph).tolist() == told["graph"]["adjacency"]["directed"]


def _file(folder: Path, text: str) -> Path:
    (folder / "g").write_text(text)
    return folder / "g"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"edges": [["A", "b"]]}', "'b' is no factor; allowed: A, B, long name, long_name"),
        ('{"edges": [["A", "long nam"]]}', "'long nam' is no factor; did you mean 'long name'?"),
        ('{"nodes": [{"id": "Z"}], "edges": []}', "'Z' is no factor; allowed: A, B, long name, long_name"),
        ("dag { A -> B Z }", "'Z' is no factor; allowed: A, B, long name, long_name"),
        ('{"edges": [["A", "B"], ["B", "A"]]}', "a cycle: A -> B -> A; a causal graph has none"),
        ('{"edges": [["A", "A"]]}', "a cycle: A -> A; a causal graph has none"),
        ("dag { A <-> A }", "A <-> A: an edge joins two factors"),
        ('{"edges": [["A"]]}', '["A"] is no edge; write ["cause", "effect"]'),
        ('{"edges": [["A", 1]]}', '["A", 1] is no edge; write ["cause", "effect"]'),
        (
            '{"edges": [{"source": "A", "target": "B", "kind": "undirected"}]}',
            "an edge is of kind 'undirected'; did you mean 'directed'?",
        ),
        ("{}", 'no edges found; write {"edges": [["cause", "effect"], ...]}, or node-link JSON'),
        ('{"directed": false, "edges": []}', "the graph is undirected; edges from cause to effect are needed"),
        ("{", "is not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (
            "graph { A -- B }",
            "undirected: a graph is JSON, 'digraph { a -> b }' (DOT) or 'dag { a -> b }' (dagitty)",
        ),
        ("A -> B", "not understood: a graph is JSON, 'digraph { a -> b }' (DOT) or 'dag { a -> b }' (dagitty)"),
        ("dag { A -- B }", "found '--' after 'A'; write a -> b or a <-> b"),
        ("dag { -> B }", "found '->' after ''; write a -> b or a <-> b"),
        ("dag { A -> }", "found '}' after 'A ->'; write an edge a line"),
        ("digraph { {A B} -> C }", "found '{' after ''; write an edge a line"),
        ("dag { A -> B ] }", "not understood: '] }'"),
    ],
)
def test_a_graph_that_cannot_be_used_is_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        graph_file.read(_file(tmp_path, text), NAMES)
    assert str(caught.value) == f"{tmp_path / 'g'}: {message}"


def test_a_graph_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError, match=r"nowhere: cannot be read: No such file or directory$"):
        graph_file.read(tmp_path / "nowhere", NAMES)
