"""The zone table through real commands: each is one process for the class of a whole world."""

import csv
import io
import shutil
from datetime import datetime

import pytest
from nbgrader.api import Gradebook

from autograder.course.layout import CONFIG, Course
from tests.functional.conftest import run
from tests.support.solutions import ROOT
from tests.support.zone_table import KOLKATA

NAME = "lesson"
DUE = datetime(2027, 1, 15, 12)  # noqa: DTZ001  the gradebook's times are in UTC without a zone
# Each second counts, so that a penalty says to the second how late the work was.
CONFIG_LINES = """
c.Exchange.timezone = "Asia/Kolkata"
from nbgrader.plugins import LateSubmissionPlugin
class Seconds(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 2**21
c.AssignLatePenalties.plugin_class = Seconds
"""
WRITTEN = {f"s{number:02}": time for number, time in enumerate(KOLKATA)}
UNCLEAR = "unclear"


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """A small course in Delhi's time; each student has handed in the solution."""
    root = tmp_path_factory.mktemp("zones") / "course"
    root.mkdir()
    shutil.copy(ROOT / CONFIG, root)
    assert run("autograder", "new", NAME, cwd=root).returncode == 0
    with (root / CONFIG).open("a", encoding="utf-8") as file:
        file.write(CONFIG_LINES)
    course = Course(root)
    for student in [*WRITTEN, UNCLEAR]:
        folder = course.submitted_dir / student / NAME
        folder.mkdir(parents=True)
        shutil.copy(course.assignment(NAME).source, folder)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "deep-foundations") as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE.isoformat(" "))
    return course


def write_times(course):
    """What servers all over the world write; one of them what nobody in Delhi can read."""
    for student, text in [
        *((student, time.text) for student, time in WRITTEN.items()),
        (UNCLEAR, "2027-02-02 05:00:00 CST"),
    ]:
        (course.submitted_dir / student / NAME / "timestamp.txt").write_text(text, "utf-8")


@pytest.mark.long  # each command grades 59 students, nbgrader's at half a second each
@pytest.mark.parametrize("door", ["autograder grade", "nbgrader autograde", "autograder export"])
def test_the_zone_table(lesson, tmp_path, door):
    """The instants and the penalties of ``zoneinfo``, summer and winter, whoever reads them.

    For the third door the class is graded before there is a timestamp.
    """
    course = Course(shutil.copytree(lesson.root, tmp_path / "course"))
    assert len({time.name for time in KOLKATA}) > 40
    if door != "autograder export":
        write_times(course)
    graded = run(
        *("nbgrader autograde" if "nbgrader" in door else "autograder grade").split(),
        NAME,
        cwd=course.root,
    )
    if door == "autograder export":
        assert graded.returncode == 0, graded.stderr
        write_times(course)
    else:
        assert graded.returncode == (1 if "nbgrader" in door else 3)
        assert "CST, which has several meanings" in " ".join(
            (graded.stdout + graded.stderr).split()
        )
    exported = run("autograder", "export", NAME, cwd=course.root)
    assert exported.returncode == 0, exported.stderr
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO(exported.stdout))}
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as gradebook:
        submissions = {one.student.id: one for one in gradebook.assignment_submissions(NAME)}
        instants = {student: submissions[student].timestamp for student in WRITTEN}
        penalties = {student: submissions[student].late_submission_penalty for student in WRITTEN}
    assert instants == {student: time.instant for student, time in WRITTEN.items()}
    late = {s: max(0.0, (t.instant - DUE).total_seconds()) for s, t in WRITTEN.items()}
    assert len(set(late.values())) > 30
    assert penalties == {student: seconds / 2**21 for student, seconds in late.items()}
    shown = {student: float(rows[student]["late_penalty"]) for student in WRITTEN}
    assert shown == pytest.approx(penalties, abs=1e-4)
    assert rows.get(UNCLEAR, {"score": ""})["score"] == ""
