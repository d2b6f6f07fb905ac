"""The grades of a made-up class: the same seed always gives the same class."""

import random
from datetime import UTC, datetime

from autograder.course.layout import Assignment
from autograder.course.notebook import grade_id, is_graded, is_test, points_of
from autograder.diagnosis.mistakes import load_bank
from autograder.gradebook.class_grades import ClassGrades
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports.class_page import render_page
from autograder.reports.class_statistics import class_statistics

UNUSUAL = (Verdict.RAISED, Verdict.NOT_DEFINED, Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY)


def class_grades(assignment: Assignment, students: int, seed: int = 0) -> ClassGrades:
    """A class of this many."""
    draw = random.Random(seed)  # noqa: S311  a class, not a secret
    mistakes = list(load_bank(assignment).mistakes)
    grades = [_grade(assignment, f"student-{n:04d}", draw, mistakes) for n in range(students)]
    return ClassGrades(assignment.name, tuple(grades), ("late-comer",))


def page(assignment: Assignment, students: int) -> str:
    """The report on that class."""
    statistics = class_statistics(class_grades(assignment, students), load_bank(assignment))
    return render_page(statistics, "Made up", datetime(2026, 3, 1, tzinfo=UTC))


def graded_count(assignment: Assignment, students: int) -> int:
    """How many of that class have a grade."""
    grades = class_grades(assignment, students).grades
    return sum(one.status == Status.GRADED for one in grades)


def _grade(assignment, student, draw, mistakes):
    cells = [cell for cell in assignment.notebook.cells if is_graded(cell)]
    maximum = sum(points_of(cell) for cell in cells)
    if draw.random() < 0.01:
        sentence = f"{student}.ipynb is damaged: it is not complete JSON. Ask for it again."
        return Grade(student, assignment.name, Status.NOT_GRADED, maximum, message=sentence)
    skill = draw.betavariate(5, 2)
    results = tuple(_cell(cell, skill, draw, mistakes) for cell in cells)
    notes = ("hw (1).ipynb was graded in place of it, which is missing.",)
    return Grade(
        student,
        assignment.name,
        Status.GRADED,
        maximum,
        results,
        seconds=round(draw.lognormvariate(-2, 0.7), 4),
        jail=("seccomp",),
        notes=notes if draw.random() < 0.02 else (),
    )


def _cell(cell, skill, draw, mistakes):
    name, maximum = str(grade_id(cell)), points_of(cell)
    if not is_test(cell):
        return CellResult(name, maximum, None if draw.random() < 0.4 else 0.0)
    mistake = min(mistakes, key=lambda _: draw.random() ** 3) if mistakes else None
    checks = []
    for number in range(5):
        verdict = Verdict.RIGHT if draw.random() < skill else Verdict.WRONG
        if verdict != Verdict.RIGHT and draw.random() < 0.03:
            verdict = draw.choice(UNUSUAL)
        named = mistake if verdict == Verdict.WRONG and draw.random() < 0.7 else None
        points = maximum / 5 if verdict == Verdict.RIGHT else 0.0
        checks.append(CheckResult(f"check {number}", verdict, "", points, maximum / 5, named))
    wrong = (check.verdict for check in checks if check.verdict != Verdict.RIGHT)
    points = sum(check.points for check in checks)
    return CellResult(name, maximum, points, next(wrong, Verdict.RIGHT), tuple(checks))
