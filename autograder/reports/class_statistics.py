"""The numbers of a class: what ``class_page`` draws and ``report --json`` writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

from autograder.diagnosis.mistakes import MistakeBank
from autograder.models import CellResult, Grade, Status, Verdict
from autograder.reports.class_grades import NOT_YET, ClassGrades
from autograder.reports.grade_view import exercise, word

SCHEMA = 1
BINS = 10

# Verdicts that say something of the grader's limits, and are worth a look.
_TROUBLE = (
    Verdict.TIMED_OUT,
    Verdict.OUT_OF_MEMORY,
    Verdict.OUTPUT_TOO_LARGE,
    Verdict.FORBIDDEN,
    Verdict.INFRASTRUCTURE,
)


@dataclass(frozen=True)
class ExerciseStatistics:
    """What a class made of one graded cell.

    Attributes:
        name: The cell's, as people say it.
        max_points: What it is worth.
        share: Mean share of these points; None while somebody waits for a person.
        full, part, none: How many got all, some, none of the points.
        waiting: How many wait for a person.
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
    """A known mistake, and how many made it."""

    id: str
    title: str
    exercise: str
    students: int


@dataclass(frozen=True)
class Attention:
    """A submission that a person should look at."""

    student: str
    why: str
    message: str


@dataclass(frozen=True)
class StudentRow:
    """One student: the share of the points in each exercise, None where there is no decision."""

    student: str
    score: float
    shares: tuple[float | None, ...]


@dataclass(frozen=True)
class GradingTimes:
    """What grading took, in seconds."""

    total: float
    median: float
    slowest: tuple[tuple[str, float], ...]
    bins: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class ClassStatistics:
    """One assignment's class in numbers.

    Attributes:
        assignment: Its name.
        max_score: What it is worth.
        submissions: How many were handed in.
        graded: How many have a grade.
        waiting: Who waits for points from a person.
        mean, median: Of the scores; None without any.
        bins: How many scores fall into each tenth of the scale.
        exercises: In the notebook's order.
        mistakes: The most frequent first.
        unnamed: How many have a wrong check that no known mistake explains.
        looks: What needs a look.
        rows: The best score first.
        times: What grading took.
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
    roll: ClassGrades, bank: MistakeBank, order: Sequence[str] = ()
) -> ClassStatistics:
    """Count a class.

    Args:
        roll: The class.
        bank: The known mistakes, for their titles.
        order: The graded cells in the notebook's order, for those in which nobody has points.
    """
    graded = [one for one in roll.grades if one.status == Status.GRADED]
    cells = {one.grade_id: one for grade in graded for one in grade.cells}
    names = [name for name in order if name in cells] + [one for one in cells if one not in order]
    scores = [one.score for one in graded]
    maximum = max((one.max_score for one in roll.grades), default=0.0)
    got = [{cell.grade_id: cell for cell in one.cells} for one in graded]
    return ClassStatistics(
        assignment=roll.assignment,
        max_score=maximum,
        submissions=len(roll.grades) + len(roll.new),
        graded=len(graded),
        waiting=tuple(one.student for one in graded if one.needs_manual_grade),
        mean=fmean(scores) if scores else None,
        median=median(scores) if scores else None,
        bins=_bins(scores, maximum),
        exercises=tuple(
            _exercise(cells[name], [one[name] for one in got if name in one]) for name in names
        ),
        mistakes=_mistakes(graded, bank),
        unnamed=sum(_has_unnamed(one) for one in graded),
        looks=tuple(_looks(roll)),
        rows=tuple(
            StudentRow(grade.student, grade.score, tuple(_share(one.get(name)) for name in names))
            for grade, one in sorted(
                zip(graded, got, strict=True), key=lambda pair: (-pair[0].score, pair[0].student)
            )
        ),
        times=_times(graded),
    )


def _bins(scores: Iterable[float], maximum: float) -> tuple[int, ...]:
    """How many in each tenth; the full score is in the last, with what lies just below it."""
    counts = [0] * BINS
    for score in scores:
        place = int(score / maximum * BINS) if maximum else 0
        counts[min(max(place, 0), BINS - 1)] += 1
    return tuple(counts)


def _exercise(cell: CellResult, cells: Sequence[CellResult]) -> ExerciseStatistics:
    shares = [share for one in cells if (share := _share(one)) is not None]
    waiting = len(cells) - len(shares)
    full = sum(share >= 1 for share in shares)
    none = sum(share <= 0 for share in shares)
    return ExerciseStatistics(
        name=exercise(cell),
        max_points=cell.max_points,
        share=fmean(shares) if shares and not waiting else None,
        full=full,
        part=len(shares) - full - none,
        none=none,
        waiting=waiting,
    )


def _share(cell: CellResult | None) -> float | None:
    """Share of a cell's points; a cell worth nothing counts as full."""
    if cell is None or cell.points is None:
        return None
    return cell.points / cell.max_points if cell.max_points else 1.0


def _mistakes(graded: Iterable[Grade], bank: MistakeBank) -> tuple[MistakeCount, ...]:
    """Each known mistake once a student; two at once count for each of them."""
    who: dict[str, set[str]] = {}
    where: dict[str, Counter[str]] = {}
    for grade in graded:
        for cell in grade.cells:
            for check in cell.checks:
                for name in _ids(check.mistake):
                    who.setdefault(name, set()).add(grade.student)
                    where.setdefault(name, Counter())[exercise(cell)] += 1
    found = [
        MistakeCount(name, _title(name, bank), where[name].most_common(1)[0][0], len(students))
        for name, students in who.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.students, one.id)))


def _ids(mistake: str | None) -> list[str]:
    """The mistakes that were named: one, or two joined by a plus sign."""
    return [part.strip() for part in (mistake or "").split("+") if part.strip()]


def _title(name: str, bank: MistakeBank) -> str:
    known = bank.mistakes.get(name)
    return known.title["en"] if known else name


def _has_unnamed(grade: Grade) -> bool:
    return any(
        check.verdict == Verdict.WRONG and not check.mistake
        for cell in grade.cells
        for check in cell.checks
    )


def _looks(roll: ClassGrades) -> Iterable[Attention]:
    for grade in roll.grades:
        if grade.status != Status.GRADED:
            yield Attention(grade.student, "not graded", grade.message)
    for student in roll.new:
        yield Attention(student, "not graded", NOT_YET)
    for verdict in reversed(_TROUBLE):
        for grade in roll.grades:
            places = [
                exercise(cell)
                for cell in grade.cells
                if any(check.verdict == verdict for check in cell.checks)
            ]
            if places:
                yield Attention(grade.student, word(verdict), ", ".join(places))
    for grade in roll.grades:
        for note in grade.notes:
            yield Attention(grade.student, "note", note)


def _times(graded: Sequence[Grade]) -> GradingTimes:
    seconds = [one.seconds for one in graded]
    slowest = sorted(((one.student, one.seconds) for one in graded), key=lambda pair: -pair[1])[:5]
    return GradingTimes(
        total=sum(seconds),
        median=median(seconds) if seconds else 0.0,
        slowest=tuple(slowest),
        bins=_spread(seconds),
    )


def _spread(seconds: Iterable[float]) -> tuple[tuple[float, int], ...]:
    """How many took up to 0.1, 0.2, 0.5, 1, 2, 5, ... seconds; only as far as there are any."""
    edges = [scale * step for scale in (0.1, 1.0, 10.0, 100.0) for step in (1, 2, 5)]
    counts = Counter(next((one for one in edges if s <= one), edges[-1]) for s in seconds)
    used = [place for place, edge in enumerate(edges) if edge in counts]
    if not used:
        return ()
    return tuple((edge, counts[edge]) for edge in edges[used[0] : used[-1] + 1])
