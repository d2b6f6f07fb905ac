"""What the instructor's own cells import and define is the examiner's, not the student's."""

import textwrap

import pytest
from nbformat.v4 import new_code_cell

from autograder.engine.trusted.instructor_names import InstructorNames
from autograder.runners.interface import CourseCode
from tests.support.cells import notebook, test_cell


def solution(source):
    """A solution cell, in which the student writes."""
    role = {"grade": False, "solution": True, "grade_id": "s", "locked": False}
    return new_code_cell(textwrap.dedent(source), metadata={"nbgrader": role})


def run(execute, tmp_path, *source, submitted=None):
    """Run a submission (the source itself by default); returns what its cells show."""
    course = CourseCode(notebook(*source), tmp_path)
    return execute(*(submitted or source), course=course)


FAKES = """
import numpy as np
np.testing.assert_allclose = lambda *a, **k: None
def assert_close(*a): return None
class Checker:
    def check(self, value): return None
GOAL = "whatever"
"""


@pytest.mark.parametrize(
    ("ordinary", "test"),
    [
        ("from numpy.testing import assert_allclose", "assert_allclose(f(), 4)"),
        ("import numpy as np", "np.testing.assert_allclose(f(), 4)"),
        ("from numpy.testing import *", "assert_allclose(f(), 4)"),
        ("def assert_close(a, b): assert abs(a - b) < 1e-6", "assert_close(f(), 4)"),
        (
            "class Checker:\n    def check(self, value): assert value == GOAL\nGOAL = 4",
            "Checker().check(f())",
        ),
        ("GOAL = 3 + 1", "assert f() == GOAL"),
    ],
)
def test_what_decides_is_not_the_students(execute, tmp_path, ordinary, test):
    """Whoever redefines it in a cell of their own, a wrong answer stays wrong."""
    right, wrong = solution("def f(): return 4"), solution("def f(): return 5")
    names = ("assert_allclose", "assert_close", "Checker", "GOAL")
    fakes = FAKES + "\n".join(f"{name} = globals().get({name!r})" for name in names)
    fakes += "\nassert_allclose = assert_close"
    source = (ordinary, right, test_cell(test))
    assert run(execute, tmp_path, *source)[2] == ""
    shown = run(execute, tmp_path, *source, submitted=(ordinary, wrong, fakes, test_cell(test)))
    assert "AssertionError" in shown[3]


def test_names_of_earlier_test_cells_are_known(execute, tmp_path):
    """Also to hidden tests, which run after everything else."""
    shown = run(
        execute,
        tmp_path,
        solution("def f(x): return 2 * x"),
        test_cell("import math\ndef close(a, b): return math.isclose(a, b)\nx = 3", "one"),
        test_cell(
            """
            print(close(f(x), 6))
            ### BEGIN HIDDEN TESTS
            assert close(f(math.pi), 2 * math.pi) and x == 3
            ### END HIDDEN TESTS
            """,
            "two",
        ),
    )
    assert shown[2] == "True\n"


def test_names_of_hidden_tests_are_known_to_later_tests(execute, tmp_path):
    """A cell that needs one is run whole with the hidden tests; so are globals that code reads."""
    hidden = "### BEGIN HIDDEN TESTS\nimport math\nA = 3\nassert f() == 3\n### END HIDDEN TESTS"
    shown = run(
        execute,
        tmp_path,
        solution("def f(): return A"),
        test_cell(f"A = 1\nassert f() == 1\n{hidden}", "one"),
        test_cell("A = 4\nassert math.sqrt(f()) == 2", "two"),
    )
    assert shown[1:] == ["", ""]


@pytest.mark.parametrize("module", ["statistics", "own"])
def test_an_import_that_is_the_answer_is_the_students_to_make(execute, tmp_path, module):
    """Who has not made it gets nothing; who has cannot replace a library by it."""
    (tmp_path / "own.py").write_text("kept = []\ndef mean(x): kept.extend(x); return 2")
    asked = f"### BEGIN SOLUTION\nfrom {module} import mean\n### END SOLUTION"
    source = (solution(asked), test_cell("assert mean([1, 3]) == 2"))
    options = {"course": CourseCode(notebook(*source), tmp_path), "files": tmp_path}
    assert execute(*source, **options)[1] == ""
    assert "NameError" in execute(solution("pass"), source[1], **options)[1]
    if module == "statistics":
        fake = solution("def mean(x): raise ValueError")
        assert execute(fake, source[1], **options)[1] == ""


def test_a_solution_cell_takes_a_name_over(execute, tmp_path):
    """From there on it is the student's, also if the student's cell does not bind it."""
    source = ("answer = None\nitems = []", solution("answer = 42\nitems.append(1)"))
    source += (test_cell("print(answer, items)"),)
    assert run(execute, tmp_path, *source)[2] == "42 [1]\n"
    empty = (source[0], solution("pass"), source[2])
    assert run(execute, tmp_path, *source, submitted=empty)[2] == "None []\n"


def test_the_random_stream_before_an_ordinary_cell_is_the_notebooks(execute, tmp_path):
    """Numbers drawn in it are the same for the student and for the test, seeded or not."""
    shown = run(
        execute,
        tmp_path,
        "import numpy as np, random\nX = np.random.rand(3)\ny = random.random()",
        solution("total, z = X.sum(), y"),
        test_cell("print(total == X.sum(), z == y)"),
    )
    assert shown[2] == "True True\n"


def test_files_and_modules_beside_the_source_are_the_courses(execute, tmp_path):
    """Not those that a student handed in; a module may have the name of one of ours."""
    folder, own = tmp_path / "source", tmp_path / "own"
    for place, value in ((folder, 4), (own, 5)):
        place.mkdir()
        (place / "utils.py").write_text(f"GOAL = {value}")
        (place / "data.csv").write_text(f"{value}")
    cells = ("import utils", solution("def f(): return 4"))
    cells += (test_cell("print(utils.GOAL, open('data.csv').read())"),)
    assert run(execute, folder, *cells)[2] == "4 4\n"


def test_globals_and_dir_tell_the_truth(execute, tmp_path):
    """The student's names are among them, and the instructor's."""
    cells = ("LIMIT = 3", solution("def f(): return 4"))
    cells += (test_cell("print('f' in globals(), 'f' in dir(), 'g' in dir(), LIMIT in (3,))"),)
    assert run(execute, tmp_path, *cells)[2] == "True True False True\n"


@pytest.mark.parametrize("broken", ["%%bash\nls -l", "x = = 3", "%timeit sum([1])", "!ls\ny = 2"])
def test_magics_and_broken_code_crash_nothing(execute, tmp_path, broken):
    """An ordinary cell may hold anything."""
    cells = (broken, solution("def f(): return 4"), test_cell("print(f())"))
    assert run(execute, tmp_path, *cells)[2] == "4\n"


def test_a_cell_that_fails_because_of_the_student_defines_nothing(execute, tmp_path):
    """Otherwise a student's own name would stand in for it."""
    cells = (solution("def f(): return 4"), "ok = f() == 4", test_cell("assert ok"))
    failing = (solution("def f(): raise ValueError\nok = True"), "ok = f() == 4", cells[2])
    assert run(execute, tmp_path, *cells)[2] == ""
    assert "ValueError" in run(execute, tmp_path, *cells, submitted=failing)[2]


def test_only_what_tests_need_is_run(tmp_path):
    """An import that no test uses costs nothing."""
    names = InstructorNames.of(
        notebook(
            "import matplotlib.pyplot as plt\nimport math\nplt.plot([1])",
            solution("def f(x): return x"),
            test_cell("assert f(1) == math.cos(0)"),
        )
    )
    assert [cell.text for cell in names.cells] == ["import math", "", ""]
