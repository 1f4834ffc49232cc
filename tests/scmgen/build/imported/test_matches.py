"""Which file each row is about: what is looked up, and what is said of a row without its image."""

from __future__ import annotations

from pathlib import Path

import labelled_folder
import pytest
from labelled_folder import GOOD, call
from PIL import Image

from scmgen.build.imported import pack
from scmgen.build.imported.request import Request
from scmgen.errors import ScmgenError

here = labelled_folder.here
ADD = "add it, or remove the row (--skip-missing leaves such rows out)"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "file,x\na,1.5\nx,2\nb,3\n",
            "",
            f"t.csv, line 3: 'x' is no image of images; {ADD}",
        ),
        (
            "file,x\na.png,1.5\nbb.png,2\nzz,3\n",
            "",
            "t.csv, line 3: 'bb.png' is no image of images (2 of 3 rows have none); add it, or remove the row "
            "(--skip-missing leaves such rows out); "
            "did you mean 'b.png'?",
        ),
        (
            "id,x\n1,1.5\n2,2\n",
            "",
            "t.csv: no row names an image of images: the first row says '1', the folder holds 'a.png'; "
            "--key-column says which column holds file names",
        ),
        ("file,x\na,1.5\na.png,2\n", "", "t.csv, line 3: a.png stands already in line 2"),
        (
            "file,x\n,1.5\na,2\n",
            "",
            f"t.csv, line 2: '' is no image of images; {ADD}",
        ),
    ],
)
def test_a_row_without_its_image_is_told(
    text: str, line: str, message: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(text)
    found = call(monkeypatch, capsys, f"import images --labels t.csv -o out {line}")
    assert found == (2, f"scmgen: {message}\n")
    assert not Path("out").exists()


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


def test_a_name_that_differs_in_case_or_suffix_is_found_if_one_file_alone_is_meant(here: Path) -> None:
    Path("images/p").mkdir()
    Image.new("RGB", (8, 8)).save("images/p/Scan.v1.png")
    Path("t.csv").write_text("file,x\na,1\nB.PNG,2\nc.jpeg,3\nP/scan.V1.JPG,4.5\n")
    job = pack.prepare(Request(Path("images"), (Path("t.csv"),), splits={"all": 1}))
    assert sorted(job.files["all"]) == ["a.png", "b.png", "c.png", "p/Scan.v1.png"]
    assert job.notes == (
        "3 images were found under names that differ in case or suffix: 'B.PNG' is b.png",
        "1 images of images stand in no row of the table and were left out",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("B.PNG,1\nb.png,2\n", r"^t\.csv, line 2: 'B\.PNG' is no image .*; did you mean 'b\.png'\?$"),
        ("B.PNG,1\nb.jpg,2\n", r"^t\.csv, line 3: b\.png stands already in line 2$"),
        (
            "A.JPG,1\nb,2\n",
            r"^t\.csv, line 2: 'A\.JPG' may be any of a\.bmp, a\.png; write the whole path",
        ),
    ],
)
def test_a_name_that_may_be_another_image_is_no_guess(text: str, told: str, here: Path) -> None:
    if text.startswith("A"):
        Image.new("RGB", (8, 8)).save("images/a.bmp")
    Path("t.csv").write_text(f"file,x\n{text}")
    with pytest.raises(ScmgenError, match=told):
        pack.prepare(Request(Path("images"), (Path("t.csv"),)))


def test_rows_without_an_image_are_left_out_on_request_and_counted(here: Path) -> None:
    Path("t.csv").write_text("file,x,kind\nq,tall,?\na,1.5,r\nb,2,s\nzz.png,,\nc,3,r\n")
    asked = Request(Path("images"), (Path("t.csv"),), skip_missing=True, categorical=("kind",), splits={"all": 1})
    job = pack.prepare(asked)
    assert sorted(job.files["all"]) == ["a.png", "b.png", "c.png"]
    assert job.source.factors["kind"].levels == ("r", "s") and job.source.factors["x"].range == (1.5, 3)
    assert job.notes[0] == "2 of 5 rows of t.csv have no image in images and are left out (the first is 'q' in line 2)"
    Path("t.csv").write_text("file,x\nq,1\n")
    with pytest.raises(ScmgenError, match=r"^t\.csv: has column names and no row with an image$"):
        pack.prepare(Request(Path("images"), (Path("t.csv"),), skip_missing=True))


@pytest.mark.parametrize("other", ["name", "the file"])
def test_the_column_that_names_images_is_told(other: str, here: Path) -> None:
    Path("t.csv").write_text(f"id,x,{other}\n1,1.5,a.png\n2,2.5,B\n")
    flag = "name" if other == "name" else "'the file'"
    told = f"t.csv: the cells of column {other!r} name images, those of 'id' do not; add --key-column {flag}"
    with pytest.raises(ScmgenError) as caught:
        pack.prepare(Request(Path("images"), (Path("t.csv"),)))
    assert str(caught.value) == told
    assert pack.prepare(Request(Path("images"), (Path("t.csv"),), key=other)).source.n == 2


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
