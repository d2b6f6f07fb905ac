"""The plain command line in a course folder: nbgrader's commands, and ours beside them."""

import csv
import html
import json
import os
import re
import shutil

import pytest

from autograder.course.layout import CONFIG
from autograder.course.notebook import points_of, read_notebook
from autograder.course.notebook import test_cells as graded_by_test
from tests.conftest import ASSIGNMENT
from tests.functional.conftest import REFUSED, run


def visible_text(page):
    """What a person reads on an HTML page."""
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def hidden_lines(assignment):
    """Each line of a hidden test that stands nowhere in the release."""
    released = {
        line.strip()
        for cell in read_notebook(assignment.release).notebook.cells
        for line in cell.source.split("\n")
    }
    for cell in assignment.notebook.cells:
        hidden = False
        for line in cell.source.split("\n"):
            hidden = (hidden or "BEGIN HIDDEN" in line) and "END HIDDEN" not in line
            if hidden and len(line.strip()) > 12 and line.strip() not in released:
                yield line.strip()


def said_by(done):
    """Everything that a command printed, on one line."""
    return " ".join((done.stdout + done.stderr).split())


def test_generate_assignment(registered):
    """Plain `nbgrader generate_assignment` writes the release that `autograder build` wrote."""
    release = registered.assignment(ASSIGNMENT).release
    before = release.read_bytes()
    release.unlink()
    done = run("nbgrader", "generate_assignment", ASSIGNMENT, "--force", cwd=registered.root)
    assert done.returncode == 0, done.stderr
    assert release.read_bytes() == before


def test_validate_passes_on_the_source(lesson, registered):
    """The solution passes its own tests under `nbgrader validate`, hidden ones as well."""
    done = run("nbgrader", "validate", str(lesson("source")), cwd=registered.root)
    assert done.returncode == 0, done.stderr
    assert "Success! Your notebook passes all the tests." in said_by(done)


def test_validate_says_what_is_missing_in_the_release(lesson, registered):
    """An unfilled stub is told in our sentence, without a traceback through our code."""
    done = run("nbgrader", "validate", str(lesson("release")), cwd=registered.root)
    text = said_by(done)
    # five exercises and three unanswered questions
    assert "VALIDATION FAILED ON 8 CELL(S)" in text
    assert "because a value there is still None. Have you filled in every line of the stub?" in text
    assert "Traceback" not in text
    assert "utils/" not in text
    assert "NotRightYet" not in text


def test_every_example_gets_its_score_by_nbgrader(by_nbgrader, examples):
    """Plain `nbgrader autograde` gives each sample submission just its points."""
    book = by_nbgrader.gradebook()
    scores = {
        one.name: sum(score or 0.0 for score in book[one.student.lower()].values())
        for one in examples
    }
    assert scores == {one.name: one.score for one in examples}


def test_single_cells_get_their_points_by_nbgrader(by_nbgrader, examples):
    """Partial credit where the examples name it."""
    book = by_nbgrader.gradebook()
    for one in examples:
        got = {name: book[one.student.lower()][name] for name in one.points}
        assert got == one.points, one.name


def test_every_example_gets_its_grade_by_autograder(by_autograder, examples):
    """`autograder grade` gives the score, the points and the words that each example names."""
    grades = {one["student"]: one for one in json.loads(by_autograder.done.stdout)["submissions"]}
    for one in examples:
        grade = grades[one.student.lower()]
        assert (grade["status"], grade["score"]) == ("graded", one.score), one.name
        cells = {cell["grade_id"]: cell for cell in grade["cells"]}
        assert {name: cells[name]["points"] for name in one.points} == one.points
        for name, words in one.says.items():
            assert words in " ".join(check["message"] for check in cells[name]["checks"])


def test_both_commands_say_the_same_cell_by_cell(by_nbgrader, by_autograder, examples):
    """The instructor's machine and CI agree, in the gradebooks and in the JSON."""
    plain, ours = by_nbgrader.gradebook(), by_autograder.gradebook()
    for student in REFUSED:  # nbgrader enters who was refused, we need not
        for book in (plain, ours):
            assert set(book.pop(student, {"": None}).values()) == {None}
    assert plain == ours
    for one in json.loads(by_autograder.done.stdout)["submissions"]:
        told = {cell["grade_id"]: cell["points"] for cell in one["cells"]}
        if one["status"] == "graded":
            assert told == ours[one["student"]]
    assert len(examples) < len(ours)


def test_the_json_is_of_the_documented_form(by_autograder):
    """Schema 1 with the fields of DESIGN.md, and nothing but JSON on stdout."""
    data = json.loads(by_autograder.done.stdout)
    assert (data["schema"], data["assignment"]) == (1, ASSIGNMENT)
    assert isinstance(data["jail"], list)
    for one in data["submissions"]:
        assert {
            "student", "status", "score", "max_score", "needs_manual_grade", "seconds", "cells",
        } <= set(one)  # fmt: skip
        assert one["max_score"] == 100
        for cell in one["cells"]:
            assert {"grade_id", "points", "max_points", "verdict", "checks"} <= set(cell)
            for check in cell["checks"]:
                assert {"name", "verdict", "message", "mistake"} <= set(check)
    waiting = {one["student"] for one in data["submissions"] if one["needs_manual_grade"]}
    assert waiting == {"omar"}


def test_bad_input_is_not_graded_and_the_rest_is(by_autograder):
    """Each unreadable submission has its sentence; exit code 3; nobody else is concerned."""
    assert by_autograder.done.returncode == 3
    data = json.loads(by_autograder.done.stdout)
    refused = {
        one["student"]: one["message"]
        for one in data["submissions"]
        if one["status"] == "not_graded"
    }
    assert refused.keys() == REFUSED.keys()
    for student, words in REFUSED.items():
        assert words in refused[student]
        assert "\n" not in refused[student]
    assert "Traceback" not in by_autograder.done.stderr


def test_bad_input_by_plain_nbgrader(by_nbgrader):
    """The log has our sentence for each and no traceback; the command fails at its end."""
    assert by_nbgrader.done.returncode == 1
    text = said_by(by_nbgrader.done)
    for words in REFUSED.values():
        assert words in text
    assert "Traceback" not in text
    folder = by_nbgrader.course.root / "autograded"
    assert not REFUSED.keys() & {
        path.name for path in folder.glob("*") if any(path.rglob("*.ipynb"))
    }


@pytest.mark.parametrize("command", ["by_nbgrader", "by_autograder"])
class TestTraps:
    """What plain nbgrader falls for, by either command."""

    def test_no_earlier_grade_is_left_standing(self, command, request):
        """The full marks of an earlier run do not survive a submission that cannot be graded."""
        book = request.getfixturevalue(command).gradebook()
        for student in ("t-empty", "t-missing"):
            assert set(book[student].values()) == {None}

    def test_a_dead_kernel(self, command, request):
        """A notebook that kills its process has lost that exercise, and keeps no earlier grade."""
        scores = request.getfixturevalue(command).gradebook()["t-killer"]
        assert scores["l2-cost-check"] == 0
        assert sum(score or 0.0 for score in scores.values()) < 75

    @pytest.mark.parametrize("student", ["t-skipper", "t-scalar"])
    def test_unwritten_work_earns_nothing(self, command, student, request):
        """Neither the tag `skip-execution` nor a NumPy scalar in a test cell buys points."""
        scores = request.getfixturevalue(command).gradebook()[student]
        assert set(scores.values()) == {0}

    @pytest.mark.parametrize("student", ["t-doubled", "t-swollen", "noor"])
    def test_right_work_loses_nothing(self, command, student, request):
        """Equal cell ids, 50 MB of saved output, warnings on stderr: full marks all the same."""
        scores = request.getfixturevalue(command).gradebook()[student]
        assert sum(scores.values()) == 75

    def test_what_was_handed_in_is_left_as_it_was(self, command, request, collected):
        """Grading writes nothing into `submitted/`."""
        course = request.getfixturevalue(command).course
        names = {path.relative_to(course.submitted_dir) for path in course.submitted_dir.rglob("*")}
        assert names == {
            path.relative_to(collected.submitted_dir) for path in collected.submitted_dir.rglob("*")
        }


def test_autograded_notebooks_are_small(by_nbgrader):
    """The output that was dropped is not written again."""
    for path in (by_nbgrader.course.root / "autograded").rglob("*.ipynb"):
        assert path.stat().st_size < 2 * 2**20


def test_the_points_in_autograded_notebooks_are_the_gradebooks(by_nbgrader):
    """What a person sees in formgrader is what the gradebook says."""
    book = by_nbgrader.gradebook()
    for student in ("mira", "hana"):
        path = by_nbgrader.course.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        for cell in graded_by_test(read_notebook(path).notebook):
            score = book[student][cell.metadata.nbgrader.grade_id]
            assert cell.outputs[0].data["text/plain"] == repr(float(score))
            assert f"{score:g} of {points_of(cell):g} points" in cell.outputs[0].data["text/html"]


@pytest.fixture(scope="session")
def pages(by_nbgrader):
    """The feedback pages of three students, as `nbgrader generate_feedback` writes them."""
    command = ("nbgrader", "generate_feedback", ASSIGNMENT, "--student=[hmj][aiu][rn]*")
    done = run(*command, cwd=by_nbgrader.course.root)
    assert done.returncode == 0, done.stderr
    folder = by_nbgrader.course.root / "feedback"
    found = {page.parent.parent.name: page.read_text("utf-8") for page in folder.rglob("*.html")}
    assert found.keys() == {"hana", "jun", "mira"}
    return found


def test_feedback_has_a_message_per_check(pages, by_autograder):
    """Every check of the student's grade stands on the page, with its message."""
    for one in json.loads(by_autograder.done.stdout)["submissions"]:
        if one["student"] not in pages:
            continue
        text = " ".join(visible_text(pages[one["student"]]).replace("`", "").split())
        for cell in one["cells"]:
            for check in cell["checks"]:
                assert check["name"] in text
                assert " ".join(check["message"].replace("`", "").split()) in text


def test_feedback_shows_no_hidden_test(pages, built):
    """Neither source nor traceback of a hidden check is on any page."""
    secrets = list(hidden_lines(built))
    assert len(secrets) > 50
    for page in pages.values():
        text = visible_text(page)
        assert [line for line in secrets if line in text] == []
        assert "HIDDEN" not in text


def test_feedback_names_the_syntax_error(pages):
    """Somebody whose cell is no Python is told so, and where the function is missing."""
    text = visible_text(pages["jun"])
    assert "SyntaxError" in text
    assert "compute_cost_with_regularization is not defined" in text


def test_export(by_nbgrader, examples):
    """`nbgrader export` writes each student's score."""
    done = run("nbgrader", "export", cwd=by_nbgrader.course.root)
    assert done.returncode == 0, done.stderr
    with (by_nbgrader.course.root / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    for one in examples:
        row = rows[one.student.lower()]
        assert float(row["score"]) == one.score
        assert float(row["max_score"]) == 100


def test_what_was_graded_is_not_graded_again(by_autograder):
    """A second run takes what is there, is quick, and says the same of each cell."""
    course = by_autograder.course
    command = ("autograder", "grade", ASSIGNMENT, "--student", "mira", "--json", "-")
    again = json.loads(run(*command, cwd=course.root).stdout)["submissions"]
    first = json.loads(by_autograder.done.stdout)["submissions"]
    assert again == [one for one in first if one["student"] == "mira"]


def test_try_says_the_same(by_autograder):
    """CI's command gives the same cells as the instructor's, without a gradebook."""
    course = by_autograder.course
    path = course.submitted_dir / "hana" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    done = run("autograder", "try", str(path), "--format", "json", cwd=course.root)
    assert done.returncode == 0
    (one,) = json.loads(done.stdout)["submissions"]
    first = json.loads(by_autograder.done.stdout)["submissions"]
    (wanted,) = [other for other in first if other["student"] == "hana"]
    assert one["cells"] == wanted["cells"]


@pytest.mark.parametrize("command", [("nbgrader", "autograde"), ("autograder", "grade")])
def test_links_that_were_collected_are_not_followed(registered, command):
    """As an older nbgrader collects them: what they lead to is neither graded nor copied."""
    source = registered.assignment(ASSIGNMENT).source
    folders = [registered.submitted_dir / who / ASSIGNMENT for who in ("ada", "mallory")]
    for folder in folders:
        (folder / "data").mkdir(parents=True)
        (folder / "seed.html").symlink_to(registered.root / CONFIG)
        (folder / "data" / "source.html").symlink_to(source)
        (folder / "data" / "own.csv").write_text("1,2")
        os.mkfifo(folder / "pipe.txt")
    shutil.copy(registered.assignment(ASSIGNMENT).release, folders[0])
    (folders[1] / f"{ASSIGNMENT}.ipynb").symlink_to(source)
    done = run(*command, ASSIGNMENT, cwd=registered.root)
    made = registered.root / "autograded"
    found = {one.relative_to(made).as_posix() for one in made.rglob("*") if not one.is_dir()}
    assert found == {
        f"ada/{ASSIGNMENT}/{ASSIGNMENT}.ipynb",
        f"ada/{ASSIGNMENT}/data/own.csv",
    }
    assert done.returncode != 0
    assert f"{ASSIGNMENT}.ipynb is" in said_by(done)
    assert "Traceback" not in said_by(done)
    assert all((folder / "seed.html").is_symlink() for folder in folders)


def test_nothing_collected(registered):
    """Plain nbgrader without a `submitted/` fails without a traceback (ours: test_cli.py)."""
    plain = run("nbgrader", "autograde", ASSIGNMENT, cwd=registered.root)
    assert plain.returncode != 0
    assert "No notebooks were matched" in said_by(plain)
    assert "Traceback" not in said_by(plain)
