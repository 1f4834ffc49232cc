"""Image files of other people as pixels: every customary kind, and what is said of a file that is none."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import labelled_folder
import numpy as np
import pytest
from labelled_folder import GOOD, call
from PIL import Image

from scmgen.build.imported import pictures
from scmgen.errors import ScmgenError

here = labelled_folder.here


@pytest.mark.parametrize(
    ("make", "message"),
    [
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


def test_what_is_no_square_is_cropped_padded_or_stretched(tmp_path: Path) -> None:
    wide = np.zeros((4, 8, 3), np.uint8)
    wide[:, :4] = (200, 0, 0)
    wide[:, 4:] = (0, 0, 200)
    Image.fromarray(wide).save(tmp_path / "a.png")
    crop, pad, stretch = (pictures.read(tmp_path / "a.png", 4, None, fit) for fit in ("crop", "pad", "stretch"))  # type: ignore[arg-type]
    np.testing.assert_array_equal(crop, wide[:, 2:6])
    assert pad[[0, 3]].max() == 0 and (pad[1:3, 0, 0] > 180).all() and (pad[1:3, 3, 2] > 180).all()
    assert stretch.shape == (4, 4, 3) and (stretch[:, 0, 0] > 180).all() and (stretch[:, 3, 2] > 180).all()
    tall = pictures.read(tmp_path / "a.png", 6, None, "pad")
    assert tall[0].max() == tall[5].max() == 0 and tall[1:4].any()
    np.testing.assert_array_equal(pictures.read(wide[:, :4], 4, None, "pad"), wide[:, :4])
    thin = pictures.read(np.full((1, 500), 255, np.uint8), 16, None, "pad")
    assert thin.shape == (16, 16, 3) and (thin.max(axis=(1, 2)) > 0).sum() == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pipe", "is a FIFO; a regular file is needed"),
        ("zero", "is a device; a regular file is needed"),
        ("large", "has 5,000,000,000 bytes; at most 1,073,741,824 are read"),
    ],
)
def test_what_is_no_file_of_a_bounded_size_is_never_read(
    name: str, told: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Path("images/e.png")
    if name == "pipe":
        os.mkfifo(place)
    elif name == "zero":
        place.symlink_to("/dev/zero")
    else:
        place.write_bytes(b"")
        os.truncate(place, 5_000_000_000)
    Path("t.csv").write_text(f"{GOOD}e,3,0\n")
    assert call(monkeypatch, capsys, "import images --labels t.csv -o out") == (2, f"scmgen: images/e.png: {told}\n")
    with pytest.raises(ScmgenError, match=f"^images/e\\.png: {told}"):
        pictures.read(place, 8, None)
