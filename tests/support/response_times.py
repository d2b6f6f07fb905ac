"""How long a server takes to answer, asked again and again while something else goes on."""

from __future__ import annotations

import threading
import time
import urllib.request
from types import TracebackType
from typing import Self


class Pulse:
    """Asks a Jupyter server how it is, from a thread, until the block is left.

    Args:
        url: The server's.
        token: The server's.
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
        """Stop asking; an answer that is under way is waited for and counts."""
        self._over.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    @property
    def slowest(self) -> float:
        """The longest that an answer took, in seconds."""
        return max(self.seconds)

    def _ask(self) -> None:
        while not self._over.wait(0.05 if self.seconds else 0):
            begun = time.perf_counter()
            try:
                urllib.request.urlopen(self._request, timeout=120).close()  # noqa: S310
            except OSError as failure:
                self._failure = failure
                return
            self.seconds.append(time.perf_counter() - begun)
