"""The solution's functions as plain code, and variants of them with something replaced.

Only the instructor's own text is run here, and only what a function needs: a name is looked up
when it is used, and the import, function or value that the notebook has for it is made then.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any

from nbformat import NotebookNode

from autograder.course.layout import Assignment
from autograder.course.notebook import is_experiment, is_solution, is_test
from autograder.course.stubs import regions
from autograder.diagnosis.mistakes import Mistake
from autograder.errors import CourseError
from autograder.lru_cache import digest


class Solution:
    """What the source notebook defines, outside of its tests and experiments.

    Args:
        assignment: It must have been built.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.texts: dict[str, str] = {}
        self.exercises: dict[str, StudentRegion] = {}
        self._variants: dict[tuple[Any, ...], Variant] = {}
        for cell in assignment.notebook.cells:
            if cell.cell_type == "code" and not is_test(cell) and not is_experiment(cell):
                self._read(cell)

    @classmethod
    def of(cls, assignment: Assignment) -> Solution:
        """The same solution for a whole class, until its source notebook is another."""
        seen = assignment.source.stat()
        return _solution(assignment, seen.st_mtime_ns, seen.st_ino)

    def names(self, replaced: Mapping[str, str] | None = None) -> LazyGlobals:
        """Fresh globals in which the solution's names are found.

        Args:
            replaced: By function, the text that stands for it.
        """
        return LazyGlobals(self.texts, replaced or {})

    def with_mistakes(self, mistakes: Iterable[Mistake]) -> LazyGlobals:
        """Fresh globals in which functions hold mistakes (see ``variant``)."""
        return self.variant(mistakes).names()

    def variant(self, mistakes: Iterable[Mistake] = ()) -> Variant:
        """The solution with mistakes in it, or as it is.

        Raises:
            CourseError: If a mistake's function is none, or its old text does not stand there
                just once.
        """
        mistakes = tuple(mistakes)
        key = tuple((one.function, one.replace) for one in mistakes)
        found = self._variants.get(key)  # of a bank's mistakes there are only so many
        if found is None:
            found = self._variants[key] = Variant(self, self._replaced(mistakes))
        return found

    def _replaced(self, mistakes: Iterable[Mistake]) -> dict[str, str]:
        replaced: dict[str, str] = {}
        for one in mistakes:
            if one.function not in self.exercises:
                raise CourseError(
                    f"{self.assignment.name}: the mistake {one.id!r} is one of {one.function}, "
                    "which no solution cell defines."
                )
            text = replaced.get(one.function, self.texts[one.function])
            for old, new in one.replace:
                text = _replace(text, old, new, f"{self.assignment.name}: the mistake {one.id!r}")
            replaced[one.function] = text
        return replaced

    @cached_property
    def digest(self) -> bytes:
        """What tells its code from any other."""
        return digest(*(text.encode() for pair in sorted(self.texts.items()) for text in pair))

    def used_by(self, function: str) -> set[str]:
        """The exercises' functions that ``function`` calls, itself included."""
        found, waiting = set(), [function]
        while waiting:
            name = waiting.pop()
            if name in found or name not in self.exercises:
                continue
            found.add(name)
            waiting += self.exercises[name].names
        return found

    def _read(self, cell: NotebookNode) -> None:
        text = re.sub(r"^[ \t]*[%!].*$", "", cell.source, flags=re.MULTILINE)
        for node in ast.parse(text).body:
            part = ast.get_source_segment(text, node) or ""
            match node:
                case ast.Import() | ast.ImportFrom():
                    bound = [name.asname or name.name.split(".")[0] for name in node.names]
                case ast.FunctionDef() | ast.ClassDef():
                    bound = [node.name]
                    if is_solution(cell) and isinstance(node, ast.FunctionDef):
                        self.exercises[node.name] = StudentRegion.find(part)
                case ast.Assign():
                    bound = [name for target in node.targets for name in _stored(target)]
                case _:
                    bound = []
            self.texts.update(dict.fromkeys(bound, part))


class Variant:
    """The solution with some of its functions replaced.

    Args:
        solution: What it is a variant of.
        replaced: By function, the text that stands for it.
    """

    def __init__(self, solution: Solution, replaced: Mapping[str, str]) -> None:
        self._solution = solution
        self._replaced = replaced
        texts = (text.encode() for pair in sorted(replaced.items()) for text in pair)
        self.digest = digest(solution.digest, *texts)

    def names(self) -> LazyGlobals:
        """Fresh globals with its functions."""
        return self._solution.names(self._replaced)


@dataclass(frozen=True)
class StudentRegion:
    """A function of an exercise, and the lines of it that a student writes.

    Attributes:
        text: The whole function.
        lines: Numbers of the lines between the markers, from 1.
    """

    text: str
    lines: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def find(cls, text: str) -> StudentRegion:
        """Read a function's text."""
        inside = {number + 1 for first, last in regions(text) for number in range(first, last)}
        return cls(text, frozenset(inside))

    @cached_property
    def names(self) -> list[str]:
        """Names that the function uses."""
        return [node.id for node in ast.walk(ast.parse(self.text)) if isinstance(node, ast.Name)]


class LazyGlobals(dict[str, Any]):
    """Globals in which a name is made when it is first used."""

    def __init__(self, texts: Mapping[str, str], replaced: Mapping[str, str]) -> None:
        super().__init__(__name__="solution", __builtins__=builtins)
        self._texts = texts
        self._replaced = replaced

    def __missing__(self, name: str) -> Any:
        text = self._replaced.get(name) or self._texts.get(name)
        if text is None:
            raise KeyError(name)
        exec(_compiled(text), self)  # noqa: S102  the instructor's own text
        return dict.__getitem__(self, name)

    def function(self, name: str) -> Callable[..., Any]:
        """One of the functions."""
        found: Callable[..., Any] = self[name]
        return found


def _replace(text: str, old: str, new: str, whose: str) -> str:
    if text.count(old) != 1:
        raise CourseError(
            f"{whose} replaces {old!r}, which stands {text.count(old)} times in its function, "
            "not once."
        )
    return text.replace(old, new)


def _stored(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


@lru_cache(1024)
def _compiled(text: str) -> CodeType:
    return compile(text, "<solution>", "exec", dont_inherit=True)


@lru_cache(8)
def _solution(assignment: Assignment, *_seen: int) -> Solution:
    return Solution(assignment)
