"""The environment variables that tests and course libraries read while a submission is graded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def grading_environment(seed: str) -> Iterator[None]:
    """Set the variables in this process, and for what it starts; afterwards put the old ones back.

    Args:
        seed: The course's secret seed, for fresh test inputs.
    """
    variables = {"AUTOGRADER_SEED": seed, "NBGRADER_EXECUTION": "autograde"}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
