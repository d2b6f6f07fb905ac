"""Measure the tests of an assignment: which wrong solutions lose points, and are diagnosed.

Each known mistake and each mutant of the solution is put through the exercise's test cell. All of
it is the instructor's own code, so it runs in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from autograder.authoring.mutation import mutants
from autograder.authoring.run_test_cell import run_test_cell
from autograder.authoring.slip_strength import try_slips
from autograder.course.layout import Assignment
from autograder.course.notebook import test_cells, worth_of
from autograder.diagnosis.diagnose import Diagnoser
from autograder.diagnosis.mistakes import AcceptedForm, Mistake, load_bank
from autograder.diagnosis.recorded_calls import RecordedCall
from autograder.diagnosis.solution import load_solution
from autograder.errors import CourseError


@dataclass
class Strength:
    """How many wrong solutions were tried, and how many of them the tests notice.

    Attributes:
        mistakes: Known mistakes.
        caught: Known mistakes that lose points.
        named: Known mistakes that are diagnosed, each under its own name.
        mutants: Mutants of the solution, without those that are listed as equivalent.
        killed: Mutants that lose points.
        equivalent: Mutants that are listed as equivalent.
        slips: Slips, mistakes made by rule, that lose points; a sample of them.
        told: Slips of which students are told what is wrong, or where.
        seen: Slips that a visible check notices.
        variants: Sample submissions that are right in another way than the solution.
        passed: Those of them that lose no points.
        findings: What is wrong, in sentences.
    """

    mistakes: int = 0
    caught: int = 0
    named: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    slips: int = 0
    told: int = 0
    seen: int = 0
    variants: int = 0
    passed: int = 0
    findings: list[str] = field(default_factory=list)


class StrengthMeter:
    """Tries wrong solutions on the tests of one assignment.

    Args:
        assignment: It must have been built.
        seed: The course's secret seed.
        progress: Called with what is being tried.
    """

    def __init__(self, assignment: Assignment, seed: str, progress: Callable[[str], None]) -> None:
        self._solution = load_solution(assignment)
        self._bank = load_bank(assignment)
        self._diagnoser = Diagnoser(self._bank, self._solution)
        self._seed = seed
        self._progress = progress
        self._exercises: dict[str, ExerciseTests] = {}
        for cell in test_cells(assignment.notebook):
            run = run_test_cell(cell.source, self._solution.fresh_globals(), seed)
            if run.functions:
                points = worth_of(cell)
                self._exercises[run.functions[0]] = ExerciseTests(
                    cell.source, points, run.functions
                )

    def measure(self, strength: Strength) -> None:
        """Try all known mistakes and all mutants, and add the results to ``strength``."""
        for mistake in self._bank.mistakes.values():
            self._progress(f"the mistake {mistake.id}")
            self._try_mistake(mistake, strength)
        for function in self._exercises:
            self._progress(f"mutants of {function}")
            self._try_mutants(function, strength)
        for form in self._bank.accepted:
            self._progress(f"the accepted form {form.id}")
            self._try_accepted(form, strength)
        for function, exercise in self._exercises.items():
            self._progress(f"slips in {function}")
            if function in self._solution.exercises:
                self._try_slips(function, exercise, strength)

    def _try_accepted(self, form: AcceptedForm, strength: Strength) -> None:
        exercise = self._exercises.get(form.function)
        try:
            namespace = self._solution.variant([form]).fresh_globals()
        except CourseError as error:
            strength.findings.append(str(error))
            return
        if exercise is None:
            strength.findings.append(
                f"the accepted form {form.id!r} is one of {form.function}, "
                "which no test cell checks."
            )
        elif run_test_cell(exercise.source, namespace, self._seed).points < exercise.points:
            strength.findings.append(f"the accepted form {form.id!r} loses points.")

    def _try_slips(self, function: str, exercise: ExerciseTests, strength: Strength) -> None:
        for result in try_slips(
            function, exercise.source, self._solution, self._diagnoser, self._seed
        ):
            strength.slips += 1
            strength.told += result.named or result.located
            strength.seen += result.seen

    def _try_mistake(self, mistake: Mistake, strength: Strength) -> None:
        strength.mistakes += 1
        exercise = self._exercises.get(mistake.function)
        if exercise is None:
            strength.findings.append(
                f"the mistake {mistake.id!r} belongs to {mistake.function}, "
                "which no test cell checks."
            )
            return
        try:
            namespace = self._solution.globals_with_mistakes([mistake])
        except CourseError as error:
            strength.findings.append(str(error))
            return
        run = run_test_cell(exercise.source, namespace, self._seed)
        if run.points >= exercise.points:
            strength.findings.append(f"the mistake {mistake.id!r} loses no points.")
            return
        strength.caught += 1
        calls = [RecordedCall.from_check(call) for call in run.all_calls]
        explanation = self._diagnoser.explain(mistake.function, calls)
        diagnosed = explanation.ids if explanation else ()
        if diagnosed == (mistake.id,):
            strength.named += 1
        else:
            instead = " and ".join(diagnosed) or "nothing"
            strength.findings.append(f"the mistake {mistake.id!r} is not named: {instead} is.")

    def _try_mutants(self, function: str, strength: Strength) -> None:
        listed = {mutant.mutant for mutant in self._bank.equivalent if mutant.function == function}
        for mutant in mutants(self._solution.exercises[function]):
            if mutant.label in listed:
                strength.equivalent += 1
                listed.discard(mutant.label)
                continue
            strength.mutants += 1
            if self._loses_points(function, mutant.text):
                strength.killed += 1
            else:
                strength.findings.append(f"a mutant of {function} loses no points: {mutant.label}")
        for label in sorted(listed):
            strength.findings.append(
                f"{function} has no mutant {label!r}, which is listed as equivalent."
            )

    def _loses_points(self, function: str, text: str) -> bool:
        """Whether a test notices that a function is replaced by this text."""
        for exercise in self._exercises_that_use(function):
            namespace = self._solution.fresh_globals({function: text})
            if run_test_cell(exercise.source, namespace, self._seed).points < exercise.points:
                return True
        return False

    def _exercises_that_use(self, function: str) -> Iterator[ExerciseTests]:
        """The function's own exercise first, then the others whose checks call it."""
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
