"""What a diagnosis costs: CPU time of ``Diagnoser.explain`` for each wrong answer of a bank.

Run it with ``python -m benchmarks.diagnosis [ASSIGNMENT ...]`` (``make bench-diagnosis``). The
wrong answers are the known mistakes, and a sample of slips, which are harder: most of their
explanations come late in the search. Each is put through its test cell, and only the diagnosis of
the recorded calls is timed. *alone* is an answer with empty caches; *in class* one after the
other, as a class is graded. A right answer costs nothing: it is not diagnosed.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.authoring.run_test_cell import run_test_cell
from autograder.authoring.slip_strength import likely_slips
from autograder.course.layout import Assignment, Course
from autograder.course.notebook import test_cells
from autograder.diagnosis import diagnose, recorded_calls, replay
from autograder.diagnosis.diagnose import Diagnoser
from autograder.diagnosis.mistakes import load_bank
from autograder.diagnosis.recorded_calls import RecordedCall
from autograder.diagnosis.solution import LazyGlobals, load_solution

SLIPS = 6  # of each exercise
SEED = "benchmark"
ALLOWED = 50.0  # ms at the median
CACHES = (
    diagnose._DIAGNOSES,
    recorded_calls._ARGUMENTS,
    replay._FACTS,
    replay._FINGERPRINTS,
    replay._MATCHES,
    replay._OUTCOMES,
)

Run = tuple[str, list[RecordedCall]]


def main(names: list[str]) -> None:
    """Print one line per assignment."""
    course = Course(Path(__file__).parents[1])
    alone_of_all: list[float] = []
    for name in names or course.names():
        assignment = course.assignment(name)
        diagnoser = Diagnoser.for_assignment(assignment)
        runs = list(wrong_answers(assignment))
        alone = [_timed(diagnoser, run, clear) for run in runs]
        clear()
        in_class = [_timed(diagnoser, run, lambda: None) for run in runs]
        alone_of_all += alone
        print(
            f"{name:20} {len(runs):4} wrong answers; "
            f"alone: median {statistics.median(alone):5.1f} ms, most {max(alone):5.0f} ms; "
            f"in class: median {statistics.median(in_class):5.1f} ms",
            flush=True,
        )
    median = statistics.median(alone_of_all)
    print(f"{'all':20} alone: median {median:.1f} ms (at most {ALLOWED:g} ms are allowed)")
    sys.exit(median > ALLOWED)


def wrong_answers(assignment: Assignment) -> Iterator[Run]:
    """For each wrong answer its exercise and the calls that its test cell makes."""
    solution, bank = load_solution(assignment), load_bank(assignment)
    for cell in test_cells(assignment.notebook):
        functions = run_test_cell(cell.source, solution.fresh_globals(), SEED).functions
        if not functions or functions[0] not in solution.exercises:
            continue
        function = functions[0]
        for mistake in bank.of(function):
            yield from _wrong(function, cell.source, solution.globals_with_mistakes([mistake]))
        edited = solution.edited(function)
        slips = likely_slips(function, cell.source, solution, SEED)
        for slip in slips[:: -(-len(slips) // SLIPS) or 1]:
            names = solution.edited_variant(edited, slip.edits).fresh_globals()
            yield from _wrong(function, cell.source, names)


def _wrong(function: str, source: str, names: LazyGlobals) -> Iterator[Run]:
    """The calls of an answer, if it loses points."""
    run = run_test_cell(source, names, SEED)
    if run.report and not run.report.all_right:
        yield function, [RecordedCall.from_check(call) for call in run.all_calls]


def _timed(diagnoser: Diagnoser, run: Run, prepare: Callable[[], None]) -> float:
    """The milliseconds of CPU time of one diagnosis."""
    prepare()
    started = time.process_time()
    diagnoser.explain(*run)
    return 1000 * (time.process_time() - started)


def clear() -> None:
    """Forget what earlier diagnoses computed."""
    for cache in CACHES:
        cache.clear()


if __name__ == "__main__":
    main(sys.argv[1:])
