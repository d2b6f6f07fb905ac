"""``autograder check``: the author's lint. Each finding is a sentence; none means all is well."""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import math
from collections.abc import Callable, Iterator
from types import CodeType

from nbformat import NotebookNode

from autograder.authoring.build import from_text, release_text
from autograder.authoring.examples import Example, load_examples
from autograder.authoring.hints_file import hints_text
from autograder.authoring.test_strength import Strength, StrengthMeter
from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Assignment
from autograder.course.notebook import grade_id, is_graded, is_manual, is_solution, read_notebook
from autograder.course.notebook import test_cells as graded_by_test
from autograder.course.released_cells import BEGIN_HIDDEN, BEGIN_SOLUTION, END_HIDDEN
from autograder.course.stubs import regions
from autograder.diagnosis.mistakes import FILE
from autograder.errors import CourseError
from autograder.grading.grade import grade_restored
from autograder.grading.restore import restore
from autograder.models import Grade
from autograder.runners.interface import Runner
from utils.checking.hints import FILE as HINTS

# A shorter line says nothing: `else:` is nobody's secret.
TELLING = 12

# What IPython adds to a notebook's names.
_OFFERED = frozenset({*vars(builtins), "display", "get_ipython", "__name__"})


MIN_VARIANTS = 6


def lint(
    assignment: Assignment,
    runner: Runner,
    options: GradingOptions,
    progress: Callable[[str], None],
    proof: Strength,
) -> Iterator[str]:
    """Yield what is wrong with an assignment.

    Args:
        assignment: It must have been built.
        runner: What executes notebooks.
        options: The course's seed.
        progress: Told what is being looked at.
        proof: Is told which right variants were tried, and what the tests are worth.
    """
    progress("text, source and release agree")
    yield from _agreement(assignment)
    progress("the release keeps our secrets")
    yield from _secrets(assignment)
    progress("test cells stand on their own")
    yield from _test_cells(assignment.notebook)
    examples = load_examples(assignment)
    if not examples:
        yield f"{assignment.folder / 'examples'} holds no sample submission."
    most = sum(cell.metadata.nbgrader.points for cell in graded_by_test(assignment.notebook))
    cases = [
        Example("the solution", "solution", "", score=most),
        Example("the untouched release", "untouched", "", base="release", score=0.0),
        *examples,
    ]
    for example in cases:
        progress(f"grading {example.name}")
        grade = _grade(example, assignment, runner, options)
        faults = list(example.faults(grade))
        if example.answers and example.score == most:
            proof.variants += 1
            proof.passed += not faults
        for fault in faults:
            yield f"{example.name} {fault}."
        if example is cases[0]:
            yield from _points(grade)
    if proof.variants < MIN_VARIANTS:
        yield (
            f"{assignment.folder / 'examples'} holds {proof.variants} solutions that are right in "
            f"another way; {MIN_VARIANTS} are the least that shows the tests to be fair."
        )
    StrengthMeter(assignment, options.seed, progress).measure(proof)
    yield from proof.findings


def _points(grade: Grade) -> Iterator[str]:
    """More than a cell's points would be cut off, and a check that fails would cost nothing."""
    for cell in grade.cells:
        parts = sum(check.max_points for check in cell.checks)
        if cell.checks and not math.isclose(parts, cell.max_points):
            yield (
                f"The checks of {cell.grade_id} are worth {parts:g} points in all, and the cell "
                f"{cell.max_points:g}: make them agree."
            )


def _grade(
    example: Example, assignment: Assignment, runner: Runner, options: GradingOptions
) -> Grade:
    notebook, _ = restore(example.notebook(assignment), assignment.notebook)
    return grade_restored(
        notebook, assignment, runner, options, student=example.student, files=None
    )


def _agreement(assignment: Assignment) -> Iterator[str]:
    if from_text(assignment) != assignment.notebook:
        yield f"{assignment.source} is not what {assignment.text.name} builds; run build."
        return
    if not assignment.release.is_file():
        yield f"{assignment.release} is missing; run build."
    elif assignment.release.read_text("utf-8") != release_text(assignment, register=False):
        yield f"{assignment.release} is not what the source notebook releases; run build."
    hints, path = hints_text(assignment), assignment.release.parent / HINTS
    if hints is not None and not (path.is_file() and path.read_text("utf-8") == hints):
        yield f"{path} is not what {assignment.folder / FILE} gives; run build."


def _secrets(assignment: Assignment) -> Iterator[str]:
    """No line of a solution or a hidden test may stand in the release."""
    if not assignment.release.is_file():
        return
    released = assignment.release.read_text("utf-8")
    for marker in (BEGIN_HIDDEN, BEGIN_SOLUTION):
        if marker in released:
            yield f"The release holds the marker {marker!r}."
    lines = {
        line.strip()
        for cell in read_notebook(assignment.release).notebook.cells
        for line in cell.source.split("\n")
    }
    parts = [(cell, *_parts(cell)) for cell in assignment.notebook.cells]
    open_lines = {line.strip() for _, visible, _ in parts for line in visible}
    for cell, _, secret in parts:
        for line in secret:
            text = line.strip()
            told = len(text) >= TELLING and not text.startswith("#")
            if told and text in lines and text not in open_lines:
                yield f"The release holds a line of {grade_id(cell)!r} that is secret: {text}"


def _parts(cell: NotebookNode) -> tuple[list[str], list[str]]:
    """A source cell's lines that everybody may see, and those of solutions and hidden tests."""
    lines = cell.source.split("\n")
    if is_solution(cell):
        inside = {number for first, last in regions(cell.source) for number in range(first, last)}
    else:
        marks = [n for n, line in enumerate(lines) if BEGIN_HIDDEN in line or END_HIDDEN in line]
        inside = {n for pair in zip(marks[::2], marks[1::2], strict=False) for n in range(*pair)}
    return (
        [line for number, line in enumerate(lines) if number not in inside],
        [line for number, line in enumerate(lines) if number in inside],
    )


def _test_cells(notebook: NotebookNode) -> Iterator[str]:
    """A test cell uses, beside what it defines, functions of the student and nothing else."""
    written = {name for cell in notebook.cells if is_solution(cell) for name in _functions(cell)}
    for cell in notebook.cells:
        if not is_graded(cell) or is_manual(cell):
            continue
        name = grade_id(cell)
        if BEGIN_HIDDEN not in cell.source:
            yield f"{name} has no hidden test: a hard-coded answer would pass."
        if cell.source.count(BEGIN_HIDDEN) != cell.source.count(END_HIDDEN):
            yield f"{name} has a hidden-test marker without its partner."
        try:
            code = compile(cell.source, str(name), "exec")
        except SyntaxError as error:
            yield f"{name} is no Python: {error}."
            continue
        used = set(_globals_used(code)) - _stored(code)
        for function in sorted((used & written) - _declared(cell.source)):
            yield (
                f"{name} calls {function!r}, a function of the student, which Exercise does not "
                "name: add it to its uses=(...)."
            )
        for missing in sorted(used - written - _OFFERED):
            yield (
                f"{name} uses {missing!r}, which neither it nor a solution cell defines: "
                "import it in the test cell."
            )


def _declared(source: str) -> set[str]:
    """The student's functions that a test cell's Exercise names."""
    return {
        str(part.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Exercise")
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
    }


def _functions(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "code":
        with contextlib.suppress(SyntaxError):  # the sample submissions tell
            tree = ast.parse(cell.source)
            yield from (node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _globals_used(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_used(constant)


def _stored(code: CodeType) -> set[str]:
    return {
        str(instruction.argval)
        for instruction in dis.get_instructions(code)
        if instruction.opname in ("STORE_NAME", "STORE_GLOBAL")
    }


def check(
    assignment: Assignment,
    runner: Runner,
    options: GradingOptions,
    progress: Callable[[str], None] = lambda _: None,
    proof: Strength | None = None,
) -> list[str]:
    """All findings of one assignment; what cannot even be read is a finding, too."""
    try:
        return list(lint(assignment, runner, options, progress, proof or Strength()))
    except CourseError as error:
        return [str(error)]
