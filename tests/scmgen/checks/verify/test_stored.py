"""What stands in a shard, read with other code than that which wrote it, and never inflated."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from scmgen.checks.verify import stored
from scmgen.checks.verify.findings import Verification
from scmgen.storage import png, tar

TRAIN = "pendulum-train-000000.tar"


def test_a_shard_gives_its_samples(small: Path) -> None:
    samples = stored.read((small / TRAIN).read_bytes())
    assert len(samples) == 100
    assert list(samples["train-000000007"]) == [
        ".image.png",
        ".image_cf.png",
        ".mask.png",
        ".mask_cf.png",
        ".label.json",
    ]


def test_a_tar_that_claims_more_than_it_holds_is_not_read(small: Path) -> None:
    """A sparse member of 512 bytes would be 8 GB of zeros, a compressed one whatever its author likes."""
    sparse = tarfile.TarInfo("train-000000000.image.png")
    sparse.type, sparse.size = tarfile.GNUTYPE_SPARSE, 0
    header = bytearray(sparse.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"%011o\0" % ((8 << 30) - 1)  # the size that it stands for
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    with pytest.raises(ValueError, match="is no plain file"):
        stored.read(bytes(header) + tar.END)
    for pack in (gzip.compress, _bz2):
        with pytest.raises((ValueError, tarfile.ReadError)):
            stored.read(pack((small / TRAIN).read_bytes()))


def _bz2(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:bz2") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO(data[:0]))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("shape", "told"),
    [((8, 8, 3), ""), ((8, 8), "RGB of 8 x 8, not L of 8 x 8"), ((9, 9, 3), "RGB of 8 x 8, not RGB of 9 x 9")],
)
def test_an_image_is_decoded_if_it_is_the_one_due(shape: tuple[int, ...], told: str) -> None:
    report = Verification()
    found = stored.decoded("x.png", png.encode(np.zeros((1, 8, 8, 3), np.uint8))[0], shape, report)
    assert (found is None) == bool(told) and report.faults == ([("pixels", f"x.png: {told}")] if told else [])
