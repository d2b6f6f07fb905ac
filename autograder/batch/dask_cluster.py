"""Grading on a Dask cluster that is running already: on SLURM, Kubernetes or plain machines.

A Dask worker never grades a submission itself: it passes jobs on to a pool of processes of its own,
the same as on a single machine. Only bytes and plain values are sent over the network.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from typing import Any

import distributed
from distributed.security import Security

from autograder.batch.cpython_internals import allow_children
from autograder.batch.process_pool import LocalProcessPool
from autograder.batch.worker import run_job
from autograder.course.grading_options import EngineChoice
from autograder.errors import CourseError, StorageError
from autograder.grading.job import Job, JobResult

_CONNECT_SECONDS = 30


def connect(address: str) -> tuple[Callable[[], Executor], int]:
    """Connect to a cluster; return what makes its executor, and how many jobs it can do at once.

    Certificates for ``tls://`` come from Dask's own configuration (``distributed.comm.tls``, or
    ``DASK_DISTRIBUTED__COMM__TLS__…`` in the environment).

    Args:
        address: The scheduler's, such as ``tls://login1:8786``.

    Raises:
        CourseError: If no scheduler answers there, or it has no workers.
    """
    try:
        open_client: Any = distributed.Client  # Dask has few types
        client = open_client(address, timeout=_CONNECT_SECONDS, security=_security(address))
    except (OSError, TimeoutError, ValueError) as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise CourseError(
            f"No Dask scheduler answers at {address} ({reason}). Is it running, and is this the "
            "address that it printed? For tls:// this machine needs the cluster's certificates."
        ) from error
    threads = client.nthreads()
    if not threads:
        client.close()
        raise CourseError(
            f"The Dask cluster at {address} has no workers yet. Start some with `dask worker`."
        )
    return (lambda: _ClusterExecutor(client)), sum(threads.values())


class _ClusterExecutor(Executor):
    """The cluster's own executor, told that no two jobs are the same."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Send a job to whichever worker is free."""
        del fn
        try:
            future: Future[Any] = self._executor.submit(run_in_local_pool, *args)
        except RuntimeError as error:  # the client was closed when its scheduler ended
            raise StorageError(
                "The connection to the Dask scheduler is lost. What was graded so far is kept; the "
                "next run goes on from there."
            ) from error
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Disconnect; the cluster keeps running."""
        del cancel_futures  # Dask cancels a job once nobody holds its future
        self._executor.shutdown(wait=wait)
        self._client.close()


def _security(address: str) -> Any:
    """Dask's own settings, if the address asks for encryption."""
    make: Any = Security
    return make(require_encryption=True) if address.startswith("tls://") else None


def run_in_local_pool(job: Job) -> JobResult:
    """Do a job in a process that this Dask worker starts, where student code is jailed."""
    with _lock:
        pool = _pool(job.engine)
    return pool.submit(run_job, job).result()


_lock = threading.Lock()


@cache
def _pool(choice: EngineChoice) -> LocalProcessPool:
    """A pool of as many processes as this Dask worker has threads."""
    workers = distributed.get_worker().state.nthreads
    # A Dask worker under a nanny is a daemon, which Python would not let have child processes.
    allow_children()
    return LocalProcessPool(workers, choice)
