"""The executor of a cluster, on whose machines the processes of a benchmark run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import Any

from cdm.errors import CdmError

_PATIENCE = 10  # seconds in which a scheduler must answer


@contextmanager
def connected(address: str) -> Iterator[Executor]:
    """The executor of ``dask://HOST:PORT``; it repeats elsewhere what a worker that died had begun.

    Raises:
        CdmError: if the address is of another kind, nobody answers, or dask is not installed; and from the block if the
            scheduler is gone, or worker after worker died of one cell.
    """
    kind, _, place = address.partition("://")
    if kind != "dask" or not place:
        raise CdmError(f"--executor {address}: an address as in dask://HOST:PORT is needed")
    try:
        from distributed import Client, KilledWorker  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        raise CdmError("--executor dask://...: needs dask: pip install 'scmgen[distributed]'") from None
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a line of ours says what its tracebacks tell
    try:
        client: Any = Client(f"tcp://{place}", timeout=_PATIENCE)  # type: ignore[no-untyped-call, unused-ignore]
    except (OSError, ValueError) as error:
        raise CdmError(f"--executor {address}: no scheduler answers there ({type(error).__name__})") from None
    with client:
        try:
            yield client.get_executor(pure=False)
        except (KilledWorker, CancelledError) as error:
            gone = "the scheduler is gone" if isinstance(error, CancelledError) else "worker after worker died"
            raise CdmError(f"--executor {address}: {gone}; the cells stay, and the same command goes on") from None
