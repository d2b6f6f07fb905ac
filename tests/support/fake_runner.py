"""A runner for tests that executes nothing."""

from nbformat.v4 import new_output

from autograder.course.notebook import grade_id, worth_of
from autograder.course.notebook import test_cells as graded_by_test
from autograder.runners.interface import RunResult
from utils.checking.report import MIME as REPORT_MIME


class FakeRunner:
    """Executes nothing; each test cell reports one check with these points."""

    layers = ("fake",)

    def __init__(self, points=None, error=None):
        self.points = points or {}
        self.error = error
        self.runs = []

    def start(self, source):
        """There is nothing to start."""

    def run(self, notebook, **arguments):
        """Fill the outputs."""
        self.runs.append(arguments)
        if self.error:
            raise self.error
        for cell in graded_by_test(notebook):
            points = self.points.get(grade_id(cell), 0.0)
            maximum = worth_of(cell)
            check = {
                "name": "all",
                "verdict": "right" if points == maximum else "wrong",
                "message": "",
                "points": points,
                "max_points": maximum,
            }
            data = {"text/plain": "…", REPORT_MIME: {"function": "f", "checks": [check]}}
            cell.outputs = [new_output("execute_result", data=data)]
        return RunResult()

    def close(self):
        """There is nothing to end."""
