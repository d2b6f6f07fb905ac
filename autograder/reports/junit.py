"""One grade as JUnit XML, for a checks tab.

The file fits both schemas that are about: Ant's (the order of a suite's children, attributes that
are required, one result a case) and Jenkins' (the ``testsuites`` and their attributes). A suite is
an exercise, a case is a check. A wrong answer is a failure; whatever kept a check from its end is
an error; what a person grades is skipped.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from autograder.models import CellResult, CheckResult, Verdict
from autograder.reports.grade_view import FAILED, GradeView, exercise, number, plain, word


def dumps(shown: GradeView) -> str:
    """The file's text."""
    root = ET.Element("testsuites")
    _submission(root, shown)
    for cell in shown.grade.cells:
        _exercise(root, shown, cell)
    for place, suite in enumerate(root):
        suite.set("id", str(place))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _submission(root: ET.Element, shown: GradeView) -> None:
    """The first suite: whether there is a grade at all, and what it took."""
    grade = shown.grade
    case = _case(shown, "submission", "it could be graded", grade.seconds)
    if not shown.graded:
        _result(case, "error", Verdict.INFRASTRUCTURE.value, grade.message or "not graded")
    properties = {
        "score": number(grade.score),
        "max_score": number(grade.max_score),
        "jail": " ".join(grade.jail),
    }
    notes = [plain(note) for note in grade.notes]
    _suite(root, shown, "submission", [case], properties, [shown.total, *notes], grade.seconds)


def _exercise(root: ET.Element, shown: GradeView, cell: CellResult) -> None:
    name = exercise(cell)
    points = "" if cell.points is None else number(cell.points)
    cases = [_check(shown, cell, check) for check in cell.checks]
    if not cases:
        case = _case(shown, name, "graded by hand")
        text = "waits for a person" if cell.points is None else "no answer"
        ET.SubElement(case, "skipped", message=text)
        cases.append(case)
    properties = {"points": points, "max_points": number(cell.max_points)}
    said = f"{points or 'no'} of {number(cell.max_points)} points"
    _suite(root, shown, name, cases, properties, [said])


def _check(shown: GradeView, cell: CellResult, check: CheckResult) -> ET.Element:
    case = _case(shown, exercise(cell), check.name)
    if check.verdict != Verdict.RIGHT:
        kind = "failure" if check.verdict in FAILED else "error"
        _result(
            case, kind, check.mistake or check.verdict.value, check.message or word(check.verdict)
        )
    return case


def _case(shown: GradeView, suite: str, name: str, seconds: float = 0.0) -> ET.Element:
    owner = f"{plain(shown.grade.assignment)}.{suite}"
    return ET.Element(
        "testcase", name=plain(name) or "unnamed", classname=owner, time=f"{seconds:.3f}"
    )


def _result(case: ET.Element, kind: str, reason: str, message: str) -> None:
    text = plain(message)
    ET.SubElement(case, kind, message=text, type=plain(reason)).text = text


def _suite(
    root: ET.Element,
    shown: GradeView,
    name: str,
    cases: list[ET.Element],
    properties: dict[str, str],
    said: list[str],
    seconds: float = 0.0,
) -> None:
    found = [child.tag for case in cases for child in case]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        package=plain(shown.grade.assignment),
        timestamp=shown.when.strftime("%Y-%m-%dT%H:%M:%S"),
        hostname="localhost",  # whose machine it was is nobody's business
        tests=str(len(cases)),
        failures=str(found.count("failure")),
        errors=str(found.count("error")),
        skipped=str(found.count("skipped")),
        time=f"{seconds:.3f}",
    )
    block = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(block, "property", name=key, value=plain(value))
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = "\n".join(said)
    ET.SubElement(suite, "system-err")
