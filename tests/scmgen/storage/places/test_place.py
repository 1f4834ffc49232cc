"""Places: a path or a URL, and one message for what is neither."""

from __future__ import annotations

from pathlib import Path

import pytest
import s3
import sums
from s3 import Store, call, stores
from sums import RECIPE, Sums, local, recipe

from scmgen import ScmgenError
from scmgen.build.generated import build
from scmgen.storage.places.place import Local, folder

whole = sums.whole
running, store = s3.running, s3.store


def test_a_file_url_is_the_directory_that_it_names(tmp_path: Path, whole: Sums) -> None:
    out = tmp_path / "a set"
    build(recipe(), f"file://{tmp_path}/a%20set")
    assert local(out) == whole
    assert folder(out.as_uri()) == Local(out)


@stores
def test_a_url_that_became_a_path_is_told() -> None:
    with pytest.raises(ScmgenError, match="a URL has two slashes, and stays text: s3://PLACE/FOLDER"):
        build(recipe(), Path("s3://bucket/d"))


@stores
@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{RECIPE} -o s3://no-such-bucket/d", "s3://no-such-bucket/d: cannot be written: The specified bucket"),
        (f"{RECIPE} -o s3://", "s3://: names no folder; write s3://PLACE/FOLDER"),
        (f"{RECIPE} -o s3:/bucket/d", "s3:/bucket/d: a URL has two slashes, and stays text: s3://PLACE/FOLDER"),
        (f"{RECIPE} -o s33://bucket/d", "s33://bucket/d: no kind of place is called 's33'; did you mean 's3'?"),
        (f"{RECIPE} -o file://d", "file://d: is not absolute; write file:///PATH"),
        (f"{RECIPE} -o s3://B/d", "s3://B/d: cannot be written: "),
        ("verify s3://no-such-bucket/d", "s3://no-such-bucket/d: not a data set: nothing is there"),
        ("finalize s3://no-such-bucket/d", "s3://no-such-bucket/d: no build was begun here"),
    ],
)
def test_a_place_that_is_none_is_told(
    line: str, message: str, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, line) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"scmgen: {message}") and err.count("\n") == 1
    assert "the same command goes on" not in err  # nothing was begun
