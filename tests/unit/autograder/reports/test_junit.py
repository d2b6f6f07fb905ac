"""JUnit XML: read by another's parser, of the form of both published schemas."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from junitparser import Error, Failure, JUnitXml, Skipped

from autograder.reports import junit
from autograder.reports.grade_view import GradeView, plain
from tests.support.hostile_grades import FAILED, SAMPLE, WHEN, shown

SUITE = {
    *("id", "name", "package", "timestamp", "hostname", "time"),
    *("tests", "failures", "errors", "skipped"),
}
CASE = {"name", "classname", "time"}


def parsed(one):
    """The suites, as junitparser reads them."""
    return list(JUnitXml.fromstring(junit.dumps(one).encode()))


def faults(root):
    """Where a file departs from the schema of Ant (windyroad/JUnit-Schema) or of Jenkins.

    Ant's is the narrower: it asks for these attributes, this order and one result a case. Jenkins'
    (xunit-plugin, junit-10.xsd) knows each of them and asks for a time of plain digits.
    """
    if root.tag != "testsuites" or root.attrib:
        yield "root"
    for place, suite in enumerate(root):
        if set(suite.attrib) != SUITE or suite.get("id") != str(place) or not suite.get("name"):
            yield "attributes of a suite"
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp")):
            yield "timestamp"
        order = "".join(f"{child.tag} " for child in suite)
        if not re.fullmatch(r"properties (testcase )*system-out system-err ", order):
            yield f"children: {order}"
    for one in root.iter():
        if "time" in one.attrib and not re.fullmatch(r"\d+\.\d+", one.get("time")):
            yield "time"
    for case in root.iter("testcase"):
        yield from faults_of_a_case(case)


def faults_of_a_case(case):
    """The same, of a case: at most one result in it."""
    if set(case.attrib) != CASE or len(case) > 1:
        yield "attributes or children of a case"
    for result in case:
        wanted = {"message"} if result.tag == "skipped" else {"message", "type"}
        if result.tag not in {"skipped", "error", "failure"} or len(result):
            yield f"result {result.tag}"
        if set(result.attrib) != wanted:
            yield "attributes of a result"


def test_each_check_is_a_case():
    """Right, failure with the mistake's name, error for what did not end, skipped for people."""
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
    assert {one.name: one.value for one in l2.properties()} == {"points": "9", "max_points": "12"}
    assert (
        first._elem.findtext("system-out")
        == "9 of 38 points; 8 are graded by hand\nx (1).ipynb was graded."
    )


def test_without_a_grade_there_is_an_error():
    """One case, which is in error and says why."""
    (suite,) = parsed(GradeView(FAILED, when=WHEN))
    (case,) = suite
    assert suite.errors == 1
    assert isinstance(case.result[0], Error)
    assert case.result[0].message == "The kernel broke."


@given(shown)
def test_no_text_breaks_it(one):
    """Whatever is written: the schemas' form, the right numbers, and each message read back."""
    assert list(faults(ET.fromstring(junit.dumps(one)))) == []  # noqa: S314  our own file
    suites = parsed(one)
    assert len(suites) == 1 + len(one.grade.cells)
    assert suites[0].errors == (not one.graded)
    for suite, cell in zip(suites[1:], one.grade.cells, strict=True):
        assert suite.tests == max(1, len(cell.checks))
        for case, check in zip(suite, cell.checks, strict=False):
            for result in case.result:
                assert (result.text or "").strip() in {
                    plain(check.message).strip(),
                    *({result.message.strip()} if not check.message.strip() else ()),
                }
