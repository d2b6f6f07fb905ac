"""Which runner executes notebooks: the jailed engine, or a plain kernel for trusted work."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from functools import cache

from autograder.engine.jail import LAYERS, JailPolicy, supported
from autograder.engine.runner import EngineRunner
from autograder.errors import CourseError
from autograder.kernel import KernelRunner
from autograder.runner import Runner

ENGINES = ("jailed", "kernel")
JAILS = ("auto", "none")


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


@cache
def shared_runner(choice: EngineChoice) -> Runner:
    """The runner for a choice: one a process, so that its warm parent serves all submissions.

    Raises:
        CourseError: If the choice names what there is not, or this system has no jail.
    """
    if choice.engine not in ENGINES:
        raise CourseError(f"There is no engine {choice.engine!r}; there are {', '.join(ENGINES)}.")
    if choice.jail not in JAILS:
        raise CourseError(f"There is no jail {choice.jail!r}; there are {', '.join(JAILS)}.")
    if choice.engine == "kernel":
        return KernelRunner()
    holds, sentence = supported()
    if not holds and choice.jail != "none":
        raise CourseError(sentence)
    off = frozenset(LAYERS) if choice.jail == "none" else frozenset()
    try:
        policy = JailPolicy(disable=off, require=choice.require)
    except ValueError as error:
        raise CourseError(str(error)) from error
    runner = EngineRunner(policy)
    atexit.register(runner.close)
    return runner
