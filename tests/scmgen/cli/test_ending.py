"""How a command ends: output that nobody takes, closed streams, signals, and the exit status of each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from building import posix

from scmgen.cli import ending
from scmgen.errors import ScmgenError
from scmgen.scm.graph_files import graph_file

pytestmark = posix

CALL = "import sys; from scmgen.cli.main import main; main()"
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")


def shell(line: str, here: Path) -> tuple[int, str, str]:
    """Run a line of a shell in which ``scmgen`` is the command line of this package."""
    program = f'scmgen() {{ "{sys.executable}" -c "{CALL}" "$@"; }}; {line}'
    done = subprocess.run(["bash", "-c", program], cwd=here, capture_output=True, text=True, timeout=60, check=False)  # noqa: S607
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("line", ["scmgen list", "scmgen --help", "scmgen schema", "scmgen graph pendulum -f json"])
def test_a_reader_who_had_enough_hears_nothing(line: str, tmp_path: Path) -> None:
    status, out, err = shell(f"(sleep 1; {line}) | true; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert (status, out, err) == (0, "141\n", "")


@FULL
@pytest.mark.parametrize("line", ["scmgen list", "scmgen --help", "scmgen graph pendulum"])
@pytest.mark.parametrize("buffered", ["", "PYTHONUNBUFFERED=1 "])
def test_a_full_device_is_one_message(line: str, buffered: str, tmp_path: Path) -> None:
    found = shell(f"export {buffered or 'A=1'}; {line} > /dev/full", tmp_path)
    assert found == (2, "", "scmgen: standard output: No space left on device\n")


@FULL
def test_what_was_written_is_whole_though_nobody_could_be_told(tmp_path: Path) -> None:
    status, _, err = shell("scmgen build pendulum --n 20 --size 16 -j 1 -o d > /dev/full", tmp_path)
    assert status == 2 and err.splitlines()[-1] == "scmgen: standard output: No space left on device"
    assert shell("scmgen verify d", tmp_path)[0] == 0
    assert shell("scmgen verify nosuch 2> /dev/full", tmp_path) == (2, "", "")


def test_closed_streams_are_no_place_for_files(tmp_path: Path) -> None:
    assert shell("scmgen list >&-", tmp_path) == (2, "", "scmgen: standard output: Bad file descriptor\n")
    assert shell("scmgen list <&- >&- 2>&-", tmp_path) == (2, "", "")
    assert shell("scmgen verify nosuch 2>&-", tmp_path) == (2, "", "")
    told = "scmgen: standard input: cannot be read: Bad file descriptor\n"
    assert shell("scmgen graph - <&-", tmp_path) == (2, "", told)
    status, _, _ = shell("scmgen build pendulum --n 20 --size 16 -j 2 -o d <&- >&- 2>&-", tmp_path)
    assert status == 2 and shell("scmgen verify d", tmp_path)[0] == 0


def test_a_pipe_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    told = f"scmgen: standard input: has more than {graph_file.MOST_BYTES:,} bytes\n"
    assert shell("head -c 100000000 /dev/zero | scmgen graph -", tmp_path) == (2, "", told)
    status, _, err = shell("printf '\\377' | scmgen graph -", tmp_path)
    assert status == 2 and err.startswith("scmgen: standard input: cannot be read: 'utf-8' codec can't decode")


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_the_explorer_ends_when_it_is_told(name: str, status: int, tmp_path: Path) -> None:
    reset = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    line = [sys.executable, "-uc", reset + CALL, "explore", "pendulum", "--no-open"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and "explore it at" in process.stdout.readline()
        process.send_signal(signal.Signals[name])
        try:
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, err.strip()) == (status, "ended")


def test_what_ignores_a_hangup_goes_on_ignoring_it() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending.heeding() as told:
            signal.raise_signal(signal.SIGHUP)
            assert told == [] and signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_signal_that_is_repeated_at_once_is_one_signal() -> None:
    with ending.heeding() as told:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
    assert told == [signal.SIGTERM]


class Swallowing:
    """What is told to end while it is being thrown away."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)
        time.sleep(0.001)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_that_comes_in_a_finaliser_is_obeyed_after_it(name: str) -> None:
    with ending.heeding() as told:
        with pytest.raises(KeyboardInterrupt):
            Swallowing(signal.Signals[name])
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                time.sleep(0.01)
    assert told == [signal.Signals[name]]


LOST = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from scmgen.cli import ending
from scmgen.errors import ScmgenError
ending._PATIENCE = 0.2
with ending.heeding():
    while True:
        try:
            print(flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""


def test_what_loses_a_signal_is_ended_all_the_same() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LOST], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None and run.stdout.readline() == "\n"
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=30)
    said = "scmgen: interrupted in the middle of something, which the same command does again\n"
    assert (run.returncode, err) == (130, said)


LATE = """
import os, signal
from contextlib import contextmanager
from scmgen.cli import ending
from scmgen.errors import ScmgenError

@contextmanager
def watched():
    yield
    os.kill(os.getpid(), signal.SIGTERM)

ending._watched = watched
with ending.heeding():
    pass
print("it went on")
"""


def test_a_signal_that_comes_when_all_is_done_shows_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


@pytest.mark.parametrize("other", ["ImportError('initialization failed')", "SystemError('no result')", "ValueError()"])
def test_what_a_signal_became_in_compiled_code_is_still_that_signal(other: str, tmp_path: Path) -> None:
    program = f"""
import os, signal, sys
from scmgen.cli import main, words
def command(**told):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt as error:
        raise {other} from error
words.functions.callback = command
sys.argv = ["scmgen", "functions"]
main.main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    told = "scmgen: interrupted; nothing is half-written, the same command goes on with what is there\n"
    assert (done.returncode, done.stderr) == (130, told)


def test_an_error_after_a_signal_that_tells_of_itself_stays() -> None:
    def command() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise ScmgenError("step 7 is kept") from None

    with pytest.raises(ScmgenError, match="step 7 is kept"):
        ending.obeyed([signal.SIGINT], command)
    with pytest.raises(ImportError):
        ending.obeyed([], lambda: (_ for _ in ()).throw(ImportError("not there")))
