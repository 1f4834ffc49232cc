"""Shards that were damaged or forged: members, order and pixels are looked at, whatever their sums say."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zlib
from pathlib import Path

import damaged
import numpy as np
import pytest
from damaged import TRAIN, faults, flip, forge, repaint, replace
from PIL import Image

data = damaged.data


@pytest.mark.parametrize("place", [0, 124, 700, 50_000, -1])
def test_a_flipped_bit_is_found(data: Path, place: int) -> None:
    flip(data / TRAIN, place)
    size = (data / TRAIN).stat().st_size
    assert faults(data) == [("checksums", f"{TRAIN}: changed or cut short since it was written ({size} bytes)")]


@pytest.mark.parametrize("left", [0, 1, 512, 100_000])
def test_a_truncated_shard_is_found(data: Path, left: int) -> None:
    (data / TRAIN).write_bytes((data / TRAIN).read_bytes()[:left])
    assert faults(data) == [("checksums", f"{TRAIN}: changed or cut short since it was written ({left} bytes)")]


def test_a_truncated_shard_with_a_right_sum_is_found(data: Path) -> None:
    """tarfile reads a tar that ends between two members without a complaint."""
    whole = (data / TRAIN).read_bytes()
    with tarfile.open(data / TRAIN) as archive:
        cut = archive.getmember("train-000000090.image.png").offset
    replace(data, TRAIN, whole[:cut])
    assert faults(data) == [("samples", f"{TRAIN}: 90 samples, not the 100 from train-000000000 on")]
    replace(data, TRAIN, whole[: cut - 700])
    assert faults(data) == [("samples", f"{TRAIN}: cannot be read: ReadError: unexpected end of data")]


def test_a_member_too_few_is_found(data: Path) -> None:
    forge(data, TRAIN, lambda samples: samples["train-000000007"].pop("mask.png"))
    members = "['.image.png', '.image_cf.png', '.mask.png', '.mask_cf.png', '.label.json']"
    found = members.replace("'.mask.png', ", "")
    assert faults(data) == [("samples", f"{TRAIN}: train-000000007 has members {found}, not {members}")]


def test_a_label_that_is_no_json_is_found(data: Path) -> None:
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"label.json": b"{"}))
    ((check, problem),) = faults(data, 0)
    assert check == "samples" and problem.startswith(f"{TRAIN}: cannot be read: JSONDecodeError: ")


@pytest.mark.parametrize("ending", ["image.png", "image_cf.png"])
def test_a_changed_image_is_found(data: Path, ending: str) -> None:
    repaint(data, TRAIN, "train-000000005", ending, lambda pixels: np.subtract(255, pixels, out=pixels))
    (first, *rest) = faults(data)
    size = 64 * 64 * 3
    assert first == ("pixels", f"{TRAIN}: train-000000005.{ending}: {size} of {size} bytes differ when drawn again")
    assert rest == [("pixels", f"{size} of {300 * 2 * 64 * 64 * 4} bytes differ when drawn again")]


def test_a_small_square_in_an_image_is_found(data: Path) -> None:
    repaint(data, TRAIN, "train-000000005", "image.png", lambda pixels: pixels[40:46, 0:6].fill(0))
    assert faults(data) == [("pixels", f"108 of {300 * 2 * 64 * 64 * 4} bytes differ when drawn again")]


def test_a_changed_mask_is_found(data: Path) -> None:
    repaint(data, TRAIN, "train-000000005", "mask.png", lambda pixels: pixels.fill(9))
    assert faults(data)[0] == (
        "pixels",
        f"{TRAIN}: train-000000005.mask.png: 4096 of 4096 bytes differ when drawn again",
    )


def test_an_image_of_another_size_is_found(data: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "PNG")
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"image.png": buffer.getvalue()}))
    assert faults(data) == [("pixels", f"{TRAIN}: train-000000005.image.png: RGB of 32 x 32, not RGB of 64 x 64")]


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_an_image_that_is_no_png_is_found(data: Path, content: bytes) -> None:
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"image.png": content}))
    ((check, problem),) = faults(data)
    assert check == "pixels" and problem.startswith(f"{TRAIN}: train-000000005.image.png: no readable PNG: ")


def test_a_gzipped_shard_is_a_fault_and_is_never_inflated(data: Path) -> None:
    """Whatever stands in it: no reader can index it."""
    (data / TRAIN).write_bytes(gzip.compress((data / TRAIN).read_bytes(), 0))
    replace(data, TRAIN, (data / TRAIN).read_bytes())
    told = "is gzipped; a shard is a plain tar, which readers index without unpacking it"
    assert faults(data) == [("samples", f"{TRAIN}: cannot be read: ValueError: {told}")]


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_SPARSE, tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.CONTTYPE])
def test_a_member_that_is_no_plain_file_is_a_fault(data: Path, kind: bytes) -> None:
    """A sparse one of a few blocks would be read as gigabytes of zeros."""
    whole = bytearray((data / TRAIN).read_bytes())
    whole[156:157] = kind
    whole[148:156] = b" " * 8
    whole[148:156] = b"%06o\0 " % sum(whole[:512])
    replace(data, TRAIN, bytes(whole))
    ((check, problem),) = faults(data)
    assert check == "samples" and problem.startswith(f"{TRAIN}: cannot be read: ")


def test_bytes_after_the_end_of_a_shard_are_found(data: Path) -> None:
    replace(data, TRAIN, (data / TRAIN).read_bytes() + b"more")
    assert faults(data) == [("samples", f"{TRAIN}: cannot be read: ValueError: 4 bytes stand after its end")]


def test_a_shard_of_another_length_than_the_manifest_says_is_not_read(data: Path) -> None:
    size = (data / TRAIN).stat().st_size
    os.truncate(data / TRAIN, 1 << 40)
    ((check, problem),) = faults(data)
    assert check == "checksums"
    assert problem.endswith(f"has {1 << 40:,} bytes; at most {size:,} are read")


def test_a_huge_image_is_not_decoded(data: Path) -> None:
    header = b"IHDR" + (60_000).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    huge = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + header + zlib.crc32(header).to_bytes(4)
    for name in (b"IDAT", b"IEND"):
        huge += bytes(4) + name + zlib.crc32(name).to_bytes(4)
    forge(data, TRAIN, lambda samples: samples["train-000000005"].update({"image.png": huge}))
    ((check, problem),) = faults(data)
    assert check == "pixels" and problem.startswith(f"{TRAIN}: train-000000005.image.png: no readable PNG: Image size")
