"""PNG files, ours and others, as Pillow decodes them; what is none is told."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from forged import imported
from PIL import Image
from stored import pillow

import scmgen
from scmgen import ScmgenError
from scmgen.storage import png
from scmgen.storage.loading import pixels


@pytest.mark.parametrize("channels", [3, 1])
@pytest.mark.parametrize("kind", ["flat", "noise", "across", "down"])
def test_our_png_files_are_decoded_as_pillow_does(kind: str, channels: int) -> None:
    wave = np.arange(16, dtype=np.uint8)
    images = {
        "flat": np.full((6, 16, 16, 3), 200, np.uint8),
        "noise": np.random.default_rng(1).integers(0, 256, (6, 16, 16, 3), np.uint8),
        "across": np.broadcast_to((wave * 37)[:, None], (6, 16, 16, 3)).copy(),
        "down": np.broadcast_to((wave * 37)[:, None, None], (6, 16, 16, 3)).copy(),
    }[kind]
    images = images if channels == 3 else np.ascontiguousarray(images[..., 0])
    written = png.encode(images)
    found = pixels.decode(written, ["x"] * 6, images.shape[1:])
    assert np.array_equal(found, images) and found.flags.writeable
    assert all(np.array_equal(one, pillow(bytes(file))) for one, file in zip(found, written, strict=True))


def test_any_other_png_is_read_too() -> None:
    image = np.random.default_rng(2).integers(0, 256, (16, 16, 3), np.uint8)
    smooth = np.add.outer(np.arange(16), np.arange(16)).astype(np.uint8)
    files = {"pillow": Image.fromarray(image), "grey": Image.fromarray(smooth), "rgba": Image.fromarray(image)}
    files["rgba"] = files["rgba"].convert("RGBA")
    files["palette"] = Image.fromarray(image).quantize(16)
    for name, picture in files.items():
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", interlace=1)
        expected = np.asarray(picture.convert("RGB"))
        assert np.array_equal(pixels.decode([buffer.getvalue()], [name], (16, 16, 3))[0], expected), name
    mixed = [png.encode(image[None])[0], buffer.getvalue()]
    assert np.array_equal(pixels.decode(mixed, ["a", "b"], (16, 16, 3))[0], image)


def test_a_png_whose_data_is_too_short_for_its_size_is_refused() -> None:
    whole = bytearray(png.encode(np.zeros((1, 16, 16, 3), np.uint8))[0])
    small = png.encode(np.zeros((1, 8, 16, 3), np.uint8))[0]
    lying = bytes(whole[:33]) + bytes(small[33:])
    with pytest.raises(ScmgenError, match=r"^a\.png: damaged PNG: it holds 392 bytes of 784$"):
        pixels.decode([lying], ["a.png"], (16, 16, 3))


def test_images_that_are_none_or_of_another_size(tmp_path: Path) -> None:
    row = {"index": 0, "split": "train", "source": "a", "factors": {"x": 0.5, "kind": 1.0}}
    where = "faces-train-000000.tar: train-000000000.image.png"
    cases = {
        "no PNG": b"GIF89a",
        "8 x 12 pixels, not 16 x 16 as the manifest says": png.encode(np.zeros((1, 8, 12, 3), np.uint8))[0],
    }
    for number, (told, image) in enumerate(cases.items()):
        out = imported(tmp_path / str(number), [image], [row])
        with pytest.raises(ScmgenError) as caught:
            scmgen.load(out).images("train")[0]
        assert str(caught.value) == f"{out}/{where}: {told}"


@pytest.mark.filterwarnings("error")
def test_an_image_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    whole = bytes(png.encode(np.zeros((1, 16, 16, 3), np.uint8))[0])
    header = b"IHDR" + (60_000).to_bytes(4) * 2 + whole[24:29]
    huge = whole[:12] + header + zlib.crc32(header).to_bytes(4) + whole[33:]
    row = {"index": 0, "split": "train", "source": "a", "factors": {"x": 0.5, "kind": 1.0}}
    data = scmgen.load(imported(tmp_path / "d", [huge], [row]))
    with pytest.raises(ScmgenError, match="60000 x 60000 pixels, not 16 x 16 as the manifest says"):
        data.images("train")[0]
