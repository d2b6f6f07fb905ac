"""One submission to grade, and what came of it, as plain data that can travel.

Nothing in a job refers to a file of the machine that sent it, so the same job serves a process on
this machine and a worker of a cluster.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import autograder
import utils
from autograder.course.grading_options import EngineChoice, GradingOptions, OutputLimits
from autograder.models import Grade, Status

# What a grade can hang on besides our own code.
_PACKAGES = ("numpy", "scipy", "scikit-learn", "matplotlib", "ipython", "nbformat", "nh3")


@dataclass(frozen=True)
class AssignmentFiles:
    """What a worker must know of an assignment, as files in a course folder.

    Attributes:
        name: The assignment's.
        files: By their paths in the course: text, never anything that is executed here.
        beside: The course's data files that lie beside a notebook when it runs.
        max_score: Points that can be had.
    """

    name: str
    files: Mapping[str, bytes]
    beside: Mapping[str, bytes]
    max_score: float = 0.0

    @cached_property
    def digest(self) -> str:
        """What tells one state of the assignment from another."""
        return _digest_of_files(self.files, self.beside)


@dataclass(frozen=True)
class Job:
    """One submission to grade.

    Attributes:
        pack: The assignment.
        student: Whose submission it is.
        place: Where the submission lies on the machine that sent it, for sentences about it.
        files: What was handed in.
        choice: What executes notebooks.
        options: What the instructor chose.
        trimming: How much output is kept.
        code: Digest of the code that the sender runs.
        strict: Whether a worker with other code must not grade: one on another machine.
        submission: Digest of what was handed in; made of the files, if it is not given.
    """

    pack: AssignmentFiles
    student: str
    place: str
    files: Mapping[str, bytes]
    choice: EngineChoice
    options: GradingOptions
    trimming: OutputLimits = field(default_factory=OutputLimits)
    code: str = ""
    strict: bool = False
    submission: str = ""

    def __post_init__(self) -> None:
        # Not a cached property: Python 3.11 computes those one at a time, and two threads read.
        if not self.submission:
            object.__setattr__(self, "submission", _digest_of_files(self.files))

    @cached_property
    def key(self) -> str:
        """Digest of all that the grade depends on."""
        settings = {
            "student": self.student,
            "submission": self.submission,
            "assignment": self.pack.digest,
            "engine": [self.choice.engine, self.choice.jail, sorted(self.choice.require)],
            "options": [self.options.seed, self.options.rerun_experiments],
            "trimming": [self.trimming.max_lines, self.trimming.max_traceback],
            "code": self.code,
        }
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class JobResult:
    """What came of a job, as plain values.

    Attributes:
        student: Whose submission it was.
        result: As ``autograder.gradebook.results_table.ResultRow`` keeps it.
        notebook: The executed notebook's text; empty if there is no grade.
        seconds: Where the time went.
    """

    student: str
    result: dict[str, Any]
    notebook: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def graded(self) -> bool:
        """Whether there is a grade."""
        return bool(self.result["grade"]["status"] == Status.GRADED)


def failed_result(job: Job, sentence: str) -> JobResult:
    """The result of a job that could not be done: never the student's zero."""
    grade = Grade(
        job.student, job.pack.name, Status.NOT_GRADED, job.pack.max_score, message=sentence
    )
    result = {"assignment": job.pack.name, "jail": [], "grade": grade.to_json(), "rows": {}}
    return JobResult(job.student, result)


@cache
def code_digest() -> str:
    """Digest of the code that grades and of the packages that student code may use."""
    told = hashlib.sha256()
    for package in (autograder, utils):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".toml"} and path.is_file():
                told.update(f"{path.relative_to(folder)}\0".encode())
                told.update(path.read_bytes())
    for name in _PACKAGES:
        told.update(f"{name}=={version(name)}\0".encode())
    return told.hexdigest()


def _digest_of_files(*groups: Mapping[str, bytes]) -> str:
    told = hashlib.sha256()
    for group in groups:
        for name in sorted(group):
            told.update(f"{name}\0{len(group[name])}\0".encode("utf-8", "surrogateescape"))
            told.update(group[name])
        told.update(b"\1")
    return told.hexdigest()
