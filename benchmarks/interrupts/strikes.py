"""One interrupt: start a command as a terminal does, send it a signal, and watch how it ends (Linux)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from works import Work

LIMIT = 5.0  # seconds in which a command ends, its workers included
HUNG = 60.0  # seconds after which it is killed
_SIGNALS = (signal.SIGINT, signal.SIGINT, signal.SIGINT, signal.SIGTERM)
_AGAIN = 0.2  # of the interrupts come twice, as from somebody who cannot wait


@dataclass(frozen=True)
class Strike:
    """How a command ended that was sent a signal.

    Attributes:
        signal: its name.
        to: the whole group, as a terminal sends it, or the parent alone.
        twice: whether it came twice.
        state: ``working``, ``with workers``, ``leaving`` when Python itself was, or ``done``.
        after: seconds from the start to the signal.
        ended: seconds from the signal to the end of the last process.
        status: as a shell tells it.
        traceback: the one that was shown, if any.
        left: processes that were there still after :data:`LIMIT`.
    """

    signal: str
    to: str
    twice: bool
    state: str
    after: float
    ended: float
    status: int
    traceback: str
    left: int

    def faults(self) -> list[str]:
        """What is not as it should be."""
        expected = 128 + signal.Signals[self.signal]
        found = {
            f"status {self.status}, not {expected}": self.status != expected,
            f"ended after {self.ended:.1f} s": self.ended >= LIMIT,
            "a traceback": bool(self.traceback),
            f"{self.left} processes left": self.left > 0,
        }
        return [fault for fault, there in found.items() if there] if self.state != "done" else []


def strike(work: Work, place: Path, seconds: float, chance: random.Random) -> Strike:
    """Start a command, interrupt it at a random time, and tell how it ended."""
    number, group, twice = chance.choice(_SIGNALS), chance.random() < 0.75, chance.random() < _AGAIN
    come, share = chance.choice(((lambda place, began: True, 1.0), *work.aims))
    since, (process, began) = time.time(), (_started(work, place), time.monotonic())
    while _state(process.pid) == "leaving" or not (come(place, since) or process.poll() is not None):
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, share * seconds))
    state, after = _state(process.pid), time.monotonic() - began
    for _ in range(1 + twice):
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(process.pid, number)
        time.sleep(0.1 * twice)
    told: Any = number.name, "group" if group else "parent", twice
    return Strike(*told, state, round(after, 3), *_ended(process))


def finished(work: Work, place: Path) -> tuple[Any, float]:
    """Run a command to its end; give what it leaves, and the seconds that it took."""
    began = time.monotonic()
    done = subprocess.run(work.words(place), check=True, capture_output=True, text=True)  # noqa: S603
    return work.left(place, done.stdout), time.monotonic() - began


def _started(work: Work, place: Path) -> subprocess.Popen[str]:
    """A command in a session of its own, which no shell told to ignore Ctrl-C."""

    def heed() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    place.mkdir(exist_ok=True)
    return subprocess.Popen(  # noqa: S603
        work.words(place),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed,
    )


def _state(pid: int) -> str:
    """What a command is doing: ``leaving`` also as long as Python has not come to it."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return "done"
    if "\nState:\tZ" in text:
        return "done"
    caught = int(text.partition("SigCgt:")[2].split()[0], 16)
    if not caught >> (signal.SIGTERM - 1) & 1:
        return "leaving"
    return "with workers" if len(_session(pid)) > 1 else "working"


def _session(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z":
                found.append(int(path.parent.name))
    return found


def _ended(process: subprocess.Popen[str]) -> tuple[float, int, str, int]:
    """Seconds to the end of all its processes, status, the traceback that was shown, and how many stayed."""
    began = time.monotonic()
    try:
        error = process.communicate(timeout=HUNG)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        error = process.communicate()[1]
    while _session(process.pid) and time.monotonic() - began < LIMIT:
        time.sleep(0.02)
    seconds, left = time.monotonic() - began, _session(process.pid)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return round(seconds, 3), status, error if "Traceback" in error else "", len(left)
