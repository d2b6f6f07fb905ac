"""No secret of the course reaches a student, neither in a release nor on a feedback page."""

from __future__ import annotations

import html
import re
import shutil

import numpy as np
import pytest

from autograder.authoring.examples import load_examples
from autograder.authoring.run_test_cell import run_test_cell
from autograder.course.layout import Course
from autograder.course.notebook import grade_id, is_manual, is_solution, read_notebook
from autograder.course.notebook import test_cells as graded_by_test
from autograder.course.released_cells import hidden_lines, model_answer, release_source
from autograder.diagnosis.mistakes import load_bank
from autograder.diagnosis.solution import load_solution
from tests.conftest import SEED, long_except_one
from tests.functional.conftest import run
from tests.support.solutions import ROOT

NAMES = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.toml"))
TELLING = 12  # a shorter line tells nothing


def lines(text):
    """The lines that are long enough to tell something."""
    return {line.strip() for line in text.split("\n") if len(line.strip()) > TELLING}


def secret_lines(assignment):
    """Lines of solutions, model answers and hidden tests, and of what mistakes put into them."""
    solution, bank = load_solution(assignment), load_bank(assignment)
    found, open_lines = set(), set()
    for cell in assignment.notebook.cells:
        released = release_source(cell) if grade_id(cell) else cell.source
        open_lines |= lines(released)
        if is_solution(cell) and cell.cell_type == "code":
            found |= lines(cell.source)
        elif is_manual(cell):
            found |= lines(model_answer(cell))
        hidden = hidden_lines(cell.source)
        found |= lines(
            "\n".join(line for n, line in enumerate(cell.source.split("\n"), 1) if n in hidden)
        )
    for mistake in bank.mistakes.values():
        namespace = solution.globals_with_mistakes([mistake])
        found |= lines(namespace._replaced[mistake.function])
    return found - open_lines


def numbers(value):
    """All numbers in a value as we print them, with nine digits: fewer would be met by chance."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, (float, np.floating, np.ndarray)) and np.size(value) < 400:
        for one in np.asarray(value, dtype=complex).ravel().real:
            digits = f"{abs(one):.9g}"
            plain = digits.replace(".", "").strip("0")
            if len(plain) == 9 and plain.isdigit() and not plain.startswith("99999"):
                yield digits


def hidden_numbers(assignment):
    """Numbers that hidden checks pass to the student's functions, and that solutions return."""
    solution = load_solution(assignment)
    shown, hidden = set(), set()
    for cell in graded_by_test(assignment.notebook):
        visible = set(run_test_cell(release_source(cell), solution.fresh_globals(), SEED).calls)
        for name, calls in run_test_cell(cell.source, solution.fresh_globals(), SEED).calls.items():
            for call in calls:
                known = shown if name in visible else hidden
                known.update(numbers((call.before, call.answer)))
    return hidden - shown


@pytest.mark.parametrize("name", NAMES)
def test_the_release_keeps_our_secrets(name):
    """The folder that a student gets: every file in it."""
    assignment = Course(ROOT).assignment(name)
    texts = [path.read_text("utf-8") for path in assignment.release.parent.iterdir()]
    cells = read_notebook(assignment.release).notebook.cells
    released = set().union(*(lines(cell.source) for cell in cells))
    secrets, figures = secret_lines(assignment), hidden_numbers(assignment)
    assert len(secrets) > 50
    assert len(figures) > 100
    assert secrets & released == set()
    shown = "\n".join(cell.source for cell in cells)
    for text in texts:
        plain = text.replace('\\"', '"')
        assert [one for one in secrets if one in plain and one not in shown] == []
        assert [one for one in figures if one in plain] == []


@pytest.fixture
def feedback(tmp_path_factory, name):
    """The pages of a class in which everybody is wrong, each in another way."""
    folder = tmp_path_factory.mktemp("secrets")
    root = folder / "course"
    root.mkdir()
    config = (ROOT / "nbgrader_config.py").read_text("utf-8")
    (root / "nbgrader_config.py").write_text(f"{config}\nc.GradeCells.seed = {SEED!r}\n", "utf-8")
    shutil.copytree(ROOT / "assignments" / name, root / "assignments" / name)
    wrong = [one for one in load_examples(Course(ROOT).assignment(name)) if one.score < 75]
    kept = {one.name for one in (wrong[0], wrong[-1])}
    for path in (root / "assignments" / name / "examples").iterdir():
        if path.stem not in kept:
            path.unlink()
    done = run("autograder", "demo", "--into", str(folder / "shown"), cwd=root)
    assert done.returncode == 0, done.stderr
    return Course(folder / "shown")


@pytest.mark.parametrize("name", long_except_one(NAMES))
def test_feedback_keeps_our_secrets(feedback, name):
    """Beyond what students wrote themselves, nothing secret stands on their pages."""
    assignment = feedback.assignment(name)
    secrets, figures = secret_lines(assignment), hidden_numbers(assignment)
    pages = list((feedback.root / "feedback").glob(f"*/{name}/{name}.html"))
    assert len(pages) == 2
    for page in pages:
        student = page.parents[1].name
        (submitted,) = (feedback.submitted_dir / student / name).glob("*.ipynb")
        own = "\n".join(cell.source for cell in read_notebook(submitted).notebook.cells)
        text = page.read_text("utf-8")
        text = re.sub(r"<(script|style).*?</\1>", " ", text, flags=re.DOTALL)
        text = re.sub(r'src="data:[^"]*"', " ", text)
        text = html.unescape(re.sub(r"<[^>]+>", "", text))
        assert [one for one in secrets if one in text and one not in own] == [], student
        assert [one for one in figures if one in text and one not in own] == [], student
