"""Which object a handle stands for, and which handle an object has in the child that lives now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from autograder.engine.protocol import wire
from autograder.engine.trusted.call_request import cannot_cross
from autograder.engine.trusted.errors import StudentError
from autograder.engine.trusted.lent_objects import LentObjects
from autograder.engine.trusted.student_objects import (
    Asker,
    Reference,
    StudentFunction,
    StudentObject,
    is_students,
    reference_of,
)
from autograder.models import Verdict
from utils.messages import get_message


class FetchingAsker(Asker, Protocol):
    """Asks the student's process, also for its globals."""

    def fetch(self, name: str) -> object:
        """The student's global of a name."""
        ...


class HandleTable:
    """The student's objects that the tests know, and the tests' objects that student code knows.

    Args:
        asker: Asks the student's process.
        lent: The objects of the tests that student code has got.
        cells: The text of the student's cells.
        process: Gives the number of the child that lives now.
    """

    def __init__(
        self,
        asker: FetchingAsker,
        lent: LentObjects,
        cells: Sequence[str],
        process: Callable[[], int],
    ) -> None:
        self._asker = asker
        self._lent = lent
        self._cells = cells
        self._process = process
        self._objects: dict[tuple[int, int], StudentObject] = {}

    def handle(self, value: Any) -> wire.Handle:
        """The handle of a student's object, or of one of the test's that is lent.

        Raises:
            CannotAskError: If it is neither.
        """
        if is_students(value):
            return reference_of(value).handle
        handle = self._lent.lend(value)
        if handle is None:
            raise cannot_cross(value)
        return handle

    def current_handle(self, value: Any) -> wire.Handle:
        """The handle of a value in the child that lives now.

        Raises:
            CannotAskError: If it has none.
            StudentError: If it was lost with an earlier child.
        """
        if not is_students(value):
            return self.handle(value)
        reference = reference_of(value)
        if reference.name and reference.process != self._process():
            fetched: Any = self._asker.fetch(reference.name)
            if not is_students(fetched):
                raise cannot_cross(fetched)
            reference = reference_of(fetched)
        if reference.process != self._process():
            raise StudentError(
                Verdict.RAISED,
                get_message("lost_with_process"),
            )
        return reference.handle

    def find(self, handle: wire.Handle, name: str = "", *, made_by_test: bool = False) -> object:
        """What a handle stands for: the test's own object, or always the same student's object.

        Args:
            handle: The handle.
            name: The student's global that it was found under.
            made_by_test: Whether the test made it, by calling a class of the student's.

        Raises:
            WireError: If it stands for nothing.
        """
        if handle.number < 0:
            return self._lent.find(handle.number)
        process = self._process()
        key = (process, handle.number)
        known = self._objects.get(key)
        if known is not None and (not name or reference_of(known).name == name):
            return known
        kind = StudentFunction if handle.callable else StudentObject
        reference = Reference(self._asker, handle, process, name, made_by_test, self._cells)
        made = self._objects[key] = kind(reference)
        return made
