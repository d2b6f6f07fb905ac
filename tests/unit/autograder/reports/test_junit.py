"""JUnit XML: another library can read it, and it conforms to both published schemas."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from junitparser import Error, Failure, JUnitXml, Skipped

from autograder.reports import junit
from autograder.reports.grade_view import GradeView
from autograder.reports.text import plain_text
from tests.support.hostile_grades import FAILED, SAMPLE, WHEN, views

SUITE = {
    *("id", "name", "package", "timestamp", "hostname", "time"),
    *("tests", "failures", "errors", "skipped"),
}
CASE = {"name", "classname", "time"}


def parsed(view):
    """The suites, as junitparser reads them."""
    return list(JUnitXml.fromstring(junit.render(view).encode()))


def faults(root):
    """Where a file deviates from the schema of Ant (windyroad/JUnit-Schema) or of Jenkins.

    Ant's is the stricter: it requires these attributes, this order and one result per case.
    Jenkins' (xunit-plugin, junit-10.xsd) allows all of them and requires plain digits in a time.
    """
    if root.tag != "testsuites" or root.attrib:
        yield "root"
    for index, suite in enumerate(root):
        if set(suite.attrib) != SUITE or suite.get("id") != str(index) or not suite.get("name"):
            yield "attributes of a suite"
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp")):
            yield "timestamp"
        order = "".join(f"{child.tag} " for child in suite)
        if not re.fullmatch(r"properties (testcase )*system-out system-err ", order):
            yield f"children: {order}"
    for element in root.iter():
        if "time" in element.attrib and not re.fullmatch(r"\d+\.\d+", element.get("time")):
            yield "time"
    for case in root.iter("testcase"):
        yield from faults_of_a_case(case)


def faults_of_a_case(case):
    """The same for one case, which has at most one result."""
    if set(case.attrib) != CASE or len(case) > 1:
        yield "attributes or children of a case"
    for result in case:
        required = {"message"} if result.tag == "skipped" else {"message", "type"}
        if result.tag not in {"skipped", "error", "failure"} or len(result):
            yield f"result {result.tag}"
        if set(result.attrib) != required:
            yield "attributes of a result"


def test_each_check_is_a_case():
    """Right; failure with the mistake's id; error for no end; skipped for manual grading."""
    first, l2, question, conclusion = parsed(GradeView(SAMPLE, when=WHEN))
    assert [case.name for case in first] == ["it could be graded"]
    assert first.time == 0.25
    right, wrong, slow = l2
    assert right.result == []
    assert isinstance(wrong.result[0], Failure)
    assert (wrong.result[0].type, wrong.result[0].message) == ("l2-without-half", "Too `big`.")
    assert wrong.classname == "regularization.l2"
    assert isinstance(slow.result[0], Error)
    assert slow.result[0].text == "It ran over 30 s."
    assert (l2.tests, l2.failures, l2.errors, l2.skipped) == (3, 1, 1, 0)
    for suite in (question, conclusion):
        assert [type(case.result[0]) for case in suite] == [Skipped]
    assert {item.name: item.value for item in l2.properties()} == {
        "points": "9",
        "max_points": "12",
    }
    assert (
        first._elem.findtext("system-out")
        == "9 of 38 points; 8 are graded by hand\nx (1).ipynb was graded."
    )


def test_without_a_grade_there_is_an_error():
    """One case, which is an error and says why."""
    (suite,) = parsed(GradeView(FAILED, when=WHEN))
    (case,) = suite
    assert suite.errors == 1
    assert isinstance(case.result[0], Error)
    assert case.result[0].message == "The kernel broke."


@given(views)
def test_no_text_breaks_it(view):
    """Whatever the texts: the schemas' form, the right numbers, and each message as it was."""
    assert list(faults(ET.fromstring(junit.render(view)))) == []  # noqa: S314  a file of ours
    suites = parsed(view)
    assert len(suites) == 1 + len(view.grade.cells)
    assert suites[0].errors == (not view.graded)
    for suite, cell in zip(suites[1:], view.grade.cells, strict=True):
        assert suite.tests == max(1, len(cell.checks))
        for case, check in zip(suite, cell.checks, strict=False):
            for result in case.result:
                assert (result.text or "").strip() in {
                    plain_text(check.message).strip(),
                    *({result.message.strip()} if not check.message.strip() else ()),
                }
