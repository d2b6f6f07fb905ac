"""One job of grading, as it travels to whoever does it: bytes in, plain values out.

Nothing in a job refers to a file of the machine that sent it, so the same function serves a
process next door and a worker of a cluster. Student code runs in the jail that this process
starts, never in this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import itertools
import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import autograder
import utils
from autograder import scratch
from autograder.course import Assignment, Course, Submission
from autograder.engines import EngineChoice, shared_runner
from autograder.errors import AutograderError
from autograder.grade import Graded, Options, grade, not_graded
from autograder.notebook import is_solution, nbgrader_of
from autograder.outcome import Status
from autograder.restore import is_untouched
from autograder.stopwatch import part, watched

# What nbgrader says of an answer that is still what was released.
NO_RESPONSE = "No response."

# After so many jobs a worker returns memory.
_TIDY_EVERY = 10

# The part of a worker's time that no submission is to blame for.
START = "start"

# What a grade can hang on besides our own code.
_PACKAGES = ("numpy", "scipy", "scikit-learn", "matplotlib", "ipython", "nbformat", "nh3")


@dataclass(frozen=True)
class Pack:
    """What a worker must know of an assignment, as files in a course folder.

    Attributes:
        name: The assignment's.
        files: By their paths in the course: text, never anything that is executed here.
        beside: The course's data files that lie beside a notebook when it runs.
    """

    name: str
    files: Mapping[str, bytes]
    beside: Mapping[str, bytes]

    @cached_property
    def digest(self) -> str:
        """What tells one state of the assignment from another."""
        return _digest_of_files(self.files, self.beside)


@dataclass(frozen=True)
class Trimming:
    """How much of a cell's output is kept (nbgrader's ``LimitOutput``); -1: all."""

    max_lines: int = 1000
    max_traceback: int = 100


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

    pack: Pack
    student: str
    place: str
    files: Mapping[str, bytes]
    choice: EngineChoice
    options: Options
    trimming: Trimming = field(default_factory=Trimming)
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
class Done:
    """What came of a job, as plain values.

    Attributes:
        student: Whose submission it was.
        result: As ``autograder.ledger.Entry`` keeps it.
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


def work(job: Job) -> Done:
    """Grade one submission. Whatever is wrong with it ends as a sentence, not as an exception."""
    with _one_at_a_time, watched() as seconds:
        assignment = _unpacked(job.pack)
        with scratch.temporary("job") as place:
            _write(place, job.files)
            _write(place, job.pack.beside)
            begun = time.perf_counter()
            graded, used = _graded(job, assignment, place)
            spent = time.perf_counter() - begun - sum(seconds.values())
        text = ""
        with part("notebook"):
            if graded.notebook is not None:
                _trim(graded.notebook, job.trimming)
                text = _text(graded.notebook)
        seconds |= {"student": used, "engine": max(0.0, spent - used)}
        if next(_jobs) % _TIDY_EVERY == 0:
            _give_back()
        grade = graded.grade
        result = {
            "assignment": grade.assignment,
            "jail": list(grade.jail),
            "grade": _placed(grade.to_json(), str(place), job.place),
            "rows": _rows(graded),
        }
        return Done(job.student, result, text, seconds)


def failed(job: Job, sentence: str) -> Done:
    """The record of a job that nobody could do: never the student's zero."""
    data = not_graded(job.student, _unpacked(job.pack), sentence).to_json()
    result = {"assignment": job.pack.name, "jail": [], "grade": data, "rows": {}}
    return Done(job.student, result)


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


# A test cell's output is taken from sys.stdout: in a worker with threads, one at a time.
_one_at_a_time = threading.Lock()
_jobs = itertools.count(1)


def _give_back() -> None:
    """Return freed memory to the system.

    The GNU C library keeps what lies between things in use: after a few hundred submissions a third
    of a worker's memory was such gaps.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such call
        ctypes.CDLL(None).malloc_trim(0)


def _graded(job: Job, assignment: Assignment, folder: Path) -> tuple[Graded, float]:
    """The grade, and how long the student's own processes worked for it."""
    if job.strict and job.code != code_digest():
        sentence = (
            "The worker that got this submission has another version of the autograder or of its "
            "packages. Install the same on all workers, then grade again."
        )
        return Graded(not_graded(job.student, assignment, sentence), None), 0.0
    try:
        with part(START):
            runner = shared_runner(job.choice)
            runner.layers  # noqa: B018  starts it: no student's time
        graded = grade(Submission(assignment, job.student, folder), runner, job.options)
    except AutograderError as error:
        return Graded(not_graded(job.student, assignment, str(error)), None), 0.0
    return graded, float(getattr(runner, "cpu_seconds", 0.0))


@lru_cache(8)
def _folder_of(digest: str) -> Path:
    """A scratch course that lasts as long as this process."""
    return _courses(os.getpid()) / digest[:16]


@cache
def _courses(_: int) -> Path:
    from multiprocessing import util  # noqa: PLC0415  the private-looking, documented Finalize

    util.Finalize(None, scratch.remove_all, exitpriority=1)
    return scratch.folder("course")


def _unpacked(pack: Pack) -> Assignment:
    folder = _folder_of(pack.digest)
    if not folder.exists():
        _write(folder, pack.files)
    return _assignment(folder, pack.name)


@lru_cache(8)
def _assignment(folder: Path, name: str) -> Assignment:
    return Assignment(Course(folder), name)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _digest_of_files(*groups: Mapping[str, bytes]) -> str:
    told = hashlib.sha256()
    for group in groups:
        for name in sorted(group):
            told.update(f"{name}\0{len(group[name])}\0".encode("utf-8", "surrogateescape"))
            told.update(group[name])
        told.update(b"\1")
    return told.hexdigest()


def _placed(data: dict[str, Any], scratch: str, place: str) -> dict[str, Any]:
    """Let sentences name the submission where it lies, not where it was graded."""
    data["message"] = data["message"].replace(scratch, place)
    data["notes"] = [note.replace(scratch, place) for note in data["notes"]]
    return data


def _rows(graded: Graded) -> dict[str, dict[str, Any]]:
    """What nbgrader's ``SaveAutoGrades`` reads from an executed notebook."""
    if graded.notebook is None:
        return {}
    points = {cell.grade_id: cell.points for cell in graded.grade.cells}
    scores: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    for cell in graded.notebook.cells:
        told = nbgrader_of(cell)
        if told.get("grade"):
            scores[told["grade_id"]] = points[told["grade_id"]]
        if told.get("task"):
            comments[told["grade_id"]] = None
        elif is_solution(cell):
            comments[told["grade_id"]] = NO_RESPONSE if is_untouched(cell) else None
    return {"scores": scores, "comments": comments}


def _trim(notebook: NotebookNode, trimming: Trimming) -> None:
    """Nbgrader's ``LimitOutput``, which is only loaded for the few notebooks that need it."""
    if not any(_is_long(cell.outputs, trimming) for cell in notebook.cells if "outputs" in cell):
        return
    from nbgrader.preprocessors import LimitOutput  # noqa: PLC0415  two seconds to import

    step = LimitOutput(max_lines=trimming.max_lines, max_traceback=trimming.max_traceback)
    step.preprocess(notebook, {})


def _is_long(outputs: list[NotebookNode], trimming: Trimming) -> bool:
    """Whether a cell shows more than is kept."""
    lines = sum(one.text.count("\n") + 1 for one in outputs if one.output_type == "stream")
    traces = [len(one.traceback) for one in outputs if one.output_type == "error"]
    return (0 <= trimming.max_lines < lines) or any(
        0 <= trimming.max_traceback < length for length in traces
    )


def _text(notebook: NotebookNode) -> str:
    return str(nbformat.v4.writes(notebook)) + "\n"
