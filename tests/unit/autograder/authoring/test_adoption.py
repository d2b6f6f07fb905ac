"""An existing course is looked over by grading its own solutions."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.authoring.adoption import find_course, look_over, source_notebooks
from autograder.course.layout import CONFIG
from autograder.course.notebook import grade_id, is_test, write_notebook
from autograder.errors import CourseError, RunnerError
from autograder.runners.interface import RunResult

ERROR = {"ename": "AssertionError", "evalue": "not 3", "traceback": []}


def cell_of(name, source="", make=new_code_cell, **role):
    """A cell with nbgrader's metadata."""
    full = {"grade": False, "solution": False, "locked": False, "schema_version": 3, **role}
    return make(source, metadata={"nbgrader": {"grade_id": name, **full}})


def question(name="q"):
    """A question that a person grades."""
    return cell_of(name, "Why?", new_markdown_cell, solution=True, grade=True, points=1)


class ScriptedRunner:
    """Tests fail by their names: of ``wrong`` always, of ``inside`` if they are run as tests."""

    layers = ()

    def __init__(self, wrong=(), inside=(), error=None):
        self.wrong, self.inside, self.error = wrong, inside, error

    def start(self, source):
        """There is nothing to start."""

    def run(self, notebook, **_):
        """Fill the outputs."""
        if self.error:
            raise self.error
        asked = {grade_id(cell) for cell in notebook.cells if is_test(cell)}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                fails = cell.source in self.wrong or (
                    cell.source in self.inside and grade_id(cell) in asked
                )
                secret = "BEGIN HIDDEN" in cell.source
                error = {**ERROR, "evalue": "a hidden test is not met"} if secret else ERROR
                cell.outputs = [new_output("error", **error)] if fails or secret else []
        return RunResult(unasked=dict.fromkeys(asked & {*self.inside}, "a file cannot cross"))


@pytest.fixture
def source(tmp_path):
    """Write a source notebook; returns its path."""

    def write(*cells, name="ps1/problem", metadata=None):
        path = tmp_path / "source" / f"{name}.ipynb"
        write_notebook(new_notebook(cells=list(cells), metadata=metadata or {}), path)
        return path

    return write


def graded(*names):
    """Test cells that hold their own names."""
    return [cell_of(name, name, grade=True, locked=True, points=2) for name in names]


def test_each_cell_is_found_to_work_or_not(source):
    """And, if it does not, whether it would in one process, and why not."""
    path = source(question(), *graded("good", "crossing", "broken"))
    before = path.read_bytes()
    finding = look_over(path, ScriptedRunner(wrong=("broken",), inside=("crossing",)))
    assert (finding.title, finding.by_hand, finding.problem) == ("ps1/problem", 1, "")
    good, crossing, broken = finding.cells
    assert (good.works, good.reason, good.works_in_kernel) == (True, "", None)
    assert (crossing.works, crossing.reason) == (False, "a file cannot cross")
    assert crossing.works_in_kernel is True
    assert not broken.works
    assert "AssertionError: not 3" in broken.reason
    assert broken.works_in_kernel is False
    assert path.read_bytes() == before
    data = finding.to_json()
    assert [cell["tests"] for cell in data["cells"]] == ["outside", "none", "none"]


def test_a_hidden_test_says_why_it_fails(source):
    """The instructor reads it here; a student gets a fixed sentence."""
    cell = cell_of("h", "### BEGIN HIDDEN TESTS\nassert x == 3", grade=True, points=1)
    shown = cell.source.replace("BEGIN HIDDEN TESTS", "begin hidden tests")
    (found,) = look_over(source(cell), ScriptedRunner(wrong=(shown,))).cells
    assert "not 3" in found.reason
    (found,) = look_over(source(cell), ScriptedRunner()).cells
    assert "a hidden test is not met" in found.reason


def test_the_name_of_the_only_notebook_is_the_assignments(source):
    """It is not said twice."""
    finding = look_over(source(*graded("a"), name="ps2/ps2"), ScriptedRunner())
    assert finding.title == "ps2"


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
        {"language_info": {"name": "R"}},
    ],
)
def test_another_language(source, metadata):
    """Its notebook is not run."""
    path = source(*graded("a"), metadata=metadata)
    finding = look_over(path, ScriptedRunner(error=RunnerError("it ran")))
    assert finding.problem.startswith("The notebook is in R")
    assert finding.cells == ()


def test_a_notebook_that_cannot_be_read_or_run(source, tmp_path):
    """The others are looked over all the same."""
    finding = look_over(source(*graded("a")), ScriptedRunner(error=RunnerError("No jail.")))
    assert finding.problem == "No jail."
    broken = tmp_path / "source" / "ps1" / "broken.ipynb"
    broken.write_text("{", "utf-8")
    assert "broken.ipynb" in look_over(broken, ScriptedRunner()).problem


def test_what_is_left_out(source):
    """A notebook without any cell that is graded; one that only a person grades is listed."""
    plain = look_over(source(new_code_cell("1")), ScriptedRunner(error=RunnerError("ran")))
    assert not plain.is_graded
    by_hand = look_over(source(question()), ScriptedRunner(error=RunnerError("ran")))
    assert by_hand.is_graded
    assert by_hand.problem == ""


def test_a_kernel_is_timed_if_asked(source):
    """Otherwise nothing is run outside of the jail."""
    path = source(*graded("a"))
    assert look_over(path, ScriptedRunner()).kernel_seconds == 0
    assert look_over(path, ScriptedRunner(), ScriptedRunner()).kernel_seconds > 0


def test_the_course_is_found(source, tmp_path):
    """By its folder of source notebooks, or upward by its config."""
    path = source(*graded("a"))
    assert find_course(tmp_path).root == tmp_path.resolve()
    (tmp_path / CONFIG).write_text("c = get_config()\n", "utf-8")
    assert find_course(path.parent).root == tmp_path.resolve()
    assert source_notebooks(find_course(tmp_path)) == [path.resolve()]


def test_a_folder_that_is_no_course(tmp_path):
    """The sentences say what is missing."""
    with pytest.raises(CourseError, match="no course"):
        find_course(tmp_path)
    (tmp_path / "source").mkdir()
    with pytest.raises(CourseError, match="source/ASSIGNMENT/NOTEBOOK"):
        source_notebooks(find_course(tmp_path))
