"""The gradebook and ``autograded/`` after our run are as after plain ``nbgrader autograde``."""

import json
import sqlite3
from contextlib import closing

import pytest
from nbformat.v4 import new_output
from sqlalchemy import Engine, event

from autograder.gradebook import results_table
from autograder.gradebook.connect import open_gradebook
from autograder.gradebook.scores import discard_scores
from tests.conftest import ASSIGNMENT
from tests.support.fake_runner import FakeRunner
from tests.support.gradebooks import all_rows, nbgrader_gradebook, scores
from tests.support.graded_class import POINTS, copy_of, grade, grade_with_nbgrader, submit


class LongOutputRunner(FakeRunner):
    """Also prints far more than is kept in the first code cell, and raises a long error there."""

    def run(self, notebook, **arguments):
        """Fill the outputs."""
        result = super().run(notebook, **arguments)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.outputs = [
            new_output("stream", name="stdout", text="line\n" * 3000),
            new_output("error", ename="E", evalue="e", traceback=["line"] * 300),
        ]
        return result


def autograded_files(course):
    """By path: mode and content of all files in ``autograded/``, without the seconds of a run."""
    base = course.root / "autograded"
    files = {}
    for path in sorted(base.rglob("*")):
        if path.is_dir():
            continue
        content = path.read_bytes()
        if path.suffix == ".ipynb":
            assert content.endswith(b"}\n")
            data = json.loads(content)
            assert data["metadata"]["autograder"].pop("seconds") >= 0
            content = json.dumps(data, sort_keys=True)
        files[path.relative_to(base).as_posix()] = (path.stat().st_mode, content)
    return files


def test_every_row_and_every_file_is_like_nbgraders(collected, tmp_path, use, grade_by_hand):
    """All tables and all of autograded/, after a first run and after one on changed work."""
    ours, nbgraders = collected, copy_of(collected, tmp_path / "nbgrader")
    for round_, runner in enumerate((LongOutputRunner(POINTS), FakeRunner({"l2-cost-check": 1.0}))):
        use(runner)
        grade_with_nbgrader(nbgraders)
        grade(ours)
        assert all_rows(ours) == all_rows(nbgraders), round_
        assert autograded_files(ours) == autograded_files(nbgraders), round_
        for course in (ours, nbgraders):
            grade_by_hand(course)
            submit(course, "ada", timestamp="2026-03-05 11:00:00 UTC")
    notebooks = map(dict, all_rows(ours)["submitted_notebook"])
    penalties = {notebook["late_submission_penalty"] for notebook in notebooks}
    assert len(penalties) > 1, "nobody was late: the class does not show what it should"


def test_reports_are_like_nbgraders(collected, tmp_path, use):
    """What ``nbgrader export`` and formgrader compute from the rows is the same, too."""
    ours, nbgraders = collected, copy_of(collected, tmp_path / "nbgrader")
    use(FakeRunner(POINTS))
    grade_with_nbgrader(nbgraders)
    grade(ours)

    def report(course):
        with nbgrader_gradebook(course) as gradebook:
            submissions = gradebook.submission_dicts(ASSIGNMENT)
        return {one["student"]: {**one, "id": None} for one in submissions}

    assert report(ours) == report(nbgraders)
    assert any(submission["score"] for submission in report(ours).values())


def test_no_query_reads_a_whole_table(collected, use):
    """However large the class is: SQLite finds each row of nbgrader's large tables by an index."""
    use(FakeRunner(POINTS))
    grade(collected)
    large = ("grade", "comment", "submitted_assignment", "submitted_notebook", "student")
    queries = {}

    def record(_, __, statement, parameters, *___):
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            queries[statement] = parameters

    event.listen(Engine, "before_cursor_execute", record)
    try:
        grade(collected)
    finally:
        event.remove(Engine, "before_cursor_execute", record)
    assert any("UPDATE grade" in query or "FROM grade" in query for query in queries)
    with closing(sqlite3.connect(collected.root / "gradebook.db")) as connection:
        for query, parameters in queries.items():
            first = parameters[0] if parameters and isinstance(parameters, list) else parameters
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", first).fetchall()
            scans = [step.split()[1] for *_, step in plan if step.split()[:1] == ["SCAN"]]
            assert not set(scans) & set(large), (query, plan)


@pytest.fixture
def database(registered):
    """The course's gradebook."""
    database = open_gradebook(f"sqlite:///{registered.root / 'gradebook.db'}")
    yield database
    database.close()


def test_discarded_scores(collected, use, database):
    """What a person gave stays; what an earlier run gave goes, and so does its result."""
    use(FakeRunner(POINTS))
    grade(collected)
    with nbgrader_gradebook(collected) as gradebook:
        test = gradebook.find_grade("l2-cost-check", ASSIGNMENT, ASSIGNMENT, "bo")
        test.manual_score, test.needs_manual_grade = 4.0, False
        gradebook.db.commit()
    database.run(lambda connection: discard_scores(connection, ASSIGNMENT, ["bo"]))
    after = scores(collected, "bo")
    assert after["l2-cost-check"] == (None, 4.0, True)
    assert all(
        score is None and needs_manual_grade for score, _, needs_manual_grade in after.values()
    )
    assert scores(collected, "ada")["l2-cost-check"][0] == 12.0
    digests = database.run(lambda connection: results_table.read_digests(connection, ASSIGNMENT))
    assert set(digests) == {"ada", "cleo", "dana"}
    assert grade(collected, force=False)["bo"].state == "graded"
