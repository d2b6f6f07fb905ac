"""Faulty configuration files: a command ends with one sentence that says where to look."""

import re

import pytest
from click.testing import CliRunner

from autograder.cli import main
from tests.conftest import ASSIGNMENT

FOLDER = f"assignments/{ASSIGNMENT}"
MISTAKE = """
[[mistake]]
id = "zeros"
function = "f"
replace = [["x", "y"]]
title.en = "t"
message.en = "m"
"""
EXAMPLE = 'student = "Ada"\nabout = "a"\nscore = 75.0\n'


def error_of(course, *arguments):
    """The sentence that a command ends with."""
    given = [*map(str, arguments), "--course", str(course.root)]
    result = CliRunner().invoke(main, given)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("autograder: ")
    return line.removeprefix("autograder: ")


def lines_without(text, *starts):
    """A text without the lines that begin so."""
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith(starts))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('points = "100"\n', "'points' must be a number of at least 0, not the text '100'."),
        ("points = true\n", "'points' must be a number of at least 0, not true."),
        ("points = -1\n", "'points' must be a number of at least 0, not -1."),
        ("points = nan\n", "'points' must be a number of at least 0, not nan."),
        ("points = inf\n", "'points' must be a number of at least 0, not inf."),
        ("point = 100\n", "unknown key 'point'. Did you mean 'points'?"),
        (
            "colour = 1\n",
            "unknown key 'colour'. Known keys are title, points, learned, prerequisites, limits.",
        ),
        ("title = 2026-01-01\n", "'title' must be text, not the date 2026-01-01."),
        ("title = ['a']\n", "'title' must be text, not an array of 1."),
        ("learned = 'much'\n", "'learned' must be an array, not the text 'much'."),
        ("prerequisites = [1]\n", "'prerequisites[0]' must be text, not 1."),
        (f"points = 1{'0' * 400}\n", "a number is too large."),
        (
            f"[limits]\nprocesses = 1{'0' * 400}\n",
            (
                "'limits.processes' must be a whole number of at least 1 and at most 1048576, "
                f"not 1{'0' * 39}…."
            ),
        ),
        (
            "'a - at `$.limits[0].c' = 1\n",
            (
                "unknown key 'a - at `$.limits[0].c'. "
                "Known keys are title, points, learned, prerequisites, limits."
            ),
        ),
        ("limits = 3\n", "'limits' must be a table, not 3."),
        (
            "[limits]\nseconds = 3\n",
            "unknown key 'limits.seconds'. Did you mean 'limits.cell_seconds'?",
        ),
        (
            "[limits]\nmemory_mb = 0.5\n",
            "'limits.memory_mb' must be a whole number of at least 1 and at most 1048576, not 0.5.",
        ),
        (
            "[limits]\ncell_seconds = 0\n",
            "'limits.cell_seconds' must be a number above 0 and at most 604800, not 0.",
        ),
    ],
)
def test_a_faulty_assignment_toml(course, text, problem):
    """Whoever builds is told of the first fault."""
    (course.root / FOLDER / "assignment.toml").write_text(text, "utf-8")
    assert error_of(course, "build") == f"{FOLDER}/assignment.toml: {problem}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            MISTAKE.replace("message", "messages"),
            ", mistake 'zeros': unknown key 'messages'. Did you mean 'message'?",
        ),
        (lines_without(MISTAKE, "id"), ", mistake number 1: 'id' is missing."),
        (lines_without(MISTAKE, "replace"), ", mistake 'zeros': 'replace' is missing."),
        (lines_without(MISTAKE, "message"), ", mistake 'zeros': 'message' is missing."),
        (
            MISTAKE.replace("message.en", "message.zh"),
            ", mistake 'zeros': 'message.en' is missing.",
        ),
        (
            MISTAKE.replace('title.en = "t"', 'title = "t"'),
            ", mistake 'zeros': 'title' must be a table, not the text 't'.",
        ),
        (
            MISTAKE.replace('"m"', "3"),
            ", mistake 'zeros': 'message.en' must be text, not 3.",
        ),
        (
            MISTAKE.replace('[["x", "y"]]', '["x", "y"]'),
            ", mistake 'zeros': 'replace[0]' must be an array of 2 values, not the text 'x'.",
        ),
        (
            MISTAKE.replace('[["x", "y"]]', '[["x"]]'),
            ", mistake 'zeros': 'replace[0]' must be an array of 2 values, not an array of 1.",
        ),
        (
            MISTAKE.replace('[["x", "y"]]', "[]"),
            ", mistake 'zeros': 'replace' must be an array that is not empty, not an empty array.",
        ),
        (
            MISTAKE + 'severity = "fatal"\n',
            ", mistake 'zeros': 'severity' must be one of 'major', 'minor', not the text 'fatal'.",
        ),
        (MISTAKE + MISTAKE, ", mistake 'zeros': two mistakes have this id."),
        (
            MISTAKE.replace("[[mistake]]", "[mistake]"),
            ": 'mistake' must be an array, not a table.",
        ),
        (
            MISTAKE.replace("[[mistake]]", "[[mistakes]]"),
            ": unknown key 'mistakes'. Did you mean 'mistake'?",
        ),
        ("mistake = ['zeros']\n", ": 'mistake[0]' must be a table, not the text 'zeros'."),
        ("[free]\nf = 1\n", ": 'free.f' must be an array, not 1."),
        (
            "[free]\ng = [1]\nf = [0, true]\n",
            ": 'free.f[1]' must be a whole number of at least 0, not true.",
        ),
        (
            '[[equivalent]]\nfunction = "f"\nmutant = "x -> y"\n',
            ", equivalent number 1: 'reason' is missing.",
        ),
        (
            MISTAKE.replace('"m"', '"See {part}`dropouts`."'),
            (
                ", mistake 'zeros': 'message.en' refers to {part}`dropouts`, but no heading has "
                "that name. Did you mean 'dropout'?"
            ),
        ),
    ],
)
def test_a_faulty_mistakes_toml(course, text, problem):
    """The sentence names the mistake, by its id if it has one."""
    (course.root / FOLDER / "mistakes.toml").write_text(text, "utf-8")
    assert error_of(course, "simulate", ASSIGNMENT) == f"{FOLDER}/mistakes.toml{problem}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "'student' is missing."),
        (lines_without(EXAMPLE, "score"), "'score' is missing."),
        (
            EXAMPLE.replace("75.0", "-3"),
            "'score' must be a number of at least 0, not -3.",
        ),
        (
            EXAMPLE.replace('"Ada"', '""'),
            "'student' must be text that is not empty, not the text ''.",
        ),
        (EXAMPLE + "scores = 2\n", "unknown key 'scores'. Did you mean 'score'?"),
        (EXAMPLE + "name = 'x'\n", "unknown key 'name'. Did you mean 'names'?"),
        (
            EXAMPLE + "base = 'solutions'\n",
            "'base' must be one of 'release', 'solution', not the text 'solutions'.",
        ),
        (EXAMPLE + "delete = 'l2-cost'\n", "'delete' must be an array, not the text 'l2-cost'."),
        (
            EXAMPLE + "[answers]\nl2-cost = 'cost = 1'\n",
            "'answers.l2-cost' must be an array, not the text 'cost = 1'.",
        ),
        (
            EXAMPLE + f"[answers]\nother = ['x']\nl2-cost = '{'[/b] ' * 20}'\n",
            f"'answers.l2-cost' must be an array, not the text '{'[/b] ' * 8}…'.",
        ),
        (
            EXAMPLE + "[answers]\nl2-cost = ['a', ['b']]\n",
            "'answers.l2-cost[1]' must be text, not an array of 1.",
        ),
        (
            EXAMPLE + "[points]\nl2-cost-check = '10'\n",
            "'points.l2-cost-check' must be a number of at least 0, not the text '10'.",
        ),
        (EXAMPLE + "[[says]]\nx = 'y'\n", "'says' must be a table, not an array of 1."),
    ],
)
def test_a_faulty_example(course, text, problem):
    """The name of the cell is in the sentence."""
    (course.root / FOLDER / "examples" / "aa.toml").write_text(text, "utf-8")
    assert error_of(course, "simulate", ASSIGNMENT) == f"{FOLDER}/examples/aa.toml: {problem}"


def test_two_examples_with_one_student(course):
    """One would overwrite the notebook of the other."""
    (course.root / FOLDER / "examples" / "aa.toml").write_text(EXAMPLE, "utf-8")
    (course.root / FOLDER / "examples" / "ab.toml").write_text(EXAMPLE.lower(), "utf-8")
    assert error_of(course, "simulate", ASSIGNMENT) == (
        f"{FOLDER}/examples/ab.toml: 'ada' is the student of aa.toml already. Invent another name."
    )


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("assignment.toml", ("build", ASSIGNMENT)),
        ("mistakes.toml", ("simulate", ASSIGNMENT)),
        ("examples/aa.toml", ("simulate", ASSIGNMENT)),
    ],
)
@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a = 1\nb = \n", r"is not valid TOML: .*line 2.* Fix that line\."),
        (b"a = 1\na = 2\n", r"is not valid TOML: .*line 2.* Fix that line\."),
        (b"[[a]]\n[a]\n", r"is not valid TOML: .* Fix that line\."),
        (b"a = " + b"1" * 5000, r"is not valid TOML: .*5000 digits.* Fix that line\."),
        (b"a = " + b"[" * 100_000, r"is not valid TOML: it is nested too deeply\."),
        (b"# ok\n\na = '\xff'\n", r"is not UTF-8 text: line 3\. Save it as UTF-8\."),
    ],
)
def test_what_is_no_toml(course, file, command, data, problem):
    """Of each kind of file, the line is told."""
    (course.root / FOLDER / file).write_bytes(data)
    assert re.fullmatch(f"{FOLDER}/{file} {problem}", error_of(course, *command))


def test_a_faulty_course_toml(course):
    """The limits of all assignments are read as strictly as those of one."""
    path = course.root / "assignments" / "course.toml"
    path.write_text("[limits]\nprocesses = 'many'\n", "utf-8")
    release = course.assignment(ASSIGNMENT).release
    assert error_of(course, "try", release, "--assignment", ASSIGNMENT) == (
        "assignments/course.toml: 'limits.processes' must be a whole number of at least 1 and at "
        "most 1048576, not the text 'many'."
    )


@pytest.mark.parametrize("file", ["assignment.toml", "mistakes.toml"])
def test_grading_stops_before_it_begins(course, file):
    """One sentence for the class, and none in place of each student's grade."""
    (course.root / "submitted" / "ada" / ASSIGNMENT).mkdir(parents=True)
    (course.root / FOLDER / file).write_text("pints = 1\n", "utf-8")
    assert "unknown key 'pints'" in error_of(course, "grade", ASSIGNMENT)
