"""Arguments in, an exit code and sentences out."""

import json
import re
import shutil
from dataclasses import replace
from importlib.metadata import entry_points

import pytest
from click.testing import CliRunner

from autograder import cli
from autograder.errors import RunnerError
from autograder.grading.grade import GradedSubmission
from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from tests.conftest import ASSIGNMENT

COMMANDS = ("build", "check", "grade", "try", "demo")
CHECK = CheckResult("A3", Verdict.WRONG, "The A3 is too small.", 7.5, 10.0)
CELL = CellResult("dropout-forward", 10.0, 7.5, Verdict.WRONG, (CHECK,))
GRADE = Grade("ada", ASSIGNMENT, Status.GRADED, 100.0, (CELL,), seconds=0.04)
FAILED = Grade("ada", ASSIGNMENT, Status.NOT_GRADED, 100.0, message="The kernel broke.")


def run(*arguments, course=None):
    """Run a command in this process; whatever happens, it must not end in a traceback."""
    given = [str(one) for one in arguments]
    if course is not None:
        given += ["--course", str(course.root)]
    result = CliRunner().invoke(cli.main, given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def sentence(result):
    """What stands on stderr, as one line."""
    return " ".join(result.stderr.split())


@pytest.fixture
def graded(monkeypatch):
    """Let `try` give this grade instead of running a notebook."""

    def give(grade):
        monkeypatch.setattr(
            "autograder.grading.grade.grade", lambda *_, **__: GradedSubmission(grade, None)
        )

    return give


def test_the_console_script_is_this_group():
    """`autograder` on the command line is what is tested here."""
    (script,) = entry_points(group="console_scripts", name="autograder")
    assert script.load() is cli.main


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(command, flag):
    """Each command says what it does, and works outside of a course."""
    result = run(command, flag)
    assert result.exit_code == 0
    assert "--course DIR" in result.stdout
    assert result.stderr == ""


def test_help_of_all():
    """The overview lists every command with a line on it."""
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command} +[A-Z]", result.stdout, re.MULTILINE)


def test_version():
    """It is the package's."""
    from autograder import __version__

    assert __version__ in run("--version").stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("gradee", "grade"), ("chekc", "check"), ("biuld", "build")]
)
def test_a_mistyped_command(typed, meant):
    """The nearest command is suggested."""
    result = run(typed)
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in sentence(result)
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [("grade",), ("grade", "x", "--unknown"), ("try",), ("try", "no-such-file.ipynb"), ("zzz",)],
)
def test_usage_errors(arguments):
    """Wrong usage is 2, told on stderr."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", [("build",), ("check",), ("grade", "x"), ("demo",)])
def test_outside_of_a_course(command, tmp_path, monkeypatch):
    """A sentence that says what to do."""
    monkeypatch.chdir(tmp_path)
    result = run(*command)
    assert result.exit_code == 2
    assert "There is no course at" in sentence(result)
    assert "--course" in sentence(result)


@pytest.mark.parametrize("command", ["build", "check", "grade", "demo"])
def test_a_mistyped_assignment(course, command):
    """The nearest name is suggested."""
    result = run(command, "regularisation", course=course)
    assert result.exit_code == 2
    assert f"no assignment called 'regularisation'. Did you mean {ASSIGNMENT}?" in sentence(result)
    assert result.stdout == ""


def test_a_course_without_assignments(course):
    """Nothing to build is told, not passed over."""
    for room in ("assignments", "source"):
        shutil.rmtree(course.root / room)
    result = run("build", course=course)
    assert result.exit_code == 2
    assert "has no assignment yet" in sentence(result)


def test_build_says_what_changed(registered):
    """Unchanged, or which parts were written."""
    assert run("build", course=registered).stdout == f"{ASSIGNMENT}: unchanged\n"
    registered.assignment(ASSIGNMENT).release.unlink()
    assert run("build", ASSIGNMENT, course=registered).stdout == f"{ASSIGNMENT}: release written\n"


def test_build_of_a_faulty_text(registered):
    """A sentence and 2."""
    text = registered.assignment(ASSIGNMENT).text
    text.write_text(text.read_text("utf-8").replace("points: 12\n", "points: 13\n"), "utf-8")
    result = run("build", course=registered)
    assert result.exit_code == 2
    assert "gives 101 points in all" in sentence(result)


@pytest.mark.parametrize(
    ("findings", "code"), [([], 0), (["a [0] is b.", "c says [/b] and [red]."], 1)]
)
def test_check(registered, monkeypatch, findings, code):
    """0 without a finding; else 1, with each finding on a line of its own."""
    monkeypatch.setattr("autograder.authoring.check.check", lambda *_, **__: findings)
    result = run("check", course=registered)
    assert result.exit_code == code
    assert all(f"{ASSIGNMENT}: {one}" in result.stdout for one in findings or ["nothing found"])


def test_grade_before_anything_was_collected(registered):
    """The missing folder is named, and what to do."""
    result = run("grade", ASSIGNMENT, course=registered)
    assert result.exit_code == 2
    assert "submitted does not exist" in sentence(result)


def test_grade_of_a_student_who_is_none(registered):
    """The nearest student is suggested."""
    (registered.submitted_dir / "fatima" / ASSIGNMENT).mkdir(parents=True)
    result = run("grade", ASSIGNMENT, "--student", "fatma", course=registered)
    assert result.exit_code == 2
    assert "Did you mean fatima?" in sentence(result)


def test_json_takes_one_assignment(registered):
    """Two assignments do not fit into one file of the documented form."""
    result = run("grade", ASSIGNMENT, ASSIGNMENT, "--json", "-", course=registered)
    assert result.exit_code == 2
    assert "--json takes the grades of one assignment" in sentence(result)


@pytest.fixture
def empty_handed(registered):
    """Ada handed in an empty file: nothing has to be run to grade her."""
    folder = registered.submitted_dir / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").touch()
    return registered


def test_grade_with_one_that_cannot_be_graded(empty_handed):
    """3, and the table says why."""
    result = run("grade", ASSIGNMENT, course=empty_handed)
    assert result.exit_code == 3
    assert "ada: not graded." in result.stdout
    assert "is empty" in " ".join(result.stdout.split())


def test_grade_as_json_on_stdout(empty_handed):
    """The documented form and nothing else, also where the exit code is 3."""
    result = run("grade", ASSIGNMENT, "--json", "-", course=empty_handed)
    assert result.exit_code == 3
    data = json.loads(result.stdout)
    assert (data["schema"], data["assignment"], data["jail"]) == (1, ASSIGNMENT, [])
    (entry,) = data["submissions"]
    assert entry["student"] == "ada"
    assert entry["status"] == "not_graded"
    assert "is empty" in entry["message"]


def test_grade_as_json_into_a_file(empty_handed, tmp_path):
    """The file holds the JSON; the table is still shown."""
    file = tmp_path / "new" / "grades.json"
    result = run("grade", ASSIGNMENT, "--json", file, course=empty_handed)
    assert json.loads(file.read_text("utf-8"))["submissions"][0]["student"] == "ada"
    assert "ada" in result.stdout


@pytest.mark.parametrize(
    ("grade", "more", "code"),
    [
        (GRADE, (), 0),
        (GRADE, ("--min-score", "7.5"), 0),
        (GRADE, ("--min-score", "7.6"), 1),
        (replace(GRADE, cells=()), (), 0),
        (FAILED, (), 3),
        (FAILED, ("--min-score", "0"), 3),
    ],
)
def test_exit_codes_of_try(assignment, graded, grade, more, code):
    """0 whatever the marks, 1 below --min-score, 3 without a grade."""
    graded(grade)
    result = run("try", assignment.release, *more, course=assignment.course)
    assert result.exit_code == code


def test_try_shows_the_checks(assignment, graded):
    """The table for people."""
    graded(GRADE)
    result = run("try", assignment.release, course=assignment.course)
    assert "The A3 is too small." in result.stdout
    assert "7.5 of 100 points" in result.stdout


def test_try_as_json(assignment, graded):
    """The same form as of a class, with one submission."""
    graded(GRADE)
    result = run("try", assignment.release, "--format", "json", course=assignment.course)
    data = json.loads(result.stdout)
    assert data["schema"] == 1
    assert data["submissions"] == json.loads(json.dumps([GRADE.to_json()]))


def test_try_as_json_without_a_grade(assignment, graded):
    """Stdout stays valid; the reason stands on stderr as well."""
    graded(FAILED)
    result = run("try", assignment.release, "--format", "json", course=assignment.course)
    assert json.loads(result.stdout)["submissions"][0]["message"] == "The kernel broke."
    assert "The kernel broke." in sentence(result)


@pytest.mark.parametrize("form", ["table", "json"])
def test_try_into_a_file(assignment, graded, tmp_path, form):
    """Nothing is left for stdout."""
    graded(GRADE)
    file = tmp_path / "report"
    run("try", assignment.release, "--format", form, "--output", file, course=assignment.course)
    assert "The A3 is too small." in file.read_text("utf-8")
    result = run(
        "try", assignment.release, "--format", form, "--output", file, course=assignment.course
    )
    assert result.stdout == ""


def test_try_finds_the_assignment(assignment, monkeypatch):
    """It is told by the notebook's cells, whatever the file is called."""
    seen = []

    def remember(submission, *_, **__):
        seen.append(submission)
        return GradedSubmission(GRADE, None)

    monkeypatch.setattr("autograder.grading.grade.grade", remember)
    other = assignment.release.with_name("homework of ada.ipynb")
    shutil.copy(assignment.release, other)
    run("try", other, course=assignment.course)
    assert seen[0].assignment.name == ASSIGNMENT
    assert seen[0].find_notebook()[0] == other


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ('{"nbformat": 99}', "format 99"),
        (
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "holds no exercise of this course. Name the assignment with --assignment",
        ),
    ],
)
def test_try_a_bad_notebook(assignment, tmp_path, content, words):
    """One sentence on stderr, 2."""
    path = tmp_path / "homework.ipynb"
    path.write_text(content, "utf-8")
    result = run("try", path, course=assignment.course)
    assert result.exit_code == 2
    assert words in sentence(result)
    assert result.stdout == ""


def test_a_broken_machine(assignment, monkeypatch):
    """What is not the course's fault and not the student's is 3."""

    def fail(*_, **__):
        raise RunnerError("No process can be started.")

    monkeypatch.setattr("autograder.grading.grade.grade", fail)
    result = run("try", assignment.release, course=assignment.course)
    assert result.exit_code == 3
    assert "No process can be started." in sentence(result)


def test_a_file_that_cannot_be_written(assignment, graded):
    """The system's reason in a sentence."""
    graded(GRADE)
    result = run(
        "try", assignment.release, "--output", assignment.release.parent, course=assignment.course
    )
    assert result.exit_code == 2
    assert str(assignment.release.parent) in sentence(result)


def test_demo_replaces_only_demos(course, tmp_path):
    """A folder of somebody's own is left alone."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").touch()
    result = run("demo", "--into", mine, course=course)
    assert result.exit_code == 2
    assert "is no earlier demo" in sentence(result)
    assert (mine / "thesis.tex").exists()


def test_a_keyboard_interrupt_is_no_traceback(assignment, monkeypatch):
    """Somebody who stops a long run is not shown our inside."""

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.grading.grade.grade", stop)
    result = run("try", assignment.release, course=assignment.course)
    assert result.exit_code != 0
    assert "Aborted" in result.stderr
