"""Measures how fast a server answers while it is doing something else."""

from __future__ import annotations

import threading
import time
import urllib.request
from types import TracebackType
from typing import Self


class ResponseTimer:
    """Asks a Jupyter server for its status again and again, in a thread, until the block ends.

    Args:
        url: The server's address.
        token: Its token.

    Attributes:
        seconds: How long each answer took.
    """

    def __init__(self, url: str, token: str) -> None:
        self._request = urllib.request.Request(  # noqa: S310  our own server
            f"{url}/api/status", headers={"Authorization": f"token {token}"}
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.seconds: list[float] = []
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop asking, after the answer to the last question, which counts as well."""
        self._over.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    @property
    def slowest(self) -> float:
        """The longest time that an answer took, in seconds."""
        return max(self.seconds)

    def _ask(self) -> None:
        while not self._over.wait(0.05 if self.seconds else 0):
            start = time.perf_counter()
            try:
                urllib.request.urlopen(self._request, timeout=120).close()  # noqa: S310
            except OSError as failure:
                self._failure = failure
                return
            self.seconds.append(time.perf_counter() - start)
