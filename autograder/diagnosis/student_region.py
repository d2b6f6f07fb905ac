"""A function of an exercise, and which of its lines students write."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property

from autograder.course.stubs import regions


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
    def parse(cls, text: str) -> StudentRegion:
        """Find the marked lines in a function's text."""
        inside = {number + 1 for first, last in regions(text) for number in range(first, last)}
        return cls(text, frozenset(inside))

    @cached_property
    def names(self) -> list[str]:
        """The names that the function uses."""
        return [node.id for node in ast.walk(ast.parse(self.text)) if isinstance(node, ast.Name)]
