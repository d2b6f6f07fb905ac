"""The solution's functions as plain code, and variants of them with parts replaced.

Only the instructor's own code is run here, and only what a function needs: the import, function or
value behind a name is executed when the name is first looked up.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any

from nbformat import NotebookNode

from autograder.course.cell_names import parse_cell
from autograder.course.layout import Assignment
from autograder.course.notebook import is_experiment, is_solution, is_test
from autograder.diagnosis.mistakes import AcceptedForm, Mistake
from autograder.diagnosis.slips import EditedFunction
from autograder.diagnosis.student_region import StudentRegion
from autograder.diagnosis.switches import SWITCHES
from autograder.errors import CourseError
from autograder.lru_cache import digest


class Solution:
    """What the source notebook defines, apart from its tests and experiments.

    Args:
        assignment: It must have been built.

    Attributes:
        texts: By name, the text that defines it.
        exercises: The functions that students write, by name.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.texts: dict[str, str] = {}
        self.exercises: dict[str, StudentRegion] = {}
        self._variants: dict[tuple[Any, ...], Variant] = {}
        self._edited: dict[tuple[Any, ...], EditedFunction] = {}
        for cell in assignment.notebook.cells:
            if cell.cell_type == "code" and not is_test(cell) and not is_experiment(cell):
                self._read(cell)

    def fresh_globals(self, replaced: Mapping[str, str] | None = None) -> LazyGlobals:
        """New globals with the solution's names in them.

        Args:
            replaced: By function, the text to use instead of the solution's.
        """
        return LazyGlobals(self.texts, replaced or {})

    def globals_with_mistakes(self, mistakes: Iterable[Mistake | AcceptedForm]) -> LazyGlobals:
        """New globals in which the functions contain these mistakes (see ``variant``)."""
        return self.variant(mistakes).fresh_globals()

    def variant(self, mistakes: Iterable[Mistake | AcceptedForm] = ()) -> Variant:
        """The solution with mistakes in it; without any, the solution itself.

        Raises:
            CourseError: If a mistake's function is not an exercise, or the text that it replaces
                does not occur exactly once in the function.
        """
        mistakes = tuple(mistakes)
        key = tuple((mistake.function, mistake.replace) for mistake in mistakes)
        variant = self._variants.get(key)  # few enough to keep them all
        if variant is None:
            variant = self._variants[key] = Variant(self, self._replaced(mistakes))
        return variant

    def edited(self, function: str, mistakes: Iterable[Mistake] = ()) -> EditedFunction:
        """A function with every edit that the rules know, and with these known mistakes."""
        mistakes = tuple(mistakes)
        key = (function, tuple(mistake.replace for mistake in mistakes))
        edited = self._edited.get(key)
        if edited is None:
            known = [self._replaced([mistake])[function] for mistake in mistakes]
            edited = self._edited[key] = EditedFunction(self.exercises[function], known)
        return edited

    def edited_variant(self, edited: EditedFunction, edits: frozenset[int]) -> Variant:
        """The solution with these edits in one of its functions."""
        return Variant(self, {edited.name: edited.text}, edits)

    def _replaced(self, mistakes: Iterable[Mistake | AcceptedForm]) -> dict[str, str]:
        replaced: dict[str, str] = {}
        for mistake in mistakes:
            owner = f"{self.assignment.name}: the mistake {mistake.id!r}"
            if mistake.function not in self.exercises:
                raise CourseError(
                    f"{owner} belongs to {mistake.function}, which no solution cell defines."
                )
            text = replaced.get(mistake.function, self.texts[mistake.function])
            for old, new in mistake.replace:
                text = _replace(text, old, new, owner)
            replaced[mistake.function] = text
        return replaced

    @cached_property
    def digest(self) -> bytes:
        """Digest of its code."""
        return digest(*(text.encode() for pair in sorted(self.texts.items()) for text in pair))

    def used_by(self, function: str) -> set[str]:
        """The exercises that ``function`` calls, directly or not, including itself."""
        used, pending = set(), [function]
        while pending:
            name = pending.pop()
            if name in used or name not in self.exercises:
                continue
            used.add(name)
            pending += self.exercises[name].names
        return used

    def _read(self, cell: NotebookNode) -> None:
        tree = parse_cell(cell.source)
        for node in tree.body if tree else ():  # a cell may be broken on purpose
            part = ast.get_source_segment(cell.source, node) or ""
            match node:
                case ast.Import() | ast.ImportFrom():
                    names = [alias.asname or alias.name.split(".")[0] for alias in node.names]
                case ast.FunctionDef() | ast.ClassDef():
                    names = [node.name]
                    if is_solution(cell) and isinstance(node, ast.FunctionDef):
                        self.exercises[node.name] = StudentRegion.parse(part)
                case ast.Assign():
                    names = [name for target in node.targets for name in _assigned(target)]
                case _:
                    names = []
            self.texts.update(dict.fromkeys(names, part))


def load_solution(assignment: Assignment) -> Solution:
    """The solution of an assignment, parsed again only when its source notebook changes."""
    status = assignment.source.stat()
    return _load_solution(assignment, status.st_mtime_ns, status.st_ino)


class Variant:
    """The solution with some of its functions replaced.

    Args:
        solution: The solution that it is a variant of.
        replaced: By function, the text to use instead of the solution's.
        edits: The edits that are made in that text (see ``slips.EditedFunction``).
    """

    def __init__(
        self, solution: Solution, replaced: Mapping[str, str], edits: frozenset[int] = frozenset()
    ) -> None:
        self._solution = solution
        self._replaced = replaced
        self._edits = edits
        texts = (_text_digest(text) for pair in sorted(replaced.items()) for text in pair)
        self.digest = digest(solution.digest, *texts, ascii(sorted(edits)).encode())

    def fresh_globals(self) -> LazyGlobals:
        """New globals with its functions in them."""
        names = self._solution.fresh_globals(self._replaced)
        names[SWITCHES] = self._edits
        return names


class LazyGlobals(dict[str, Any]):
    """Globals in which each name's definition is executed when it is first looked up."""

    def __init__(self, texts: Mapping[str, str], replaced: Mapping[str, str]) -> None:
        super().__init__(__name__="solution", __builtins__=builtins)
        self._texts = texts
        self._replaced = replaced

    def __missing__(self, name: str) -> Any:
        text = self._replaced.get(name) or self._texts.get(name)
        if text is None:
            if not hasattr(builtins, name):
                raise KeyError(name)
            self[name] = getattr(builtins, name)  # the next look-up is quick
            return dict.__getitem__(self, name)
        exec(_compiled(text), self)  # noqa: S102  the instructor's own code
        return dict.__getitem__(self, name)

    def function(self, name: str) -> Callable[..., Any]:
        """One of the functions."""
        function: Callable[..., Any] = self[name]
        return function


def _replace(text: str, old: str, new: str, owner: str) -> str:
    if text.count(old) != 1:
        raise CourseError(
            f"{owner} replaces {old!r}, which occurs {text.count(old)} times in its function. "
            "It must occur exactly once."
        )
    return text.replace(old, new)


def _assigned(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


@lru_cache(4096)
def _text_digest(text: str) -> bytes:
    return digest(text.encode())


@lru_cache(1024)
def _compiled(text: str) -> CodeType:
    return compile(text, "<solution>", "exec", dont_inherit=True)


@lru_cache(8)
def _load_solution(assignment: Assignment, *_status: int) -> Solution:
    return Solution(assignment)
