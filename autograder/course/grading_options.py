"""What a course chooses for its grading, as plain records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ENGINES = ("jailed", "kernel")
JAILS = ("auto", "none")


# Of a student, a score and seconds: the points that are taken off; None for none.
Penalty = Callable[[str, float, float], float | None]


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What a course or a command line asks for.

    Attributes:
        engine: ``jailed`` (tests never enter the student's process) or ``kernel`` (plain nbclient).
        jail: ``auto`` uses every layer that holds here; ``none`` runs student code unjailed, and
            every grade says so.
        require: Jail layers without which nothing is graded.
    """

    engine: str = "jailed"
    jail: str = "auto"
    require: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GradingOptions:
    """What an instructor may choose for a run of grading.

    Attributes:
        seed: The course's secret seed for fresh inputs.
        rerun_experiments: Whether cells that only train and plot run as well.
    """

    seed: str = ""
    rerun_experiments: bool = False


@dataclass(frozen=True)
class OutputLimits:
    """How much of a cell's output is kept (nbgrader's ``LimitOutput``); -1: all."""

    max_lines: int = 1000
    max_traceback: int = 100
