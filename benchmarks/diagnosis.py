"""What a diagnosis costs: CPU time of ``diagnose`` for each sample submission.

Run it with ``python -m benchmarks.diagnosis``. Each submission is graded by the engine; only the
diagnosis is timed, in the grader's process, for all test cells of a submission together. What
variants of the solution did is cached between submissions, as in a class. The samples are all
different, so a real class costs less.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.authoring.examples import load_examples
from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Course
from autograder.grading import grade as grading
from autograder.grading.grade import grade_restored
from autograder.grading.restore import restore
from autograder.models import Verdict
from autograder.runners.jailed import JailedRunner


def main() -> None:
    """Print one line per assignment."""
    seconds: list[float] = []
    original: Callable[..., Any] = grading.diagnose

    def timed(*arguments: Any) -> Any:
        started = time.process_time()
        try:
            return original(*arguments)
        finally:
            seconds.append(time.process_time() - started)

    grading.diagnose = timed
    course = Course(Path(__file__).parents[1])
    wrong_of_all: list[float] = []
    with JailedRunner() as runner:
        for name in course.names():
            assignment = course.assignment(name)
            right, wrong = [], []
            for example in load_examples(assignment):
                notebook, _ = restore(example.notebook(assignment), assignment.notebook)
                seconds.clear()
                grade = grade_restored(
                    notebook, assignment, runner, GradingOptions("seed"), student="x", files=None
                ).grade
                perfect = all(cell.verdict in (None, Verdict.RIGHT) for cell in grade.cells)
                (right if perfect else wrong).append(1000 * sum(seconds))
            wrong_of_all += wrong
            print(
                f"{name:20} right: median {statistics.median(right):.2f} ms; "
                f"wrong: median {statistics.median(wrong):.0f} ms, most {max(wrong):.0f} ms "
                f"({len(wrong)} submissions)"
            )
    print(f"{'all':20} wrong: median {statistics.median(wrong_of_all):.0f} ms")


if __name__ == "__main__":
    main()
