"""The two passes over a test cell in which work is graded: visible checks first, hidden ones last.

What a hidden check hands to a student's function must not come out again. So the engine runs a test
cell twice: first its visible checks and, when all that a student gets to read has been said, its
hidden ones. Everywhere else, as in a student's own notebook, there is no pass, and all checks run
in the order of the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from utils.checking.report import Line


class GradingPass:
    """One pass over one test cell.

    Args:
        hidden: Whether it runs the hidden checks; otherwise it runs the visible ones.
        earlier: The results of the pass before this one.

    Attributes:
        hidden: The same.
        lines: The results of the checks that ran in this pass, in order.
        functions: The functions that the cell checks.
        skipped: Whether there was a check that belongs to a later pass.
    """

    def __init__(self, *, hidden: bool, earlier: Iterable[Line] = ()) -> None:
        self.hidden = hidden
        self.lines: list[Line] = []
        self.functions: list[str] = []
        self.skipped = False
        self._earlier = {line.name: line for line in earlier}

    def result_of_other_pass(self, name: str) -> Line | None:
        """The result of a check that this pass does not run; None before it has run."""
        self.skipped |= not self.hidden
        return self._earlier.get(name)


_CURRENT: ContextVar[GradingPass | None] = ContextVar("grading_pass", default=None)


def current_pass() -> GradingPass | None:
    """The pass that is going on; None outside of the engine."""
    return _CURRENT.get()


@contextmanager
def running(grading_pass: GradingPass) -> Iterator[None]:
    """While the context lasts, checks belong to this pass."""
    token = _CURRENT.set(grading_pass)
    try:
        yield
    finally:
        _CURRENT.reset(token)
