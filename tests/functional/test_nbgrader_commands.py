"""nbgrader's commands in a course folder, and ours beside them."""

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


def _cells(submission):
    """The graded cells of a submission in the JSON."""
    return [cell for notebook in submission["notebooks"] for cell in notebook["cells"]]


def visible_text(page):
    """The text that a person reads on an HTML page."""
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def hidden_lines(assignment):
    """Lines of hidden tests that are nowhere in the release."""
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


def printed_by(process):
    """Everything that a command printed, in one line."""
    return " ".join((process.stdout + process.stderr).split())


def test_generate_assignment(registered):
    """Plain `nbgrader generate_assignment` writes the release that `autograder build` wrote."""
    release = registered.assignment(ASSIGNMENT).release
    before = release.read_bytes()
    release.unlink()
    process = run("nbgrader", "generate_assignment", ASSIGNMENT, "--force", cwd=registered.root)
    assert process.returncode == 0, process.stderr
    assert release.read_bytes() == before


def test_validate_passes_on_the_source(without_experiments, registered):
    """The solution passes its own tests under `nbgrader validate`, hidden ones as well."""
    process = run("nbgrader", "validate", str(without_experiments("source")), cwd=registered.root)
    assert process.returncode == 0, process.stderr
    assert "Success! Your notebook passes all the tests." in printed_by(process)


def test_validate_says_what_is_missing_in_the_release(without_experiments, registered):
    """An unfilled stub gets our sentence, without a traceback through our code."""
    process = run("nbgrader", "validate", str(without_experiments("release")), cwd=registered.root)
    text = printed_by(process)
    # five exercises and three unanswered questions
    assert "VALIDATION FAILED ON 8 CELL(S)" in text
    assert "because a value there is None. Have you filled in every line of the stub?" in text
    assert "Traceback" not in text
    assert "utils/" not in text
    assert "NotRightYet" not in text


def test_every_example_gets_its_score_by_nbgrader(by_nbgrader, examples):
    """Plain `nbgrader autograde` gives each sample submission exactly its points."""
    gradebook = by_nbgrader.gradebook()
    scores = {
        example.name: sum(score or 0.0 for score in gradebook[example.student.lower()].values())
        for example in examples
    }
    assert scores == {example.name: example.score for example in examples}


def test_single_cells_get_their_points_by_nbgrader(by_nbgrader, examples):
    """Partial credit where the examples state it."""
    gradebook = by_nbgrader.gradebook()
    for example in examples:
        points = {name: gradebook[example.student.lower()][name] for name in example.points}
        assert points == example.points, example.name


def test_every_example_gets_its_grade_by_autograder(by_autograder, examples):
    """`autograder grade` gives the score, the points and the words that each example states."""
    grades = {
        one["student"]: one for one in json.loads(by_autograder.process.stdout)["submissions"]
    }
    for example in examples:
        grade = grades[example.student.lower()]
        assert (grade["status"], grade["score"]) == ("graded", example.score), example.name
        cells = {cell["grade_id"]: cell for cell in _cells(grade)}
        assert {name: cells[name]["points"] for name in example.points} == example.points
        for name, words in example.says.items():
            assert words in " ".join(check["message"] for check in cells[name]["checks"])


def test_both_commands_agree_cell_by_cell(by_nbgrader, by_autograder, examples):
    """The instructor's machine and CI agree, in the gradebooks and in the JSON."""
    nbgraders, ours = by_nbgrader.gradebook(), by_autograder.gradebook()
    for student in REFUSED:  # nbgrader adds them to the gradebook, we do not
        for gradebook in (nbgraders, ours):
            assert set(gradebook.pop(student, {"": None}).values()) == {None}
    assert nbgraders == ours
    for submission in json.loads(by_autograder.process.stdout)["submissions"]:
        points = {cell["grade_id"]: cell["points"] for cell in _cells(submission)}
        if submission["status"] == "graded":
            assert points == ours[submission["student"]]
    assert len(examples) < len(ours)


def test_the_json_has_the_documented_form(by_autograder):
    """It is schema 2, and nothing else is on stdout."""
    data = json.loads(by_autograder.process.stdout)
    assert (data["schema"], data["assignment"]) == (2, ASSIGNMENT)
    assert isinstance(data["jail"], list)
    for submission in data["submissions"]:
        assert {
            "student", "status", "score", "max_score", "needs_manual_grade", "seconds", "notebooks",
        } <= set(submission)  # fmt: skip
        assert submission["max_score"] == 100
        for cell in _cells(submission):
            assert {"grade_id", "points", "max_points", "verdict", "checks"} <= set(cell)
            for check in cell["checks"]:
                assert {"name", "verdict", "message", "mistake"} <= set(check)
    waiting = {one["student"] for one in data["submissions"] if one["needs_manual_grade"]}
    assert waiting == {"omar"}


def test_unreadable_submissions_by_autograder(by_autograder):
    """Each has its sentence, and the exit code is 3; the others are graded."""
    assert by_autograder.process.returncode == 3
    data = json.loads(by_autograder.process.stdout)
    refused = {
        one["student"]: one["message"]
        for one in data["submissions"]
        if one["status"] == "not_graded"
    }
    assert refused.keys() == REFUSED.keys()
    for student, words in REFUSED.items():
        assert words in refused[student]
        assert "\n" not in refused[student]
    assert "Traceback" not in by_autograder.process.stderr


def test_unreadable_submissions_by_plain_nbgrader(by_nbgrader):
    """The log has our sentence for each and no traceback; the command fails when it ends."""
    assert by_nbgrader.process.returncode == 1
    text = printed_by(by_nbgrader.process)
    for words in REFUSED.values():
        assert words in text
    assert "Traceback" not in text
    folder = by_nbgrader.course.root / "autograded"
    assert not REFUSED.keys() & {
        path.name for path in folder.glob("*") if any(path.rglob("*.ipynb"))
    }


@pytest.mark.parametrize("command", ["by_nbgrader", "by_autograder"])
class TestTraps:
    """What plain nbgrader falls for does not work with either command."""

    def test_no_earlier_grade_is_kept(self, command, request):
        """A submission that cannot be graded loses the full marks of an earlier run."""
        gradebook = request.getfixturevalue(command).gradebook()
        for student in ("t-empty", "t-missing"):
            assert set(gradebook[student].values()) == {None}

    def test_a_dead_kernel(self, command, request):
        """A notebook that kills its process loses that exercise, and keeps no earlier grade."""
        scores = request.getfixturevalue(command).gradebook()["t-killer"]
        assert scores["l2-cost-check"] == 0
        assert sum(score or 0.0 for score in scores.values()) < 75

    @pytest.mark.parametrize("student", ["t-skipper", "t-scalar"])
    def test_unwritten_work_gets_no_points(self, command, student, request):
        """Neither the tag `skip-execution` nor a NumPy scalar in a test cell gives points."""
        scores = request.getfixturevalue(command).gradebook()[student]
        assert set(scores.values()) == {0}

    @pytest.mark.parametrize("student", ["t-doubled", "t-swollen", "noor"])
    def test_right_work_loses_no_points(self, command, student, request):
        """In spite of equal cell ids, 50 MB of saved output, or warnings on stderr."""
        scores = request.getfixturevalue(command).gradebook()[student]
        assert sum(scores.values()) == 75

    def test_submissions_are_left_as_they_were(self, command, request, collected):
        """Grading writes nothing into `submitted/`."""
        course = request.getfixturevalue(command).course
        names = {path.relative_to(course.submitted_dir) for path in course.submitted_dir.rglob("*")}
        assert names == {
            path.relative_to(collected.submitted_dir) for path in collected.submitted_dir.rglob("*")
        }


def test_autograded_notebooks_are_small(by_nbgrader):
    """Output that was dropped is not written again."""
    for path in (by_nbgrader.course.root / "autograded").rglob("*.ipynb"):
        assert path.stat().st_size < 2 * 2**20


def test_the_points_in_autograded_notebooks_are_those_in_the_gradebook(by_nbgrader):
    """A person sees in formgrader what the gradebook says."""
    gradebook = by_nbgrader.gradebook()
    for student in ("mira", "hana"):
        path = by_nbgrader.course.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        for cell in graded_by_test(read_notebook(path).notebook):
            score = gradebook[student][cell.metadata.nbgrader.grade_id]
            assert cell.outputs[0].data["text/plain"] == repr(float(score))
            assert f"{score:g} of {points_of(cell):g} points" in cell.outputs[0].data["text/html"]


@pytest.fixture(scope="session")
def pages(by_nbgrader):
    """The feedback pages of three students, as `nbgrader generate_feedback` writes them."""
    command = ("nbgrader", "generate_feedback", ASSIGNMENT, "--student=[hmj][aiu][rn]*")
    process = run(*command, cwd=by_nbgrader.course.root)
    assert process.returncode == 0, process.stderr
    folder = by_nbgrader.course.root / "feedback"
    pages = {page.parent.parent.name: page.read_text("utf-8") for page in folder.rglob("*.html")}
    assert pages.keys() == {"hana", "jun", "mira"}
    return pages


def test_feedback_has_a_message_for_each_check(pages, by_autograder):
    """Every check of the student's grade is on the page, with its message."""
    for submission in json.loads(by_autograder.process.stdout)["submissions"]:
        if submission["student"] not in pages:
            continue
        text = " ".join(visible_text(pages[submission["student"]]).replace("`", "").split())
        for cell in _cells(submission):
            for check in cell["checks"]:
                assert check["name"] in text
                assert " ".join(check["message"].replace("`", "").split()) in text


def test_feedback_shows_no_hidden_test(pages, built):
    """Neither the source nor a traceback of a hidden check is on any page."""
    secrets = list(hidden_lines(built))
    assert len(secrets) > 50
    for page in pages.values():
        text = visible_text(page)
        assert [line for line in secrets if line in text] == []
        assert "HIDDEN" not in text


def test_feedback_names_the_syntax_error(pages):
    """A cell that is not Python says so, and so does every check of the missing function."""
    text = visible_text(pages["jun"])
    assert "SyntaxError" in text
    assert "compute_cost_with_regularization is not defined" in text


def test_export(by_nbgrader, examples):
    """`nbgrader export` writes each student's score."""
    process = run("nbgrader", "export", cwd=by_nbgrader.course.root)
    assert process.returncode == 0, process.stderr
    with (by_nbgrader.course.root / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    for example in examples:
        row = rows[example.student.lower()]
        assert float(row["score"]) == example.score
        assert float(row["max_score"]) == 100


def test_an_unchanged_submission_is_not_graded_again(by_autograder):
    """A second run gives the stored grade, to the same seconds."""
    course = by_autograder.course
    command = ("autograder", "grade", ASSIGNMENT, "--student", "mira", "--json", "-")
    again = json.loads(run(*command, cwd=course.root).stdout)["submissions"]
    first = json.loads(by_autograder.process.stdout)["submissions"]
    assert again == [one for one in first if one["student"] == "mira"]


def test_try_gives_the_same_grade(by_autograder):
    """The command that CI runs gives the same cells as the instructor's, without a gradebook."""
    course = by_autograder.course
    path = course.submitted_dir / "hana" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    process = run("autograder", "try", str(path), "--format", "json", cwd=course.root)
    assert process.returncode == 0
    (tried,) = json.loads(process.stdout)["submissions"]
    first = json.loads(by_autograder.process.stdout)["submissions"]
    (graded,) = [one for one in first if one["student"] == "hana"]
    assert tried["notebooks"] == graded["notebooks"]


@pytest.mark.parametrize("command", [("nbgrader", "autograde"), ("autograder", "grade")])
def test_collected_links_are_not_followed(registered, command):
    """An older nbgrader collects them; what they lead to is neither graded nor copied."""
    source = registered.assignment(ASSIGNMENT).source
    folders = [registered.submitted_dir / student / ASSIGNMENT for student in ("ada", "mallory")]
    for folder in folders:
        (folder / "data").mkdir(parents=True)
        (folder / "seed.html").symlink_to(registered.root / CONFIG)
        (folder / "data" / "source.html").symlink_to(source)
        (folder / "data" / "own.csv").write_text("1,2")
        os.mkfifo(folder / "pipe.txt")
    shutil.copy(registered.assignment(ASSIGNMENT).release, folders[0])
    (folders[1] / f"{ASSIGNMENT}.ipynb").symlink_to(source)
    process = run(*command, ASSIGNMENT, cwd=registered.root)
    folder = registered.root / "autograded"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    assert files == {
        f"ada/{ASSIGNMENT}/{ASSIGNMENT}.ipynb",
        f"ada/{ASSIGNMENT}/data/own.csv",
    }
    assert process.returncode != 0
    assert f"{ASSIGNMENT}.ipynb is" in printed_by(process)
    assert "Traceback" not in printed_by(process)
    assert all((folder / "seed.html").is_symlink() for folder in folders)


def test_nothing_was_collected(registered):
    """Plain nbgrader without a `submitted/` fails without a traceback."""
    process = run("nbgrader", "autograde", ASSIGNMENT, cwd=registered.root)
    assert process.returncode != 0
    assert "No notebooks were matched" in printed_by(process)
    assert "Traceback" not in printed_by(process)
