"""A job, which is one submission to grade, and its result, as plain data that can be sent.

Nothing in a job refers to a file of the machine that sent it, so the same job can be done by a
process on this machine and by a worker of a cluster.
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

# Packages that a grade may depend on, besides our own code.
_PACKAGES = ("numpy", "scipy", "scikit-learn", "matplotlib", "ipython", "nbformat", "nh3")


@dataclass(frozen=True)
class AssignmentFiles:
    """What a worker needs of an assignment, as files of a course folder.

    Attributes:
        name: The assignment's name.
        files: By their paths in the course: the notebooks and what lies beside them, for the tests,
            and the assignment's settings.
        data_files: Those of the files beside the notebooks that replace what a student handed in.
        max_score: The points that can be reached.
    """

    name: str
    files: Mapping[str, bytes]
    data_files: Mapping[str, bytes]
    max_score: float = 0.0

    @cached_property
    def digest(self) -> str:
        """Digest of all files."""
        return _digest_of_files(self.files, self.data_files)


@dataclass(frozen=True)
class Job:
    """One submission to grade.

    Attributes:
        assignment: The assignment.
        student: The student's id.
        location: Where the submission is on the machine that sent it, for sentences about it.
        files: The submitted files.
        engine: What executes notebooks.
        options: The instructor's choices.
        output_limits: How much output is kept.
        code: Digest of the code that the sender runs.
        strict: Whether a worker with different code must refuse the job: one on another machine.
        submission: Digest of the submitted files; computed from them if it is not given.
        left_out: A sentence about submitted files that are not among ``files``; mostly empty.
    """

    assignment: AssignmentFiles
    student: str
    location: str
    files: Mapping[str, bytes]
    engine: EngineChoice
    options: GradingOptions
    output_limits: OutputLimits = field(default_factory=OutputLimits)
    code: str = ""
    strict: bool = False
    submission: str = ""
    left_out: str = ""

    def __post_init__(self) -> None:
        # Not a cached property: Python 3.11 computes those under one lock, and two threads read.
        if not self.submission:
            object.__setattr__(self, "submission", _digest_of_files(self.files))

    @cached_property
    def key(self) -> str:
        """Digest of everything that the grade depends on."""
        settings = {
            "student": self.student,
            "submission": self.submission,
            "assignment": self.assignment.digest,
            "engine": [
                self.engine.engine,
                self.engine.jail,
                sorted(self.engine.require),
                self.engine.packages_digest,
            ],
            "options": [
                self.options.seed,
                self.options.rerun_experiments,
                self.options.language,
            ],
            "output_limits": [self.output_limits.max_lines, self.output_limits.max_traceback],
            "code": self.code,
        }
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class JobResult:
    """The result of a job, as plain values.

    Attributes:
        student: The student's id.
        record: As ``autograder.gradebook.results_table.ResultRow`` stores it.
        notebooks: By the file's name: the text of each executed notebook; none without a grade.
        seconds: Where the time went, by part.
    """

    student: str
    record: dict[str, Any]
    notebooks: Mapping[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def graded(self) -> bool:
        """Whether there is a grade."""
        return bool(self.record["grade"]["status"] == Status.GRADED)


def failed_result(job: Job, sentence: str) -> JobResult:
    """The result of a job that could not be done: never counted as the student's zero."""
    assignment = job.assignment
    grade = Grade(
        job.student, assignment.name, Status.NOT_GRADED, assignment.max_score, message=sentence
    )
    record = {"assignment": assignment.name, "jail": [], "grade": grade.to_json(), "gradebook": {}}
    return JobResult(job.student, record)


@cache
def code_digest() -> str:
    """Digest of the code that grades and of the packages that student code may use."""
    digest = hashlib.sha256()
    for package in (autograder, utils):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".toml", ".mo"} and path.is_file():
                digest.update(f"{path.relative_to(folder)}\0".encode())
                digest.update(path.read_bytes())
    for name in _PACKAGES:
        digest.update(f"{name}=={version(name)}\0".encode())
    return digest.hexdigest()


def _digest_of_files(*groups: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for group in groups:
        for name in sorted(group):
            digest.update(f"{name}\0{len(group[name])}\0".encode("utf-8", "surrogateescape"))
            digest.update(group[name])
        digest.update(b"\1")
    return digest.hexdigest()
