"""Which of the course's own code the examiner runs itself, read from the source notebook.

A test may use what an ordinary cell or an earlier test cell imported or defined. The student's
process has that too, and could say anything about it: an assert function that is looked up there
never fails. So the examiner runs these statements itself. Only what stands in a solution cell is
the student's, from that cell on; an import there is still the instructor's.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Literal

from nbformat import NotebookNode

from autograder.course.cell_names import bound_names, parse_cell, used_names
from autograder.course.notebook import grade_id, is_experiment, is_solution, is_test
from autograder.course.released_cells import (
    BEGIN_SOLUTION,
    END_SOLUTION,
    hidden_lines,
)
from autograder.course.stubs import BEGIN, END

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
# Methods that change what they belong to.
_CHANGING = frozenset(
    [
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "extendleft",
        "fill",
        "insert",
        "pop",
        "popitem",
        "popleft",
        "push",
        "remove",
        "resize",
        "reverse",
        "setdefault",
        "sort",
        "update",
        "write",
    ]
)

_Role = Literal["ordinary", "solution", "test"]
_Cells = tuple[tuple[_Role, str, str], ...]


@dataclass(frozen=True, slots=True)
class CourseStatement:
    """A statement that the examiner runs itself.

    Attributes:
        code: The statement.
        names: What it gives a meaning, or changes.
        answered: The modules that it imports, if the student was to import them: it is run only
            for who has. Empty for any other statement.
    """

    code: CodeType
    names: frozenset[str]
    answered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseCell:
    """What the examiner does when it comes to a code cell of the source notebook.

    Attributes:
        role: Whether it is an ordinary cell (a locked one included), a solution, or a test.
        key: By which the cell is found in a submission: its ``grade_id``, or its text.
        text: The text of the statements that the examiner runs: of a test cell those that later
            ones need, which are run again before hidden tests.
        statements: These statements.
        claimed: Names that are the student's from here on.
        is_hidden: Whether a test cell uses a name that only hidden tests above it define.
    """

    role: _Role
    key: str
    text: str
    statements: tuple[CourseStatement, ...]
    claimed: frozenset[str]
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class InstructorNames:
    """The code cells of a source notebook, in order.

    Attributes:
        cells: What is done at each.
        by_key: The same, by their keys.
    """

    cells: tuple[CourseCell, ...] = ()

    @classmethod
    def of(cls, source: NotebookNode | None) -> InstructorNames:
        """Those of a source notebook; none if there is no such notebook."""
        if source is None:
            return cls()
        return _analyze(tuple(_roles(source)))

    def find(self, cell: NotebookNode) -> CourseCell | None:
        """What is done at a cell of a restored submission; None if the source has no such cell."""
        key = cell_key(cell)
        return next((known for known in self.cells if known.key == key), None)

    def is_hidden(self, name: str) -> bool:
        """Whether a test cell can only be run after the hidden tests above it."""
        return any(cell.is_hidden for cell in self.cells if cell.key == name)

    def before(self, name: str) -> tuple[CourseCell, ...]:
        """The cells before the test cell ``name``; none if there is no such cell."""
        keys = [cell.key for cell in self.cells]
        return self.cells[: keys.index(name)] if name in keys else ()


def cell_key(cell: NotebookNode) -> str:
    """By what a cell is found again: its ``grade_id``, or its text without spaces at its ends."""
    name = grade_id(cell)
    if name is not None:
        return name
    lines = (line.rstrip() for line in cell.source.split("\n") if line.strip())
    return "text:" + "\n".join(lines)


def _roles(source: NotebookNode) -> Iterator[tuple[_Role, str, str]]:
    for cell in source.cells:
        if cell.cell_type != "code" or is_experiment(cell):
            continue
        role: _Role = "test" if is_test(cell) else "solution" if is_solution(cell) else "ordinary"
        yield role, cell_key(cell), cell.source


@dataclass(slots=True)
class _Statement:
    """A statement at the top of a cell.

    Attributes:
        node: Its syntax tree.
        position: The number of its cell.
        bound: Names that it gives a meaning, or whose value it changes.
        used: Names that it reads.
        is_answer: Whether it stands where the student writes.
        needed: Whether the examiner runs it.
    """

    node: ast.stmt
    position: int
    bound: frozenset[str]
    used: frozenset[str]
    is_answer: bool = False
    needed: bool = False

    def compiled(self) -> CourseStatement:
        """The statement, ready to be run."""
        name = f"<cell {self.position + 1}>"
        code = compile(ast.Module([self.node], []), name, "exec", dont_inherit=True)
        return CourseStatement(code, self.bound, _modules(self.node) if self.is_answer else ())


@functools.lru_cache(64)
def _analyze(cells: _Cells) -> InstructorNames:
    statements = [
        statement
        for position, (role, _, text) in enumerate(cells)
        for statement in _statements(text, position, is_solution=role == "solution")
        if role != "solution" or isinstance(statement.node, _IMPORTS)
    ]
    tests = [position for position, (role, *_) in enumerate(cells) if role == "test"]
    imported = frozenset[str]().union(
        *(one.bound for one in statements if isinstance(one.node, _IMPORTS) and not one.is_answer)
    )
    _mark_needed(statements, {position: used_names(cells[position][2]) for position in tests})
    made = []
    for position, (role, key, text) in enumerate(cells):
        needed = [one for one in statements if one.position == position and one.needed]
        claimed = frozenset[str]()
        if role == "solution":
            claimed = (bound_names(text) | _changed_names(text)) - imported
        made.append(
            CourseCell(
                role,
                key,
                "\n".join(ast.unparse(one.node) for one in needed),
                tuple(one.compiled() for one in needed),
                claimed,
                role == "test" and bool(_names_of_hidden_tests(cells, position)),
            )
        )
    return InstructorNames(tuple(made))


def _names_of_hidden_tests(cells: _Cells, position: int) -> set[str]:
    """Names that a test cell uses and only hidden tests of test cells above it bind."""
    wanted = set(used_names(_visible(cells[position][2])) - bound_names(cells[position][2]))
    hidden = set[str]()
    for role, _, text in cells[:position]:
        visible = _visible(text) if role == "test" else text
        hidden |= bound_names(text)
        wanted -= bound_names(visible)
    return wanted & hidden


def _visible(text: str) -> str:
    lines = hidden_lines(text)
    kept = (line for number, line in enumerate(text.split("\n"), 1) if number not in lines)
    return "\n".join(kept) if lines else text


def _mark_needed(statements: list[_Statement], tests: dict[int, frozenset[str]]) -> None:
    """Mark the statements on which tests further down depend by name."""
    last_use: dict[str, int] = {}
    for position, names in tests.items():
        for name in names:
            last_use[name] = max(position, last_use.get(name, 0))
    changed = True
    while changed:
        changed = False
        for one in statements:
            if one.needed or not _is_wanted(one, statements, last_use):
                continue
            one.needed = changed = True
            # A function's names are looked up when a test calls it, further down.
            latest = max((last_use.get(name, 0) for name in one.bound), default=one.position)
            for name in one.used:
                last_use[name] = max(latest, one.position, last_use.get(name, 0))


def _is_wanted(one: _Statement, statements: list[_Statement], last_use: dict[str, int]) -> bool:
    if isinstance(one.node, ast.ImportFrom) and any(name.name == "*" for name in one.node.names):
        return True
    if any(last_use.get(name, -1) > one.position for name in one.bound):
        return True
    if not _sets_something_up(one.node):
        return False
    return any(
        other.needed and not isinstance(other.node, (*_DEFINITIONS, *_IMPORTS))
        for other in statements
        if other.position == one.position
    )


def _sets_something_up(node: ast.stmt) -> bool:
    """Whether a statement is a call such as ``np.random.seed(1)``, whose value nobody takes."""
    return isinstance(node, ast.Expr) and "seed" in ast.dump(node)


def _modules(node: ast.stmt) -> tuple[str, ...]:
    """The modules that an import names, without what is inside of them."""
    match node:
        case ast.Import(names=names):
            return tuple(name.name.partition(".")[0] for name in names)
        case ast.ImportFrom(module=module):
            return ((module or "").partition(".")[0],)
    return ()


def _answer_lines(text: str) -> set[int]:
    """The numbers of the lines of a solution cell that students write themselves."""
    lines = text.split("\n")
    inside, numbers, marked = False, set[int](), False
    for number, line in enumerate(lines, start=1):
        if BEGIN_SOLUTION in line or BEGIN in line:
            inside = marked = True
        elif END_SOLUTION in line or END in line:
            inside = False
        elif inside:
            numbers.add(number)
    return numbers if marked else set(range(1, len(lines) + 1))


def _statements(text: str, position: int, *, is_solution: bool) -> Iterator[_Statement]:
    tree = parse_cell(text)
    answers = _answer_lines(text) if is_solution else set()
    for node in tree.body if tree else ():
        if isinstance(node, ast.Pass) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        part = ast.unparse(node)
        bound = bound_names(part) | frozenset(_changed_roots(node))
        yield _Statement(node, position, bound, used_names(part), node.lineno in answers)


def _changed_names(text: str) -> frozenset[str]:
    """Names whose values a cell changes, now or when its functions are called."""
    tree = parse_cell(text)
    return frozenset(_changed_roots(tree)) if tree else frozenset()


def _changed_roots(tree: ast.AST) -> Iterator[str]:
    """The name at the start of each ``a.b[c] = 1`` and of each ``a.b.append(1)``."""
    for node in ast.walk(tree):
        target: ast.AST | None = None
        match node:
            case (
                ast.Attribute(ctx=ast.Store() | ast.Del())
                | ast.Subscript(ctx=ast.Store() | ast.Del())
            ):
                target = node
            case ast.Call(func=ast.Attribute(attr=name, value=value)) if name in _CHANGING:
                target = value
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            yield target.id
