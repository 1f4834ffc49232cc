"""IDX files: read as MNIST is given away, and never believed beyond the size of the file."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from scmgen.errors import ScmgenError
from scmgen.pictures import idx

IMAGES = np.arange(6 * 4 * 5, dtype=np.uint8).reshape(6, 4, 5)


def written(lengths: tuple[int, ...], data: bytes, kind: int = 8) -> bytes:
    return struct.pack(">4B", 0, 0, kind, len(lengths)) + struct.pack(f">{len(lengths)}I", *lengths) + data


GOOD = written((6, 4, 5), IMAGES.tobytes())
PACKED = gzip.compress(written((900, 1_000, 1_000), b""), mtime=0)


@pytest.mark.parametrize(
    "data", [GOOD, gzip.compress(GOOD, mtime=0), gzip.compress(GOOD[:50], mtime=0) + gzip.compress(GOOD[50:], mtime=0)]
)
def test_a_file_is_read_plain_and_compressed(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(data)
    assert idx.shape(tmp_path / "f") == (6, 4, 5)
    np.testing.assert_array_equal(idx.read(tmp_path / "f"), IMAGES)


def test_the_format_is_the_one_of_the_published_page(tmp_path: Path) -> None:
    (tmp_path / "labels").write_bytes(bytes.fromhex("00000801 00000003 050004"))
    assert idx.read(tmp_path / "labels").tolist() == [5, 0, 4]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is no IDX file of 1 to 4 axes"),
        (b"\0\0\x08", "is no IDX file of 1 to 4 axes"),
        (b"\x89PNG....", "is no IDX file of 1 to 4 axes"),
        (b"\0\0\x08\x00", "is no IDX file of 1 to 4 axes"),
        (b"\0\0\x08\x05" + bytes(40), "is no IDX file of 1 to 4 axes"),
        (b"\0\0\x08\x03" + bytes(8), "ends in its header"),
        (written((2,), bytes(8), 13), "has 32-bit floats; bytes are needed"),
        (written((2,), bytes(2), 99), "has elements of kind 99; bytes are needed"),
        (GOOD[:-1], "its header claims 6 x 4 x 5 bytes, it holds 119"),
        (GOOD + b"x", "its header claims 6 x 4 x 5 bytes, it holds 121"),
        (
            written((4_294_967_295,) * 4, b""),
            f"its header claims {' x '.join(['4,294,967,295'] * 4)} bytes; at most 1,073,741,824 are read",
        ),
        (written((1_000, 1_000, 1_000), b""), "its header claims 1,000 x 1,000 x 1,000 bytes, it holds 0"),
        (PACKED, f"its header claims 900 x 1,000 x 1,000 bytes, it holds {len(PACKED)}"),
        (gzip.compress(written((6, 4, 5), bytes(119)), mtime=0), "its header claims 6 x 4 x 5 bytes, it holds 119"),
        (
            gzip.compress(written((6, 4, 5), bytes(200_000)), mtime=0),
            "its header claims 6 x 4 x 5 bytes, it holds more",
        ),
        (
            gzip.compress(GOOD, mtime=0)[:-20],
            "is damaged: Compressed file ended before the end-of-stream marker was reached",
        ),
        (
            gzip.compress(GOOD, mtime=0)[:11],
            "is damaged: Compressed file ended before the end-of-stream marker was reached",
        ),
        (b"\x1f\x8bnothing of gzip", "is damaged: Unknown compression method"),
    ],
)
def test_a_header_that_the_file_does_not_bear_out_is_told(data: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(ScmgenError) as caught:
        idx.read(tmp_path / "f")
    assert str(caught.value) == f"{tmp_path / 'f'}: {told}"


def test_a_flipped_bit_of_a_compressed_file_is_told(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(GOOD, compresslevel=0))
    data[60] ^= 1
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(ScmgenError, match="f: is damaged: CRC check failed"):
        idx.read(tmp_path / "f")


def test_what_is_no_regular_file_of_a_bounded_size_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(GOOD)
    os.truncate(tmp_path / "large", 5_000_000_000)
    for name, told in {
        "pipe": "is a FIFO; a regular file is needed",
        "large": "has 5,000,000,000 bytes; at most 1,073,741,824 are read",
        "nowhere": "cannot be read: No such file or directory",
    }.items():
        with pytest.raises(ScmgenError, match=f"{name}: {told}"):
            idx.shape(tmp_path / name)
    with pytest.raises(ScmgenError, match="is a device"):
        idx.read(Path("/dev/zero"))
