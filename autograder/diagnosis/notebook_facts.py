"""What a notebook itself says about why a function fails: read from its text, never guessed.

Each fact is a sentence that is true of the cells: that a cell has a syntax error, that a function
takes a value from the notebook, that a given helper is defined anew. It stands behind a check's own
message where no known mistake was recognized. Nothing depends on what a check handed over.
"""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from nbformat import NotebookNode

from autograder.course.notebook import grade_id, is_solution, is_test
from autograder.diagnosis.syntax_errors import describe_syntax_error
from autograder.models import CellResult, CheckResult, Verdict
from utils.checking.located import join_names
from utils.messages import get_message

_MAGIC = re.compile(r"^\s*[%!]")
_LONGEST = 20_000  # characters of a cell that are parsed
_TREES = 32  # syntax trees that are kept: one takes a hundred times the memory of its text
_EXPLAINED = (Verdict.WRONG, Verdict.RAISED, Verdict.NOT_DEFINED)


def add_facts(
    result: CellResult, function: str, notebook: NotebookNode, solution: NotebookNode
) -> CellResult:
    """The result with what the notebook says behind the messages of checks without a diagnosis.

    Args:
        result: The result of a test cell.
        function: The exercise's function.
        notebook: The student's notebook, executed.
        solution: The source notebook.
    """
    failed = [check for check in result.checks if _is_unexplained(check)]
    if not failed:
        return result
    facts = NotebookFacts(notebook, solution)
    return replace(
        result,
        checks=tuple(
            facts.explain(check, function, result.grade_id) if _is_unexplained(check) else check
            for check in result.checks
        ),
    )


def _is_unexplained(check: CheckResult) -> bool:
    return check.verdict in _EXPLAINED and check.mistake is None


class NotebookFacts:
    """The facts of one notebook.

    Args:
        notebook: The student's notebook, executed.
        solution: The source notebook.
    """

    def __init__(self, notebook: NotebookNode, solution: NotebookNode) -> None:
        self._cells = [
            cell for cell in notebook.cells if cell.cell_type == "code" and not is_test(cell)
        ]
        self._order = {id(cell): place for place, cell in enumerate(notebook.cells)}
        self._tests = {
            str(grade_id(cell)): place
            for place, cell in enumerate(notebook.cells)
            if cell.cell_type == "code" and is_test(cell)
        }
        cells = [c for c in solution.cells if c.cell_type == "code" and not is_test(c)]
        self._solution = [cell.source for cell in cells]
        self._given = {
            name for cell in cells if not is_solution(cell) for name in _bound_names(cell.source)
        }

    def explain(self, check: CheckResult, function: str, test: str) -> CheckResult:
        """The check with the fact that is about it, if there is one."""
        if check.verdict is Verdict.NOT_DEFINED:
            message = self._why_not_defined(function, test)
            return replace(check, message=message) if message else check
        fact = (
            self._further_down(check.message, test)
            or self._unpacked_otherwise(check, function)
            or self._other_names(function)
        )
        return replace(check, message=f"{check.message} {fact}") if fact else check

    def _why_not_defined(self, function: str, test: str) -> str:
        pattern = re.compile(rf"^(?:async )?def {re.escape(function)}\b", re.MULTILINE)
        cells = [cell for cell in self._cells if pattern.search(cell.source)]
        if not cells:
            return get_message("defined_nowhere", function=function)
        cell = cells[-1]
        if len(cells) == 1 and (error := _syntax_error(cell.source)):
            return describe_syntax_error(function, error)
        if len(cells) == 1 and self._order[id(cell)] > self._tests.get(test, len(self._order)):
            return get_message("defined_further_down", missing=function)
        for output in cell.outputs:
            if output.output_type == "error" and len(cells) == 1:
                return get_message("cell_stopped", function=function, error=output.ename)
        return ""

    def _further_down(self, message: str, test: str) -> str:
        """Say that a missing name is defined in a cell below the check, if it is."""
        missing = re.match(_missing_name_pattern(), message, re.DOTALL)
        if not missing or test not in self._tests:
            return ""
        places = [
            self._order[id(cell)] for cell in self._cells if missing[1] in _bound_names(cell.source)
        ]
        if places and min(places) > self._tests[test]:
            return get_message("defined_further_down", missing=missing[1])
        return ""

    def _unpacked_otherwise(self, check: CheckResult, function: str) -> str:
        """Say that a function of the notebook returns more or fewer values than are unpacked."""
        sources = [cell.source for cell in self._cells]
        definition = _last_definition(sources, function)
        if check.verdict is not Verdict.RAISED or definition is None:
            return ""
        for called, taken in _unpacked_calls(definition):
            returned = _returned_count(_last_definition(sources, called))
            if returned not in (None, taken):
                return get_message(
                    "unpacked_otherwise",
                    function=function,
                    called=called,
                    returned=returned,
                    taken=taken,
                )
        return ""

    def _other_names(self, function: str) -> str:
        """Say which names the function takes from the notebook and the solution does not."""
        definition = _last_definition([cell.source for cell in self._cells], function)
        model = _last_definition(self._solution, function)
        if definition is None or model is None:
            return ""
        used = _free_names(definition)
        own = [
            (name, kind)
            for cell in self._cells
            if cell.source not in self._solution
            for name, kind in _bindings(cell.source)
        ]
        functions = {name for name, kind in own if kind == "function"}
        anew = sorted(functions & used & self._given - {function})
        if anew:
            return get_message("defined_anew", names=join_names(anew), function=function)
        bound = [b for cell in self._cells for b in _bindings(cell.source)]
        values = {name for name, kind in bound if kind == "value"}
        values -= {name for name, kind in bound if kind != "value"}
        outside = sorted(used & values - _free_names(model))
        if outside:
            return get_message("from_notebook", names=join_names(outside), function=function)
        return ""


@lru_cache(_TREES)
def _parse(source: str) -> ast.Module:
    """A cell as a syntax tree; an empty one if it is no Python."""
    parsed = _parse_or_error(source)
    return parsed if isinstance(parsed, ast.Module) else ast.Module([], [])


def _syntax_error(source: str) -> SyntaxError | None:
    parsed = _parse_or_error(source)
    return parsed if isinstance(parsed, SyntaxError) else None


def _parse_or_error(source: str) -> ast.Module | SyntaxError | None:
    if len(source) > _LONGEST:
        return None
    lines = ["pass" if _MAGIC.match(line) else line for line in source.split("\n")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in a student's text
            return ast.parse("\n".join(lines))
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        return None


@lru_cache(1024)
def _bindings(source: str) -> tuple[tuple[str, str], ...]:
    """What a cell binds at its top level, and as what: a function, an import or a value.

    Most cells of a class are the same, those of the course.
    """
    return tuple(_find_bindings(_parse(source)))


def _find_bindings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, "function"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], "import"
        else:
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    yield part.id, "value"


def _bound_names(source: str) -> set[str]:
    return {name for name, _ in _bindings(source)}


def _last_definition(sources: Sequence[str], function: str) -> ast.FunctionDef | None:
    found = None
    for source in sources:
        if function not in source and source.isascii():  # other letters can be the same name
            continue
        for node in _parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                found = node
    return found


def _unpacked_calls(definition: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """The functions whose results are unpacked into names, each with how many names."""
    for node in ast.walk(definition):
        match node:
            case ast.Assign(
                targets=[ast.Tuple(elts=names)], value=ast.Call(func=ast.Name(id=called))
            ) if not any(isinstance(name, ast.Starred) for name in names):
                yield called, len(names)


def _returned_count(definition: ast.FunctionDef | None) -> int | None:
    """How many values a function returns; None if its text does not say it, or says several."""
    nodes = ast.walk(definition) if definition else ()
    counts: set[int | None] = set()
    for node in nodes:
        if isinstance(node, ast.Return):
            match node.value:
                case ast.Tuple(elts=parts) if not any(isinstance(p, ast.Starred) for p in parts):
                    counts.add(len(parts))
                case _:
                    counts.add(None)
    return counts.pop() if len(counts) == 1 else None


def _free_names(definition: ast.FunctionDef) -> set[str]:
    """Names that a function reads and does not bind anywhere inside."""
    nodes = list(ast.walk(definition))
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound |= {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    bound |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    bound |= {
        alias.asname or alias.name.split(".")[0]
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return {node.id for node in names} - bound - set(dir(builtins))


def _missing_name_pattern() -> str:
    """What the first sentence on a missing name looks like in the course's language."""
    text = get_message("missing_name", function="\0", where="\0", missing="\1")
    sentence = re.split(r"(?<=[.\u3002])", text)[0]
    return re.escape(sentence).replace("\0", ".*?").replace("\1", r"(\w+)")
