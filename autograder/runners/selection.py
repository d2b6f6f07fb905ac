"""Selects what executes notebooks: the jailed engine, or a plain kernel for trusted work."""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path

from autograder.course.grading_options import ENGINES, JAILS, EngineChoice
from autograder.errors import CourseError
from autograder.runners.interface import Runner
from autograder.runners.jailed import JailedRunner
from autograder.sandbox.jail import LAYERS, JailPolicy, is_supported


@cache
def shared_runner(choice: EngineChoice) -> Runner:
    """The runner for a choice: one per process, so that one zygote serves all submissions.

    Raises:
        CourseError: If the choice names an unknown engine, jail or layer, or if this system has no
            jail.
    """
    if choice.engine not in ENGINES:
        raise CourseError(f"There is no engine {choice.engine!r}; there are {', '.join(ENGINES)}.")
    if choice.jail not in JAILS:
        raise CourseError(f"There is no jail {choice.jail!r}; there are {', '.join(JAILS)}.")
    if choice.engine == "kernel":
        from autograder.runners.kernel import KernelRunner  # noqa: PLC0415  nbclient is slow

        return KernelRunner()
    supported, sentence = is_supported()
    if not supported and choice.jail != "none":
        raise CourseError(sentence)
    try:
        policy = JailPolicy(require=choice.require)
        if choice.jail == "none":
            policy = JailPolicy(disable=frozenset(LAYERS), allow_root=True)
    except ValueError as error:
        raise CourseError(str(error)) from error
    runner = JailedRunner(policy, packages=Path(choice.packages) if choice.packages else None)
    atexit.register(runner.close)
    return runner
