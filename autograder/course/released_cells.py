"""The released form of one source cell: without what is for graders only, with its checksum.

nbgrader makes this of a whole notebook in ``generate_assignment``. Here it is made of single cells,
to tell an untouched answer from a written one and to put a deleted cell back. A solution cell
without this course's markers is released as nbgrader does it by default; where a course has other
stubs, an untouched answer is told by a person, and nothing of a solution gets out.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import re

from nbformat import NotebookNode

from autograder.course.notebook import is_solution, nbgrader_of, points_of
from autograder.course.stubs import BEGIN, END, clear_regions
from utils.messages import languages, load_messages

TEXT_STUB = "*Write your answer here.*"
# nbgrader's own stubs, in the courses of others
CODE_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
PLAIN_TEXT_STUB = "YOUR ANSWER HERE"
STUB = "text_stub"  # in a cell's metadata: the stub in the notebook's language
BEGIN_HIDDEN, END_HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
BEGIN_SOLUTION, END_SOLUTION = "BEGIN SOLUTION", "END SOLUTION"
BEGIN_MARKS, END_MARKS = "BEGIN MARK SCHEME", "END MARK SCHEME"  # nbgrader's, in a task

_ANSWER = re.compile(rf"[^\n]*{BEGIN_SOLUTION}.*?{END_SOLUTION}[^\n]*", re.DOTALL)
_FOR_GRADERS = re.compile(
    rf"{BEGIN_SOLUTION}.*?{END_SOLUTION}|{BEGIN_MARKS}.*?{END_MARKS}", re.DOTALL
)


def release_source(cell: NotebookNode) -> str:
    """The text of a source cell as students get it.

    Raises:
        autograder.course.stubs.StubError: If a marked region cannot be made a stub.
    """
    stub = text_stub(cell) if is_solution(cell) else None
    return _release_text(str(cell.source), str(cell.cell_type), stub)


@functools.lru_cache(256)
def _release_text(text: str, cell_type: str, stub: str | None) -> str:
    """The released text of a cell; ``stub`` is None unless students write in it."""
    if stub is not None:
        if cell_type == "code":
            cleared, marked = clear_regions(text)
            return cleared if marked else _plain_stub(text)
        cleared, answers = _ANSWER.subn(stub, text)
        return cleared if answers else stub
    hidden = hidden_lines(text) | _lines_between(text, BEGIN_MARKS, END_MARKS)
    visible = (line for number, line in enumerate(text.split("\n"), 1) if number not in hidden)
    return "\n".join(visible)


def model_answer(cell: NotebookNode) -> str:
    """What a source cell that a person grades tells the grader; empty if it has no such text.

    It is what stands between the markers of a solution or of a mark scheme. Without markers the
    whole text of an answer is its model, but for code, whose own markers show where it begins.
    """
    text = str(cell.source)
    if cell.cell_type == "code":
        return text
    marked = "\n\n".join(
        "\n".join(region.split("\n")[1:-1]) for region in _FOR_GRADERS.findall(text)
    ).strip()
    if marked or not is_solution(cell) or is_text_stub(text):
        return marked
    return text.strip()


def keeps_markers(notebook: NotebookNode) -> bool:
    """Whether students write between this course's markers, which stay in the release."""
    codes = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return any(BEGIN in source or END in source for source in codes)


def _plain_stub(text: str) -> str:
    """The stub of a solution cell of code as nbgrader makes it: of regions, or of all of it."""
    lines, answered, marked = [], False, False
    for line in text.split("\n"):
        if BEGIN_SOLUTION in line:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + stub for stub in CODE_STUB.split("\n")]
            answered = marked = True
        elif END_SOLUTION in line:
            answered = False
        elif not answered:
            lines.append(line)
    return "\n".join(lines) if marked else CODE_STUB


def text_stub(cell: NotebookNode) -> str:
    """What a student gets in place of a model answer in text."""
    return str(cell.metadata.get(STUB, TEXT_STUB))


def is_text_stub(text: str) -> bool:
    """Whether a text is what stands in place of an answer, in any language."""
    stubs = {load_messages(language)["write_here"] for language in languages()}
    return text.strip() in {*stubs, PLAIN_TEXT_STUB}


def hidden_lines(text: str) -> set[int]:
    """The numbers, from 1, of the lines of a test cell that are hidden tests."""
    return _lines_between(text, BEGIN_HIDDEN, END_HIDDEN)


def _lines_between(text: str, begin: str, end: str) -> set[int]:
    """The numbers of the lines from each line with ``begin`` to one with ``end``."""
    inside, numbers = False, set()
    for number, line in enumerate(text.split("\n"), start=1):
        inside |= begin in line
        if inside:
            numbers.add(number)
        inside &= end not in line
    return numbers


def release_cell(cell: NotebookNode) -> NotebookNode:
    """A copy of a source cell as it is in the release, with nbgrader's checksum."""
    released = copy.deepcopy(cell)
    released.source = release_source(cell)
    if released.cell_type == "code":
        released.outputs, released.execution_count = [], None
    if nbgrader_of(released):
        released.metadata.nbgrader["checksum"] = checksum(released)
    return released


def checksum(cell: NotebookNode) -> str:
    """Nbgrader's checksum of a cell (``nbgrader.utils.compute_checksum``).

    Implemented again here because importing nbgrader takes seconds; a test compares the two.
    """
    data = nbgrader_of(cell)
    grade, solution = data.get("grade", False), data.get("solution", False)
    locked = False if solution else (True if grade else data.get("locked", False))
    parts = [cell.source, cell.cell_type, grade, solution, locked, data["grade_id"]]
    if grade:
        parts.append(points_of(cell))
    return hashlib.md5("".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
