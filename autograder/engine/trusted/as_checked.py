"""Functions as they were when they were themselves checked, in processes of their own.

A check may compare an answer with what follows from another function of the student's. A cell may
have changed that function since it was checked, or the function may remember what it was called
with. So each call is answered by a process in which only the cells above the function's own test
have run, and which ends after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from autograder.engine.trusted.errors import EngineError
from autograder.engine.trusted.session import ExecutedCell, Session


class FunctionsAsChecked:
    """Sessions with the functions of one submission as they were when they were checked.

    All of them together have a submission's time.

    Args:
        session: The submission's own.

    Attributes:
        cpu_seconds: CPU time of their processes.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seconds = session.limits.submission_seconds
        self._cells: dict[str, tuple[ExecutedCell, ...]] = {}
        self.cpu_seconds = 0.0

    def note(self, functions: Iterable[str], cells: Iterable[ExecutedCell]) -> None:
        """Note that functions are checked now, with only these cells above."""
        above = tuple(cells)
        for name in functions:
            self._cells.setdefault(name, above)

    @contextmanager
    def session(self, function: str) -> Iterator[Session]:
        """A session for one call of a function.

        Raises:
            EngineError: If no test cell so far checks the function.
        """
        if function not in self._cells:
            raise EngineError(
                f"A check asks for {function} as it was when it was itself checked, but no test "
                "cell above checks it."
            )
        begun = time.monotonic()
        session = self._session.successor(self._seconds)
        session.repeat(self._cells[function])
        try:
            yield session
        finally:
            session.close()
            self.cpu_seconds += session.cpu_seconds
            self._seconds -= time.monotonic() - begun
