"""The figures of a class: what ``class_page`` draws and ``autograder report --json`` writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

from autograder.diagnosis.mistakes import MistakeBank
from autograder.gradebook.class_grades import ClassGrades
from autograder.models import CellResult, Grade, Status, Verdict
from autograder.reports.text import exercise_name, format_points, verdict_words
from autograder.reports.words import words
from utils.messages import in_course_language

# The names of all fields below are keys of the JSON, so they do not change within a schema.
SCHEMA = 1
BINS = 10

# Verdicts that an instructor should look at: they may be due to the grader's limits.
_LIMITS_REACHED = (
    Verdict.TIMED_OUT,
    Verdict.OUT_OF_MEMORY,
    Verdict.OUTPUT_TOO_LARGE,
    Verdict.FORBIDDEN,
    Verdict.INFRASTRUCTURE,
)


@dataclass(frozen=True)
class ExerciseStatistics:
    """How a class did in one exercise.

    Attributes:
        name: The exercise's.
        max_points: What it is worth.
        share: Mean fraction of these points; None until all answers are graded.
        full, part, none: How many students got all, some, none of the points.
        waiting: How many answers are yet to be graded by hand.
    """

    name: str
    max_points: float
    share: float | None
    full: int
    part: int
    none: int
    waiting: int


@dataclass(frozen=True)
class MistakeCount:
    """A known mistake, and how many students made it."""

    id: str
    title: str
    exercise: str
    students: int


@dataclass(frozen=True)
class Attention:
    """A submission that an instructor should look at, and why."""

    student: str
    why: str
    message: str


@dataclass(frozen=True)
class StudentRow:
    """One student's score, and fraction of the points in each exercise; None if not yet graded.

    The score is the one before the late penalty.
    """

    student: str
    score: float
    shares: tuple[float | None, ...]
    late_penalty: float = 0.0


@dataclass(frozen=True)
class GradingTimes:
    """How long grading took, in seconds.

    Attributes:
        total, median: Of all submissions.
        slowest: Student and time of the slowest submissions.
        bins: Upper limit of each bin, and how many submissions are in it.
    """

    total: float
    median: float
    slowest: tuple[tuple[str, float], ...]
    bins: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class ClassStatistics:
    """The figures of one assignment's class.

    Attributes:
        assignment: Its name.
        max_score: What it is worth.
        submissions: How many there are.
        graded: How many of them have a grade.
        waiting: Students with answers that are yet to be graded by hand.
        mean, median: Of the scores; None if there are none.
        bins: How many scores fall into each tenth of the scale.
        exercises: In the notebook's order.
        mistakes: The most frequent first.
        unnamed: How many students have a wrong check that no known mistake explains.
        looks: Submissions that an instructor should look at.
        rows: One per student, the best score first.
        times: How long grading took.
    """

    assignment: str
    max_score: float
    submissions: int
    graded: int
    waiting: tuple[str, ...]
    mean: float | None
    median: float | None
    bins: tuple[int, ...]
    exercises: tuple[ExerciseStatistics, ...]
    mistakes: tuple[MistakeCount, ...]
    unnamed: int
    looks: tuple[Attention, ...]
    rows: tuple[StudentRow, ...]
    times: GradingTimes

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json``."""
        return {"schema": SCHEMA, **asdict(self)}


def class_statistics(
    class_grades: ClassGrades, bank: MistakeBank, order: Sequence[str] = ()
) -> ClassStatistics:
    """Compute the figures of a class.

    Args:
        class_grades: The class.
        bank: The known mistakes, for their titles.
        order: Keys of the graded cells in the notebooks' order.
    """
    grades = class_grades.grades
    graded = [grade for grade in grades if grade.status == Status.GRADED]
    cells = {cell.key: cell for grade in graded for cell in grade.cells}
    names = [name for name in order if name in cells]
    names += [name for name in cells if name not in order]
    scores = [grade.score for grade in graded]
    max_score = max((grade.max_score for grade in grades), default=0.0)
    results = [{cell.key: cell for cell in grade.cells} for grade in graded]
    return ClassStatistics(
        assignment=class_grades.assignment,
        max_score=max_score,
        submissions=len(grades) + len(class_grades.new_students),
        graded=len(graded),
        waiting=tuple(
            grade.student
            for grade in graded
            if grade.needs_manual_grade or grade.student in class_grades.waiting
        ),
        mean=fmean(scores) if scores else None,
        median=median(scores) if scores else None,
        bins=_score_bins(scores, max_score),
        exercises=tuple(
            _exercise(cells[name], [by_name[name] for by_name in results if name in by_name])
            for name in names
        ),
        mistakes=_mistakes(graded, bank),
        unnamed=sum(map(_has_unexplained_check, graded)),
        looks=tuple(_needing_attention(class_grades)),
        rows=tuple(
            StudentRow(
                grade.student,
                grade.score,
                tuple(_share(by_name.get(name)) for name in names),
                class_grades.penalties.get(grade.student, 0.0),
            )
            for grade, by_name in sorted(
                zip(graded, results, strict=True),
                key=lambda pair: (-pair[0].score, pair[0].student),
            )
        ),
        times=_times(graded),
    )


def _score_bins(scores: Iterable[float], max_score: float) -> tuple[int, ...]:
    """How many scores are in each tenth of the scale; a full score is in the last tenth."""
    counts = [0] * BINS
    for score in scores:
        tenth = int(score / max_score * BINS) if max_score else 0
        counts[min(max(tenth, 0), BINS - 1)] += 1
    return tuple(counts)


def _exercise(cell: CellResult, cells: Sequence[CellResult]) -> ExerciseStatistics:
    shares = [share for share in map(_share, cells) if share is not None]
    waiting = len(cells) - len(shares)
    full = sum(share >= 1 for share in shares)
    none = sum(share <= 0 for share in shares)
    return ExerciseStatistics(
        name=exercise_name(cell),
        max_points=cell.worth,
        share=fmean(shares) if shares and not waiting else None,
        full=full,
        part=len(shares) - full - none,
        none=none,
        waiting=waiting,
    )


def _share(cell: CellResult | None) -> float | None:
    """The fraction of a cell's points; 1 for a cell worth nothing, None if not yet graded."""
    if cell is None or cell.points is None:
        return None
    return cell.points / cell.worth if cell.worth else 1.0


def _mistakes(graded: Iterable[Grade], bank: MistakeBank) -> tuple[MistakeCount, ...]:
    """Each known mistake, counted once per student; two mistakes in one check count as both."""
    students: dict[str, set[str]] = {}
    exercises: dict[str, Counter[str]] = {}
    for grade in graded:
        for cell in grade.cells:
            for check in cell.checks:
                for name in _ids(check.mistake):
                    students.setdefault(name, set()).add(grade.student)
                    exercises.setdefault(name, Counter())[exercise_name(cell)] += 1
    counts = [
        MistakeCount(name, _title(name, bank), exercises[name].most_common(1)[0][0], len(makers))
        for name, makers in students.items()
    ]
    return tuple(sorted(counts, key=lambda count: (-count.students, count.id)))


def _ids(mistake: str | None) -> list[str]:
    """The ids in a check's ``mistake``: one, or two joined by a plus sign."""
    return [part.strip() for part in (mistake or "").split("+") if part.strip()]


def _title(name: str, bank: MistakeBank) -> str:
    known = bank.mistakes.get(name)
    return (
        in_course_language(known.title) if known else name.replace("-", " ")
    )  # a slip: factor-in-dvar


def _has_unexplained_check(grade: Grade) -> bool:
    return any(
        check.verdict == Verdict.WRONG and not check.mistake
        for cell in grade.cells
        for check in cell.checks
    )


def _needing_attention(class_grades: ClassGrades) -> Iterable[Attention]:
    for grade in class_grades.grades:
        if grade.status != Status.GRADED:
            yield Attention(grade.student, words("not_graded"), grade.message)
    for student in class_grades.new_students:
        yield Attention(student, words("not_graded"), words("new_submission"))
    for verdict in reversed(_LIMITS_REACHED):
        for grade in class_grades.grades:
            exercises = [
                exercise_name(cell)
                for cell in grade.cells
                if any(check.verdict == verdict for check in cell.checks)
            ]
            if exercises:
                yield Attention(grade.student, verdict_words(verdict), ", ".join(exercises))
    for student, penalty in sorted(class_grades.penalties.items()):
        message = words("being_late", points=format_points(penalty))
        yield Attention(student, words("late"), message)
    for grade in class_grades.grades:
        for note in grade.notes:
            yield Attention(grade.student, words("note"), note)


def _times(graded: Sequence[Grade]) -> GradingTimes:
    seconds = [grade.seconds for grade in graded]
    slowest = sorted(graded, key=lambda grade: -grade.seconds)[:5]
    return GradingTimes(
        total=sum(seconds),
        median=median(seconds) if seconds else 0.0,
        slowest=tuple((grade.student, grade.seconds) for grade in slowest),
        bins=_time_bins(seconds),
    )


def _time_bins(seconds: Iterable[float]) -> tuple[tuple[float, int], ...]:
    """How many took up to 0.1, 0.2, 0.5, 1, 2, 5, ... seconds, from the first bin in use."""
    edges = [scale * step for scale in (0.1, 1.0, 10.0, 100.0) for step in (1, 2, 5)]
    counts = Counter(next((edge for edge in edges if s <= edge), edges[-1]) for s in seconds)
    used = [index for index, edge in enumerate(edges) if edge in counts]
    if not used:
        return ()
    return tuple((edge, counts[edge]) for edge in edges[used[0] : used[-1] + 1])
