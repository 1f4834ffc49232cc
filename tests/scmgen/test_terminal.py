"""What a person at a terminal sees of long work, and what nobody sees elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from scmgen.terminal import amount, progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (1_550, "1.6 KB"),
        (590_575_501, "590.6 MB"),
        (1e9, "1.00 GB"),
        (2.5e12, "2500.00 GB"),
    ],
)
def test_a_number_of_bytes_is_spelt(size: float, text: str) -> None:
    assert amount(size) == text


def test_a_terminal_sees_how_far_the_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    with progress("pendulum", 40) as advance:
        advance(10)
        advance(30)
    assert "pendulum" in screen.getvalue() and "40/40" in screen.getvalue()


def test_a_file_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    with progress("pendulum", 40) as advance:
        advance(40)
    assert log.getvalue() == ""


def test_a_notebook_keeps_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of a cell has a terminal that draws nothing over: Jupyter says so of its kernels."""
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    with progress("pendulum", 40) as advance:
        advance(40)
    assert screen.getvalue() == ""
