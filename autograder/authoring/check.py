"""``autograder check``: find faults in an assignment before students do.

Each finding is a sentence for the author; no finding means that all is well.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import math
from collections.abc import Callable, Iterator
from types import CodeType

from nbformat import NotebookNode

from autograder.authoring.agreement import disagreements
from autograder.authoring.build import from_text, release_text
from autograder.authoring.examples import Example, load_examples
from autograder.authoring.hints_file import hints_text
from autograder.authoring.test_strength import Strength, StrengthMeter
from autograder.authoring.translatable import translation_faults
from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Assignment
from autograder.course.notebook import (
    grade_id,
    is_graded,
    is_manual,
    is_solution,
    read_notebook,
    worth_of,
)
from autograder.course.notebook import test_cells as graded_by_test
from autograder.course.released_cells import BEGIN_HIDDEN, BEGIN_SOLUTION, END_HIDDEN
from autograder.course.stubs import clear_regions, regions
from autograder.diagnosis.mistakes import FILE
from autograder.errors import CourseError
from autograder.grading.grade import grade_restored
from autograder.grading.restore import restore
from autograder.models import Grade
from autograder.runners.interface import Runner
from utils.checking.hints import FILE as HINTS

MIN_VARIANTS = 6

# A shorter line, such as `else:`, gives nothing away.
_MIN_SECRET_LENGTH = 12

# Names that IPython adds to a notebook's.
_PROVIDED = frozenset({*vars(builtins), "display", "get_ipython", "__name__"})


def check(
    assignment: Assignment,
    runner: Runner,
    options: GradingOptions,
    progress: Callable[[str], None] = lambda _: None,
    strength: Strength | None = None,
) -> list[str]:
    """All findings on one assignment; that it cannot even be read is a finding, too.

    Args:
        assignment: The assignment.
        runner: What executes notebooks.
        options: The course's choices, with its seed.
        progress: Called with what is being looked at.
        strength: Filled with what the tests were tried on, and what they noticed.
    """
    try:
        return list(_findings(assignment, runner, options, progress, strength or Strength()))
    except CourseError as error:
        return [str(error)]


def _findings(
    assignment: Assignment,
    runner: Runner,
    options: GradingOptions,
    progress: Callable[[str], None],
    strength: Strength,
) -> Iterator[str]:
    progress("text, source and release agree")
    yield from _outdated_files(assignment)
    progress("points and places agree")
    yield from disagreements(assignment)
    progress("translations are complete and agree with the text")
    yield from translation_faults(assignment)
    progress("the release keeps our secrets")
    yield from _leaked_secrets(assignment)
    progress("test cells are self-contained")
    yield from _faulty_test_cells(assignment.notebook)
    yield from _wrong_grades(assignment, runner, options, progress, strength)
    if strength.variants < MIN_VARIANTS:
        yield (
            f"{assignment.folder / 'examples'} holds {strength.variants} solutions that are right "
            f"in another way; at least {MIN_VARIANTS} are needed to show that the tests are fair."
        )
    StrengthMeter(assignment, options.seed, progress).measure(strength)
    yield from strength.findings


def _wrong_grades(
    assignment: Assignment,
    runner: Runner,
    options: GradingOptions,
    progress: Callable[[str], None],
    strength: Strength,
) -> Iterator[str]:
    """The solution, the untouched release and each sample must get exactly their points."""
    examples = load_examples(assignment)
    if not examples:
        yield f"{assignment.folder / 'examples'} holds no sample submission."
    maximum = sum(worth_of(cell) for cell in graded_by_test(assignment.notebook))
    solution = Example("the solution", "solution", "", score=maximum)
    untouched = Example("the untouched release", "untouched", "", base="release", score=0.0)
    for example in (solution, untouched, *examples):
        progress(f"grading {example.name}")
        grade = _grade(example, assignment, runner, options)
        faults = list(example.faults(grade))
        if example.answers and example.score == maximum:
            strength.variants += 1
            strength.passed += not faults
        for fault in faults:
            yield f"{example.name} {fault}."
        if example is solution:
            yield from _wrong_points(grade)


def _wrong_points(grade: Grade) -> Iterator[str]:
    """The points of a cell's checks must add up to the cell's.

    If they are more, they are cut off, and a check that fails costs nothing.
    """
    for cell in grade.cells:
        total = sum(check.max_points for check in cell.checks)
        if cell.checks and not math.isclose(total, cell.worth):
            yield (
                f"The checks of {cell.grade_id} are worth {total:g} points in all, and the cell "
                f"{cell.worth:g}: make them agree."
            )


def _grade(
    example: Example, assignment: Assignment, runner: Runner, options: GradingOptions
) -> Grade:
    notebook, _ = restore(example.notebook(assignment), assignment.notebook)
    return grade_restored(
        notebook, assignment, runner, options, student=example.student, files=None
    ).grade


def _outdated_files(assignment: Assignment) -> Iterator[str]:
    """What was built must be what a build would write now."""
    if from_text(assignment) != assignment.notebook:
        yield f"{assignment.source} is not what {assignment.text.name} builds; run build."
        return
    if not assignment.release.is_file():
        yield f"{assignment.release} is missing; run build."
    elif assignment.release.read_text("utf-8") != release_text(
        assignment, assignment.notebook, register=False
    ):
        yield f"{assignment.release} is not what the source notebook releases; run build."
    hints, path = hints_text(assignment), assignment.release.parent / HINTS
    if hints is not None and not (path.is_file() and path.read_text("utf-8") == hints):
        yield f"{path} is not what {assignment.folder / FILE} gives; run build."


def _leaked_secrets(assignment: Assignment) -> Iterator[str]:
    """No line of a solution or a hidden test may be in the release."""
    if not assignment.release.is_file():
        return
    released = assignment.release.read_text("utf-8")
    for marker in (BEGIN_HIDDEN, BEGIN_SOLUTION):
        if marker in released:
            yield f"The release holds the marker {marker!r}."
    released_lines = {
        line.strip()
        for cell in read_notebook(assignment.release).notebook.cells
        for line in cell.source.split("\n")
    }
    split_cells = [(cell, *_split(cell)) for cell in assignment.notebook.cells]
    public_lines = {line.strip() for _, public, _ in split_cells for line in public}
    for cell, _, secret in split_cells:
        for line in secret:
            text = line.strip()
            is_secret = len(text) >= _MIN_SECRET_LENGTH and not text.startswith("#")
            if is_secret and text in released_lines and text not in public_lines:
                yield f"The release holds a line of {grade_id(cell)!r} that is secret: {text}"


def _split(cell: NotebookNode) -> tuple[list[str], list[str]]:
    """A source cell's public lines, and its lines of solutions and hidden tests."""
    lines = cell.source.split("\n")
    public = None
    if is_solution(cell):
        public = clear_regions(cell.source)[0].split("\n")  # code to repair is given in part
        inside = {number for first, last in regions(cell.source) for number in range(first, last)}
    else:
        marks = [n for n, line in enumerate(lines) if BEGIN_HIDDEN in line or END_HIDDEN in line]
        inside = {n for pair in zip(marks[::2], marks[1::2], strict=False) for n in range(*pair)}
    secret = [line for number, line in enumerate(lines) if number in inside]
    return public or [line for n, line in enumerate(lines) if n not in inside], secret


def _faulty_test_cells(notebook: NotebookNode) -> Iterator[str]:
    """A test cell may use its own names and the student's functions, and nothing else."""
    written = {name for cell in notebook.cells if is_solution(cell) for name in _functions(cell)}
    checked: set[str] = set()
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
            yield f"{name} is not valid Python: {error}."
            continue
        used = set(_globals_used(code)) - _globals_assigned(code)
        for function in sorted((used & written) - _declared(cell.source)):
            yield (
                f"{name} calls {function!r}, a function of the student, which Exercise does not "
                "name: add it to its uses=(...)."
            )
        asked = set(_first_arguments(cell.source, "as_checked"))
        for function in sorted(asked - (checked & _declared(cell.source))):
            yield (
                f"{name} asks for {function!r} as it was when it was itself checked: that takes a "
                "test cell above which checks it, and its name in uses=(...)."
            )
        checked.update(_first_arguments(cell.source, "Exercise"))
        for missing in sorted(used - written - _PROVIDED):
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


def _first_arguments(source: str, function: str) -> Iterator[str]:
    """The texts that calls of a function, or of a method of that name, have as first argument."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=called, args=[ast.Constant(value=str(text)), *_]):
                if ast.unparse(called).split(".")[-1] == function:
                    yield text


def _functions(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "code":
        with contextlib.suppress(SyntaxError):  # the grade of the solution shows it
            tree = ast.parse(cell.source)
            yield from (node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _globals_used(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_used(constant)


def _globals_assigned(code: CodeType) -> set[str]:
    return {
        str(instruction.argval)
        for instruction in dis.get_instructions(code)
        if instruction.opname in ("STORE_NAME", "STORE_GLOBAL")
    }
