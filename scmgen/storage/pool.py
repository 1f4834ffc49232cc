"""Mapping a job over tasks: in this process, in spawned ones, or on any executor.

Results come in the order of the tasks, and a bounded number is in flight, so that memory does not
grow with their number.
"""

from __future__ import annotations

import collections
import functools
import logging
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from scmgen.errors import ScmgenError, suggestion
from scmgen.scene import plugins
from scmgen.scene.plugins import Brought
from scmgen.storage import worker

Result = TypeVar("Result")

_WINDOW = 64  # jobs in flight on an executor whose size is not known
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
    if executor is None and (workers <= 1 or len(tasks) <= 1):
        yield from map(prepared, tasks)
        return
    try:
        if executor is not None:
            yield from _in_order(executor, prepared, tasks, _WINDOW, lent=True)
            return
        with _processes(min(workers, len(tasks))) as pool:
            yield from _in_order(pool, prepared, tasks, 4 * workers, lent=False)
    except BrokenExecutor:
        raise ScmgenError(f"a worker process died (killed, or out of memory); {_GOES_ON}") from None


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
    with worker.at_work():
        return job(task)


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    """Spawned processes, so that every operating system runs the same code; they end at once if the block fails."""
    context = get_context("spawn")
    with _undisturbed():
        heard, kept_open = context.Pipe(duplex=False)
        pool = ProcessPoolExecutor(count, context, worker.start, (heard,))
    try:
        yield pool
    except BaseException:
        kept_open.close()  # what the workers hear
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        kept_open.close()
        heard.close()


def _in_order(
    pool: Executor, job: Callable[[Any], Result], tasks: Sequence[Any], window: int, lent: bool
) -> Iterator[Result]:
    """Results in order; of a lent executor what is waiting is taken back.

    Our own processes end with their pool, whose thread gives each waiting job an error; one that was taken back has no
    place for it, and the thread would die of that, in front of the user.
    """
    waiting: collections.deque[Future[Result]] = collections.deque()
    try:
        for task in tasks:
            with _undisturbed():
                waiting.append(pool.submit(job, task))
            if len(waiting) >= window:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting if lent else ():
            future.cancel()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Start processes with signals blocked: a terminal and a scheduler send them to all, and the parent obeys them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, worker.SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
