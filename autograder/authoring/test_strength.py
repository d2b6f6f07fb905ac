"""What an assignment's tests are worth: which wrong solutions lose points, and are told why.

Each known mistake and each mutant of the solution goes through the exercise's test cell. All of it
is the instructor's own text, so it runs in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from autograder.authoring.mutation import mutants
from autograder.authoring.run_test_cell import run_test_cell
from autograder.course.layout import Assignment
from autograder.course.notebook import points_of, test_cells
from autograder.diagnosis.diagnose import Diagnoser
from autograder.diagnosis.mistakes import Mistake, MistakeBank, load_bank
from autograder.diagnosis.recorded_calls import RecordedCall
from autograder.diagnosis.solution import Solution
from autograder.errors import CourseError


@dataclass
class Strength:
    """What was tried, and what came of it.

    Attributes:
        mistakes: Known mistakes.
        caught: Those that lose points.
        named: Those that are named, and by their own name.
        mutants: Mutants of the solution, without those that are listed as equivalent.
        killed: Those that lose points.
        equivalent: Mutants that are listed as equivalent.
        variants: Sample submissions that are right in another way.
        passed: Those that lose nothing.
        findings: What is not as it should be, in sentences.
    """

    mistakes: int = 0
    caught: int = 0
    named: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    variants: int = 0
    passed: int = 0
    findings: list[str] = field(default_factory=list)


class StrengthMeter:
    """Tries the tests of one assignment.

    Args:
        assignment: It must have been built.
        seed: The course's secret seed.
        progress: Told what is being tried.
    """

    def __init__(self, assignment: Assignment, seed: str, progress: Callable[[str], None]) -> None:
        self._solution = Solution.of(assignment)
        self._bank: MistakeBank = load_bank(assignment)
        self._namer = Diagnoser(self._bank, self._solution)
        self._seed = seed
        self._progress = progress
        self._exercises: dict[str, ExerciseTests] = {}
        for cell in test_cells(assignment.notebook):
            source = cell.source
            done = run_test_cell(source, self._solution.names(), seed)
            if done.functions:
                points = float(points_of(cell))
                self._exercises[done.functions[0]] = ExerciseTests(source, points, done.functions)

    def measure(self, proof: Strength) -> None:
        """Try all mistakes and all mutants, and note in ``proof`` what came of it."""
        for mistake in self._bank.mistakes.values():
            self._progress(f"the mistake {mistake.id}")
            self._try_mistake(mistake, proof)
        for function in self._exercises:
            self._progress(f"mutants of {function}")
            self._try_mutants(function, proof)

    def _try_mistake(self, mistake: Mistake, proof: Strength) -> None:
        proof.mistakes += 1
        exercise = self._exercises.get(mistake.function)
        if exercise is None:
            proof.findings.append(
                f"the mistake {mistake.id!r} is one of {mistake.function}, "
                "which no test cell checks."
            )
            return
        try:
            names = self._solution.with_mistakes([mistake])
        except CourseError as error:
            proof.findings.append(str(error))
            return
        done = run_test_cell(exercise.source, names, self._seed)
        if done.points >= exercise.points:
            proof.findings.append(f"the mistake {mistake.id!r} loses no points.")
            return
        proof.caught += 1
        named = self._namer.explain(
            mistake.function, [RecordedCall.by_check(one) for one in done.all_calls]
        )
        if [one.id for one in named] == [mistake.id]:
            proof.named += 1
        else:
            instead = " and ".join(one.id for one in named) or "nothing"
            proof.findings.append(f"the mistake {mistake.id!r} is not named: {instead} is.")

    def _try_mutants(self, function: str, proof: Strength) -> None:
        listed = {one.mutant for one in self._bank.equivalent if one.function == function}
        for mutant in mutants(self._solution.exercises[function]):
            if mutant.label in listed:
                proof.equivalent += 1
                listed.discard(mutant.label)
                continue
            proof.mutants += 1
            replaced = {function: mutant.text}
            if any(
                run_test_cell(one.source, self._solution.names(replaced), self._seed).points
                < one.points
                for one in self._reached_by(function)
            ):
                proof.killed += 1
            else:
                proof.findings.append(f"a mutant of {function} loses no points: {mutant.label}")
        for label in sorted(listed):
            proof.findings.append(
                f"{function} has no mutant {label!r}, which is listed as equivalent."
            )

    def _reached_by(self, function: str) -> Iterator[ExerciseTests]:
        """The exercise's own test first, then those of others that call it."""
        yield self._exercises[function]
        for name, exercise in self._exercises.items():
            if name != function and function in exercise.functions:
                yield exercise


@dataclass(frozen=True)
class ExerciseTests:
    """One test cell: its text, its points, and the student's functions that it calls."""

    source: str
    points: float
    functions: tuple[str, ...]
