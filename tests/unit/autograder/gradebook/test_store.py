"""Which stored results are valid, and what happens to those of submissions without a grade."""

import shutil

import pytest

from autograder.errors import StorageError
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import all_rows, nbgrader_gradebook, scores
from tests.support.graded_class import POINTS, grade, submit


def test_what_has_not_changed_is_not_graded_again(collected, use):
    """A second run keeps everything; only a changed submission is graded again."""
    runner = use(FakeRunner(POINTS))
    assert {outcome.state for outcome in grade(collected, force=False).values()} == {"graded"}
    before = all_rows(collected)
    assert {outcome.state for outcome in grade(collected, force=False).values()} == {"kept"}
    assert len(runner.runs) == 4
    submit(collected, "ada", answers=("question-both",))
    states = {name: outcome.state for name, outcome in grade(collected, force=False).items()}
    assert states.pop("ada") == "graded"
    assert set(states.values()) == {"kept"}
    assert all_rows(collected) != before


def change_seed(course, configure):
    """Another secret seed."""
    del course
    configure("c.GradeCells.seed = 'new'")


def change_source(course, _):
    """Other text in the source notebook."""
    source = course.assignment(ASSIGNMENT).source
    source.write_text(source.read_text("utf-8").replace("Regularization", "Regularisation"))


def change_limits(course, _):
    """Other text in ``assignment.toml``."""
    path = course.assignment(ASSIGNMENT).folder / "assignment.toml"
    path.write_text(path.read_text("utf-8") + "\n# more\n", "utf-8")


def change_score(course, _):
    """Another score in the gradebook."""
    with nbgrader_gradebook(course) as gradebook:
        gradebook.find_grade("l2-cost-check", ASSIGNMENT, ASSIGNMENT, "ada").auto_score = 1.0
        gradebook.db.commit()


def change_executed_notebook(course, _):
    """Another notebook in ``autograded/``."""
    path = course.root / "autograded" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.chmod(0o644)
    path.write_text("{}", "utf-8")


def remove_folder(course, _):
    """No folder in ``autograded/``."""
    shutil.rmtree(course.root / "autograded" / "ada" / ASSIGNMENT)


@pytest.mark.parametrize(
    "change",
    [
        change_seed,
        change_source,
        change_limits,
        change_score,
        change_executed_notebook,
        remove_folder,
    ],
)
def test_what_a_grade_depends_on(collected, use, configure, change):
    """Change one of these, or what an earlier run left, and the notebook is run again."""
    runner = use(FakeRunner(POINTS))
    grade(collected, force=False, students=("ada",))
    change(collected, configure)
    assert grade(collected, force=False, students=("ada",))["ada"].state == "graded"
    assert len(runner.runs) == 2
    assert scores(collected, "ada")["l2-cost-check"][0] == 12.0
    assert grade(collected, force=False, students=("ada",))["ada"].state == "kept"


def test_nobody_has_to_grade_the_same_text_twice(collected, use, configure, grade_by_hand):
    """After a change of the seed an answer that was graded by hand and has not changed stays."""
    use(FakeRunner(POINTS))
    grade(collected, force=False)
    grade_by_hand(collected)
    configure("c.GradeCells.seed = 'new'")
    assert grade(collected, force=False)["cleo"].state == "graded"
    assert scores(collected, "cleo")["conclusion"] == (None, 8.0, False)
    submit(collected, "cleo", answers=("conclusion", "question-both"))
    grade(collected, force=False)
    assert scores(collected, "cleo")["conclusion"] == (None, 8.0, True)


def test_a_bad_resubmission_discards_the_earlier_grade(collected, use, grade_by_hand):
    """Only what a person gave stays; once the file is readable again, it is graded as usual."""
    use(FakeRunner(POINTS))
    grade(collected, force=False)
    grade_by_hand(collected)
    path = collected.submitted_dir / "bo" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    good = path.read_text("utf-8")
    path.write_text("", "utf-8")
    outcome = grade(collected, force=False)["bo"]
    assert outcome.state == "not graded"
    assert outcome.message.startswith(f"{path} is empty")
    after = scores(collected, "bo")
    assert {score for score, _, _ in after.values()} == {None}
    assert after["l2-cost-check"] == (None, 3.0, True)
    assert not (collected.root / "autograded" / "bo" / ASSIGNMENT).exists()
    path.write_text(good, "utf-8")
    assert grade(collected, force=False)["bo"].state == "graded"
    assert scores(collected, "bo")["l2-cost-check"] == (12.0, 3.0, True)


def test_a_timestamp_that_is_no_date(collected, use):
    """Its student gets a sentence; the others are graded."""
    use(FakeRunner(POINTS))
    path = collected.submitted_dir / "ada" / ASSIGNMENT / "timestamp.txt"
    path.write_text("at noon", "utf-8")
    outcomes = grade(collected)
    assert outcomes["ada"].message.startswith(f"{path} holds no date")
    assert outcomes["bo"].state == outcomes["cleo"].state == "graded"


def test_a_student_who_may_not_be_added(collected, use, configure):
    """If the gradebook does not know a student, the outcome says what to do."""
    use(FakeRunner(POINTS))
    configure("c.Autograde.create_student = False")
    outcomes = grade(collected)
    assert "knows no student 'ada'" in outcomes["ada"].message
    assert outcomes["bo"].state == outcomes["cleo"].state == "graded"


def test_a_graded_cell_that_the_gradebook_does_not_know(collected, use):
    """Nothing is stored, and the sentence names the cell and the ways out."""
    use(FakeRunner(POINTS))
    grade(collected)
    with nbgrader_gradebook(collected) as gradebook:
        submission = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada")
        gradebook.db.delete(next(one for one in submission.grades if one.name == "conclusion"))
        gradebook.db.commit()
    with pytest.raises(StorageError, match=r"knows no graded cell 'conclusion'.* by ada"):
        grade(collected)


def test_links_are_not_followed(collected, use, tmp_path):
    """A link in a submission does not bring a file of the grader's into the course."""
    use(FakeRunner(POINTS))
    (tmp_path / "secret").write_text("the exam", "utf-8")
    (collected.submitted_dir / "ada" / ASSIGNMENT / "link.txt").symlink_to(tmp_path / "secret")
    assert grade(collected)["ada"].state == "graded"
    assert not (collected.root / "autograded" / "ada" / ASSIGNMENT / "link.txt").exists()
