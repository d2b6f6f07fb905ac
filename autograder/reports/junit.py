"""One grade as JUnit XML, for the test results of a CI run.

The file conforms to both schemas in use: Ant's (the order of a suite's children, the required
attributes, one result per case) and Jenkins' (``testsuites`` and its attributes). A suite is an
exercise, a case is a check. A wrong answer is a failure, anything that kept a check from finishing
is an error, and what is graded by hand is skipped.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from autograder.models import CellResult, CheckResult, Verdict
from autograder.reports.grade_view import FAILED, GradeView
from autograder.reports.text import exercise_name, format_points, plain_text, verdict_words
from autograder.reports.words import words


def render(view: GradeView) -> str:
    """The file's text."""
    root = ET.Element("testsuites")
    _submission(root, view)
    for cell in view.grade.cells:
        _exercise(root, view, cell)
    for index, suite in enumerate(root):
        suite.set("id", str(index))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _submission(root: ET.Element, view: GradeView) -> None:
    """Add the first suite: whether there is a grade at all, and how long grading took."""
    grade = view.grade
    case = _case(view, words("submission"), words("could_be_graded"), grade.seconds)
    if not view.graded:
        _result(case, "error", Verdict.INFRASTRUCTURE.value, grade.message or words("not_graded"))
    properties = {
        "score": format_points(grade.score),
        "max_score": format_points(grade.max_score),
        "jail": " ".join(grade.jail),
    }
    notes = [plain_text(note) for note in grade.notes]
    _suite(root, view, words("submission"), [case], properties, [view.total, *notes], grade.seconds)


def _exercise(root: ET.Element, view: GradeView, cell: CellResult) -> None:
    """Add an exercise's suite."""
    name = exercise_name(cell)
    points = "" if cell.points is None else format_points(cell.points)
    cases = [_check(view, cell, check) for check in cell.checks]
    if not cases:
        case = _case(view, name, words("graded_by_hand"))
        text = words("awaiting" if cell.points is None else "no_answer")
        ET.SubElement(case, "skipped", message=text)
        cases.append(case)
    properties = {"points": points, "max_points": format_points(cell.max_points)}
    properties |= {"bonus": format_points(cell.bonus)} if cell.bonus else {}
    worth = format_points(cell.worth)
    most = words("extra", points=worth) if cell.bonus else worth
    output = words("points_of_points", points=points or "-", max_points=most)
    _suite(root, view, name, cases, properties, [output])


def _check(view: GradeView, cell: CellResult, check: CheckResult) -> ET.Element:
    case = _case(view, exercise_name(cell), check.name)
    if check.verdict != Verdict.RIGHT:
        kind = "failure" if check.verdict in FAILED else "error"
        _result(
            case,
            kind,
            check.mistake or check.verdict.value,
            check.message or verdict_words(check.verdict),
        )
    return case


def _case(view: GradeView, suite: str, name: str, seconds: float = 0.0) -> ET.Element:
    owner = f"{plain_text(view.grade.assignment)}.{suite}"
    return ET.Element(
        "testcase", name=plain_text(name) or "unnamed", classname=owner, time=f"{seconds:.3f}"
    )


def _result(case: ET.Element, kind: str, reason: str, message: str) -> None:
    text = plain_text(message)
    ET.SubElement(case, kind, message=text, type=plain_text(reason)).text = text


def _suite(
    root: ET.Element,
    view: GradeView,
    name: str,
    cases: list[ET.Element],
    properties: dict[str, str],
    output: list[str],
    seconds: float = 0.0,
) -> None:
    results = [child.tag for case in cases for child in case]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        package=plain_text(view.grade.assignment),
        timestamp=view.when.strftime("%Y-%m-%dT%H:%M:%S"),
        hostname="localhost",  # required by the schema; the real name is private
        tests=str(len(cases)),
        failures=str(results.count("failure")),
        errors=str(results.count("error")),
        skipped=str(results.count("skipped")),
        time=f"{seconds:.3f}",
    )
    block = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(block, "property", name=key, value=plain_text(value))
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = "\n".join(output)
    ET.SubElement(suite, "system-err")
