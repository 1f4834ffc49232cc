"""Mapping a job over tasks: in this process, in spawned ones, or on any executor.

Results come in the order of the tasks, and a bounded number is in flight, so that memory does not
grow with their number.
"""

from __future__ import annotations

import collections
import functools
import logging
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from multiprocessing import connection, get_context, resource_tracker
from typing import Any, TypeVar

from scmgen.errors import ScmgenError, suggestion
from scmgen.scene import plugins
from scmgen.scene.plugins import Brought
from scmgen.storage.processes import worker

Result = TypeVar("Result")

_WINDOW = 64  # jobs in flight on an executor whose size is not known
_AHEAD = 4  # tasks for each process that may be done before their turn
_PATIENCE = 1.0  # seconds in which processes that were told to end do so
_GOES_ON = "what is complete stays, the same command goes on"


def run(
    job: Callable[[Any], Result],
    tasks: Sequence[Any],
    workers: int,
    plugin_files: Sequence[Brought] = (),
    executor: Executor | None = None,
) -> Generator[Result, None, None]:
    """Map a picklable job over tasks, results in order; closing it ends the workers, who remove what they began.

    Args:
        job: a pure function of a task.
        tasks: what to map it over.
        workers: spawned processes; 1 stays in this one. Not read if an executor is given.
        plugin_files: plug-ins and pictures that every worker loads first.
        executor: any :class:`concurrent.futures.Executor`, on this machine or others.

    Raises:
        ScmgenError: if a worker dies.
    """
    prepared = functools.partial(_prepared, job, list(plugin_files))
    try:
        if executor is not None:
            yield from _in_order(executor, prepared, tasks)
        elif workers <= 1 or len(tasks) <= 1:
            yield from map(prepared, tasks)
        else:
            yield from _spread(prepared, tasks, min(workers, len(tasks)))
    except BrokenExecutor:
        raise _died() from None


@contextmanager
def connect(address: str) -> Iterator[Executor]:
    """Open the executor of a cluster, ``dask://HOST:PORT``; it repeats elsewhere what a dead worker left.

    Raises:
        ScmgenError: if the address is of another kind, nobody answers, or dask is not installed; and from
            the block if worker after worker dies, or the scheduler.
    """
    kind, _, place = address.partition("://")
    if kind != "dask" or not place:
        raise ScmgenError(f"--executor {address}: {suggestion(kind, ['dask'])} (write dask://HOST:PORT)")
    try:
        from distributed import Client, KilledWorker  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        raise ScmgenError("--executor dask://...: needs dask: pip install 'scmgen[distributed]'") from None
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a line of ours says what its tracebacks tell
    try:
        client: Any = Client(f"tcp://{place}", timeout=10)  # type: ignore[no-untyped-call, unused-ignore]
    except (OSError, ValueError) as error:
        raise ScmgenError(f"--executor {address}: no scheduler answers there ({type(error).__name__})") from None
    with client:
        try:
            yield client.get_executor(pure=False)
        except KilledWorker:
            raise ScmgenError(
                f"--executor {address}: worker after worker died (killed, or out of memory); {_GOES_ON}"
            ) from None
        except CancelledError:
            raise ScmgenError(f"--executor {address}: the scheduler is gone; {_GOES_ON}") from None


def _prepared(job: Callable[[Any], Result], plugin_files: list[Brought], task: Any) -> Result:
    """Run a job where the plug-ins are loaded; a process loads each once."""
    if plugin_files:
        plugins.load(plugin_files)
    plugins.load_installed()
    return job(task)


def _spread(job: Callable[[Any], Result], tasks: Sequence[Any], count: int) -> Iterator[Result]:
    """Results in order from processes that have a task each; one is given the next when it has told what came of it.

    Nothing but this loop talks to them: no thread, and no lock that one of them could take along when it ends.
    """
    done: dict[int, tuple[bool, Any]] = {}
    at_work: dict[Any, int] = {}
    given = 0
    with _processes(count, job) as idle:
        for turn in range(len(tasks)):
            while True:
                while idle and given < min(len(tasks), turn + _AHEAD * count):
                    pipe = idle.pop()
                    with _talking():
                        pipe.send(tasks[given])
                    at_work[pipe], given = given, given + 1
                if turn in done:
                    break
                heard: list[Any] = connection.wait(list(at_work))
                for pipe in heard:
                    with _talking():
                        done[at_work.pop(pipe)] = pipe.recv()
                    idle.append(pipe)
            well, result = done.pop(turn)
            if not well:
                raise result
            yield result


@contextmanager
def _talking() -> Iterator[None]:
    """Say so if whoever is at the other end of a pipe is gone."""
    try:
        yield
    except (EOFError, OSError):
        raise _died() from None


def _died() -> ScmgenError:
    return ScmgenError(f"a worker process died (killed, or out of memory); {_GOES_ON}")


@contextmanager
def _processes(count: int, job: Callable[[Any], Any]) -> Iterator[list[Any]]:
    """A pipe to each of some spawned processes, so that every operating system runs the same code.

    They end at once when the block ends, whatever they do. A signal that comes while they are started or ended waits:
    what it would leave half-started would wait for its parent, and its parent for it.
    """
    context, started, pipes = get_context("spawn"), list[Any](), list[Any]()
    resource_tracker.ensure_running()  # which lets signals in when it starts, so it starts first
    heard, kept_open = context.Pipe(duplex=False)
    try:
        with _undisturbed():
            for _ in range(count):
                mine, theirs = context.Pipe()
                process = context.Process(target=worker.work, args=(heard, theirs, job), daemon=True)
                process.start()
                theirs.close()
                started.append(process)
                pipes.append(mine)
        yield list(pipes)
    finally:
        with _undisturbed():
            for end in (kept_open, heard, *pipes):
                end.close()  # which the processes hear
            _ended(started)


def _ended(processes: Sequence[Any]) -> None:
    """Wait until processes that were told to end have done so, and end those that do not."""
    left = {process.sentinel: process for process in processes}
    until = time.monotonic() + _PATIENCE
    while left and (seconds := until - time.monotonic()) > 0:
        for sentinel in connection.wait(list(left), seconds):
            left.pop(sentinel)
    for process in left.values():
        process.kill()
    for process in processes:
        process.join()


def _in_order(pool: Executor, job: Callable[[Any], Result], tasks: Sequence[Any]) -> Iterator[Result]:
    """Results in order; what waits is taken back."""
    waiting: collections.deque[Future[Result]] = collections.deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(job, task))
            if len(waiting) >= _WINDOW:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals wait, and be blocked in processes that start: a terminal sends them to all, and the parent obeys.

    That they are blocked in this thread is not enough: the system gives them to any other that there is, and Python
    obeys them here.
    """
    came: list[int] = []
    obeyed = {number: signal.getsignal(number) for number in worker.SIGNALS if callable(signal.getsignal(number))}
    if threading.current_thread() is not threading.main_thread():
        obeyed = {}
    try:
        for number in obeyed:
            signal.signal(number, lambda number, frame: came.append(number))
        with _blocked():
            yield
    finally:
        for number, handler in obeyed.items():
            signal.signal(number, handler)
    for number in came:
        signal.raise_signal(number)


@contextmanager
def _blocked() -> Iterator[None]:
    """Block signals in this thread and whatever it starts, where the system can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, worker.SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
