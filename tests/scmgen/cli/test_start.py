"""A signal that comes while the command line is still imported ends it without a word."""

from __future__ import annotations

import pytest
from building import posix
from early import interrupted


@posix
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_that_comes_early_is_obeyed_in_silence(name: str, status: int) -> None:
    assert interrupted("scmgen", name) == (status, "", "")
