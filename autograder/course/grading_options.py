"""What an instructor can choose about grading, as plain records that travel to workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ENGINES = ("jailed", "kernel")
JAILS = ("auto", "none")
# The least that is accepted where a course says nothing: files are closed in one way or the other,
# and calls and memory are limited. Containers seldom have namespaces.
JAIL_MINIMUM = ("namespaces|landlock", "seccomp", "rlimits")

# Called with student, score and seconds of lateness; returns the points to take off, or None.
Penalty = Callable[[str, float, float], float | None]


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine runs notebooks, and how well it must jail them.

    Attributes:
        engine: ``jailed`` (tests never enter the student's process) or ``kernel`` (plain nbclient).
        jail: ``auto`` uses every layer that works here; ``none`` runs student code unjailed, and
            every grade says so.
        require: Jail layers without which nothing is graded, unless ``jail`` is ``none``. Of layers
            joined by ``|`` one is enough.
        packages: The folder of packages of the course's own virtual environment; empty without one.
        packages_digest: Digest of what is installed there.
    """

    engine: str = "jailed"
    jail: str = "auto"
    require: frozenset[str] = frozenset(JAIL_MINIMUM)
    packages: str = ""
    packages_digest: str = ""


@dataclass(frozen=True, slots=True)
class GradingOptions:
    """What is run when a submission is graded.

    Attributes:
        seed: The course's secret seed for fresh inputs.
        rerun_experiments: Whether cells that only train or plot are run as well.
        language: The language of what students are told.
    """

    seed: str = ""
    rerun_experiments: bool = False
    language: str = "en"


@dataclass(frozen=True)
class OutputLimits:
    """How many lines of a cell's output are kept (nbgrader's ``LimitOutput``); -1 keeps all."""

    max_lines: int = 1000
    max_traceback: int = 100
