"""What lies where in a course: the course, its assignments, and what students handed in.

The layout is nbgrader's. Nothing in here executes anything or opens a gradebook.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.course.notebook import grade_ids, read_notebook
from autograder.errors import BadSubmissionError, CourseError
from autograder.files import is_regular_file

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a submission may use. An assignment sets its own under ``[limits]``.

    Attributes:
        cell_seconds: Wall time for one cell or one check's call.
        submission_seconds: Wall time for the whole notebook.
        memory_mb: Memory of the student's process, in MiB.
        output_mb: Output that is kept of one cell, in MiB; of a notebook it is twice that.
        processes: Processes and threads the student's code may have at once.
    """

    cell_seconds: float = 30.0
    submission_seconds: float = 300.0
    memory_mb: int = 2048
    output_mb: int = 10
    processes: int = 64


@dataclass(frozen=True)
class Course:
    """A folder with an ``nbgrader_config.py``: what nbgrader calls the course directory."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """The course in ``start`` or the nearest folder above it.

        Raises:
            CourseError: If no folder upward has an ``nbgrader_config.py``.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / CONFIG).is_file():
                return cls(folder)
        raise CourseError(
            f"There is no course at {here}: neither it nor a folder above it has an {CONFIG}. "
            "Change into the course folder or name it with --course."
        )

    @property
    def assignments_dir(self) -> Path:
        """Where assignments are written."""
        return self.root / "assignments"

    @property
    def submitted_dir(self) -> Path:
        """Where students' notebooks are collected."""
        return self.root / "submitted"

    def names(self) -> list[str]:
        """Names of all assignments that have a text master or a source notebook."""
        found = {path.parent.name for path in self.assignments_dir.glob("*/assignment.toml")}
        found |= {path.stem for path in self.root.glob("source/*/*.ipynb")}
        return sorted(found)

    def assignment(self, name: str) -> Assignment:
        """The assignment ``name``.

        Raises:
            CourseError: If the course has no such assignment; suggests what may be meant.
        """
        names = self.names()
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = (
                f" Did you mean {near[0]}?" if near else f" It has: {', '.join(names) or 'none'}."
            )
            raise CourseError(f"The course {self.root} has no assignment called {name!r}.{hint}")
        return Assignment(self, name)


@dataclass(frozen=True)
class Assignment:
    """One assignment: its text master, its source notebook, its release."""

    course: Course
    name: str

    @property
    def folder(self) -> Path:
        """Where the assignment is written."""
        return self.course.assignments_dir / self.name

    @property
    def text(self) -> Path:
        """The text master."""
        return self.folder / f"{self.name}.md"

    @property
    def source(self) -> Path:
        """The source notebook, with solutions and hidden tests."""
        return self.course.root / "source" / self.name / f"{self.name}.ipynb"

    @property
    def release(self) -> Path:
        """What a student gets."""
        return self.course.root / "release" / self.name / f"{self.name}.ipynb"

    @cached_property
    def spec(self) -> dict[str, Any]:
        """``assignment.toml``; empty in a course that holds only the source notebook.

        Raises:
            CourseError: If the file is not TOML.
        """
        path = self.folder / "assignment.toml"
        if not path.is_file():
            return {}
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CourseError(f"{path} is not valid TOML: {error}. Mend that line.") from error

    @cached_property
    def limits(self) -> Limits:
        """The assignment's ``[limits]`` over the defaults.

        Raises:
            CourseError: If a limit's name is unknown, or its value is not a number above 0.
        """
        path = self.folder / "assignment.toml"
        given = self.spec.get("limits", {})
        if not isinstance(given, dict):
            raise CourseError(f"{path} has a `limits` that is no table. Write [limits] above them.")
        known = {one.name for one in fields(Limits)}
        unknown = sorted(set(given) - known)
        if unknown:
            raise CourseError(
                f"{path} sets an unknown limit {unknown[0]!r}. "
                f"Known are {', '.join(sorted(known))}."
            )
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise CourseError(f"{path} sets {name} to {value!r}. Give a number above 0.")
        return Limits(**given)

    @cached_property
    def notebook(self) -> NotebookNode:
        """The source notebook. To be read, not changed: the next submission gets the same one.

        Raises:
            CourseError: If it has not been built or cannot be read.
        """
        if not self.source.is_file():
            raise CourseError(
                f"{self.source} is missing. Run `autograder build {self.name}` first."
            )
        try:
            seen = self.source.stat()
            return _read_source(self.source, seen.st_mtime_ns, seen.st_ino)
        except BadSubmissionError as error:
            raise CourseError(f"{error} Run `autograder build {self.name}` again.") from error

    def submissions(self, students: list[str] | None = None) -> Iterator[Submission]:
        """What was handed in, by student.

        Raises:
            CourseError: If nothing was handed in, or a named student has no folder.
        """
        base = self.course.submitted_dir
        if not base.is_dir():
            raise CourseError(
                f"{base} does not exist: nothing has been collected yet. Run `nbgrader collect "
                f"{self.name}` or put notebooks into {base}/<student>/{self.name}/."
            )
        # Not by a pattern, which takes five times as long for a class of thousands.
        with os.scandir(base) as found:
            everybody = [(one.name, os.path.join(one.path, self.name)) for one in found]  # noqa: PTH118
        folders = {who: Path(path) for who, path in everybody if os.path.isdir(path)}  # noqa: PTH112
        for student in students or []:
            if student not in folders:
                near = difflib.get_close_matches(student, folders, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise CourseError(f"There is no folder {base / student / self.name}.{hint}")
        if not folders:
            raise CourseError(
                f"No submission of {self.name} was found in {base}. Expected is "
                f"{base}/<student>/{self.name}/{self.name}.ipynb."
            )
        for student in sorted(students or folders):
            yield Submission(self, student, folders[student])


@dataclass(frozen=True)
class Submission:
    """One student's folder for one assignment."""

    assignment: Assignment
    student: str
    folder: Path
    notebook_path: Path | None = field(default=None)

    def find_notebook(self) -> tuple[Path, tuple[str, ...]]:
        """The notebook to grade, and notes on how it was found.

        A notebook under another name is taken when it is the only one in the folder that holds
        cells of this assignment: a browser that saved ``name (1).ipynb`` costs nobody a grade.
        A link is none: it would be read with the grader's rights.

        Raises:
            BadSubmissionError: If there is no such notebook, or more than one.
        """
        name = f"{self.assignment.name}.ipynb"
        expected = self.notebook_path or self.folder / name
        if is_regular_file(expected):
            return expected, ()
        what = "is only a link" if expected.is_symlink() else "is missing"
        wanted = grade_ids(self.assignment.notebook)
        others = sorted(filter(is_regular_file, self.folder.glob("*.ipynb")))
        fitting = [path for path in others if _holds(path, wanted)]
        if len(fitting) == 1:
            note = f"{fitting[0].name} was graded in place of {name}, which {what}."
            return fitting[0], (note,)
        if fitting:
            names = ", ".join(path.name for path in fitting)
            raise BadSubmissionError(
                f"{expected} {what} and several notebooks could stand for it ({names}). "
                f"Rename the right one to {name}."
            )
        if others:
            raise BadSubmissionError(
                f"{expected} {what}; {others[0].name} in its place holds no exercise of "
                f"{self.assignment.name}. Ask the student for the right notebook."
            )
        raise BadSubmissionError(
            f"{expected} {what}: the folder holds no notebook. Ask the student to submit again."
        )


def _holds(path: Path, wanted: set[str]) -> bool:
    try:
        return bool(grade_ids(read_notebook(path).notebook) & wanted)
    except BadSubmissionError:
        return False


@lru_cache(8)
def _read_source(path: Path, *_seen: int) -> NotebookNode:
    """Read a source notebook once for a whole class, until the file is another."""
    return read_notebook(path).notebook
