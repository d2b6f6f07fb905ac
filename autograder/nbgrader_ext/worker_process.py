"""A process beside the Jupyter server, which does one thing after the other for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor
from typing import TypeVar

from autograder.batch.process_pool import spawn_pool

Result = TypeVar("Result")


class WorkerProcess:
    """Runs functions in a process of its own, which stays with its libraries loaded.

    It gets only one call at a time; the others wait here, so that a server that is stopped does not
    have to wait for them.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._process: Executor | None = None

    async def run(self, function: Callable[..., Result], *arguments: object) -> Result:
        """What a function returns, which is called in the process.

        Raises:
            BrokenExecutor: If the process ended meanwhile; the next call gets another one.
        """
        async with self._lock:
            if self._process is None:
                self._process = spawn_pool(1)
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._process, function, *arguments)
            except BrokenExecutor:
                self.close()
                raise

    def close(self) -> None:
        """End the process; the next call gets another one."""
        if self._process is not None:
            self._process.shutdown(wait=True, cancel_futures=True)
            self._process = None
