"""Where things are in a course: the course, its assignments, and what students handed in.

The layout is nbgrader's. Nothing here executes anything or opens a gradebook.
"""

from __future__ import annotations

import difflib
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from autograder import tempdirs
from autograder.course.assignment_toml import (
    ASSIGNMENT_FILE,
    COURSE_FILE,
    AssignmentSpec,
    CourseSpec,
    Limits,
)
from autograder.course.find_notebook import find_notebook
from autograder.course.notebook import grade_ids, read_notebook
from autograder.course.toml_files import read_toml
from autograder.errors import BadSubmissionError, CourseError, NotHandedInError

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """A course: a folder with an ``nbgrader_config.py``, nbgrader's course directory."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """The course that ``start`` (default: the current folder) is in.

        Raises:
            CourseError: If neither it nor a folder above it has an ``nbgrader_config.py``.
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
        """The folder in which assignments are written."""
        return self.root / "assignments"

    @property
    def submitted_dir(self) -> Path:
        """The folder into which students' notebooks are collected."""
        return self.root / "submitted"

    @property
    def limits(self) -> Limits:
        """What a submission may use, unless its assignment says otherwise.

        Raises:
            CourseError: If ``assignments/course.toml`` is faulty.
        """
        path = self.assignments_dir / COURSE_FILE
        if not path.is_file():
            return Limits()
        return read_toml(path, CourseSpec, self.root).limits.applied_to(Limits())

    def names(self) -> list[str]:
        """Names of all assignments that have a text master or a source notebook."""
        names = {path.parent.name for path in self.assignments_dir.glob(f"*/{ASSIGNMENT_FILE}")}
        names |= {path.parent.name for path in self.root.glob("source/*/*.ipynb")}
        return sorted(names)

    def assignment(self, name: str) -> Assignment:
        """The assignment ``name``.

        Raises:
            CourseError: If the course has no such assignment; the message suggests a similar name.
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
    """One assignment of a course: where its files are, and its source notebook.

    It may have several notebooks; each is graded as an assignment of its own (``parts``).

    Attributes:
        course: The course.
        name: The assignment's name.
        notebook_id: Which of its notebooks this is about, by nbgrader's name; empty for all, or for
            the one that is named as the assignment is.
    """

    course: Course
    name: str
    notebook_id: str = ""

    @property
    def folder(self) -> Path:
        """The folder in which the assignment is written."""
        return self.course.assignments_dir / self.name

    @property
    def text(self) -> Path:
        """The text master (MyST Markdown), from which the notebooks are built."""
        return self.folder / f"{self.name}.md"

    @property
    def file_name(self) -> str:
        """What the notebook is called."""
        return f"{self.notebook_id or self.name}.ipynb"

    @property
    def source(self) -> Path:
        """The source notebook, with solutions and hidden tests."""
        return self.course.root / "source" / self.name / self.file_name

    @property
    def release(self) -> Path:
        """The notebook that students get."""
        return self.course.root / "release" / self.name / self.file_name

    @cached_property
    def other_files(self) -> frozenset[str]:
        """What the assignment's other source notebooks are called."""
        names = {path.name for path in self.source.parent.glob("*.ipynb")}
        return frozenset(names - {self.file_name})

    @cached_property
    def parts(self) -> tuple[Assignment, ...]:
        """One for each source notebook with cells of nbgrader's, in the order of their names.

        Raises:
            CourseError: If one of them cannot be read.
        """
        names = sorted(path.stem for path in self.source.parent.glob("*.ipynb"))
        if self.notebook_id or names in ([], [self.name]):
            return (self,)
        parts = map(self.part, names)
        return tuple(part for part in parts if grade_ids(part.notebook)) or (self,)

    def part(self, notebook_id: str) -> Assignment:
        """The assignment, as far as it is about one of its notebooks."""
        return replace(self, notebook_id=notebook_id)

    @property
    def notebook_label(self) -> str:
        """What tells the notebook's cells from others: its name, if it is not the assignment's."""
        return "" if self.notebook_id == self.name else self.notebook_id

    @property
    def config_files(self) -> list[Path]:
        """What a grade may depend on: TOML files, the course's and its own, and translations."""
        shared = self.course.assignments_dir / COURSE_FILE
        own = sorted([*self.folder.glob("*.toml"), *self.folder.glob("*.po")])
        return [shared, *own] if shared.is_file() else own

    @cached_property
    def spec(self) -> AssignmentSpec:
        """``assignment.toml``; empty in a course that holds only the source notebook.

        Raises:
            CourseError: If the file is faulty.
        """
        path = self.folder / ASSIGNMENT_FILE
        if not path.is_file():
            return AssignmentSpec()
        return read_toml(path, AssignmentSpec, self.course.root)

    @cached_property
    def limits(self) -> Limits:
        """What a submission may use: the assignment's ``[limits]`` over the course's.

        Raises:
            CourseError: If a file that sets them is faulty.
        """
        return self.spec.limits.applied_to(self.course.limits)

    @cached_property
    def notebook(self) -> NotebookNode:
        """The source notebook. Callers must not change it: all of them share one object.

        Raises:
            CourseError: If it has not been built or cannot be read.
        """
        if not self.source.is_file():
            raise CourseError(
                f"{self.source} is missing. Run `autograder build {self.name}` first."
            )
        try:
            status = self.source.stat()
            return _read_source(self.source, status.st_mtime_ns, status.st_ino)
        except BadSubmissionError as error:
            raise CourseError(f"{error} Run `autograder build {self.name}` again.") from error

    def submissions(self, students: list[str] | None = None) -> Iterator[Submission]:
        """What was handed in, sorted by student.

        Args:
            students: Only theirs; by default everybody's.

        Raises:
            CourseError: If nothing was handed in, or a named student has no folder.
        """
        base = self.course.submitted_dir
        if not base.is_dir():
            raise CourseError(
                f"{base} does not exist: nothing has been collected yet. Run `nbgrader collect "
                f"{self.name}` or put notebooks into {base}/<student>/{self.name}/."
            )
        # Not with Path.glob, which takes five times as long for a class of thousands.
        with os.scandir(base) as entries:
            paths = {entry.name: os.path.join(entry.path, self.name) for entry in entries}  # noqa: PTH118
        folders = {name: Path(path) for name, path in paths.items() if os.path.isdir(path)}  # noqa: PTH112
        for student in students or []:
            if student not in folders:
                near = difflib.get_close_matches(student, folders, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise CourseError(f"There is no folder {base / student / self.name}.{hint}")
        if not folders:
            raise CourseError(
                f"No submission of {self.name} was found in {base}. Expected is "
                f"{base}/<student>/{self.name}/{self.parts[0].file_name}."
            )
        for student in sorted(students or folders):
            yield Submission(self, student, folders[student])


class HandedIn(NamedTuple):
    """A notebook of an assignment, and what was handed in for it.

    Attributes:
        part: The assignment, as far as it is about this notebook.
        path: The notebook to grade; None if it was not handed in.
        notes: On how it was found.
    """

    part: Assignment
    path: Path | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment.

    Attributes:
        assignment: The assignment.
        student: The student's id.
        folder: The folder with what was handed in.
        notebook_path: Which notebook to grade; by default the one named as the assignment is.
    """

    assignment: Assignment
    student: str
    folder: Path
    notebook_path: Path | None = field(default=None)

    def find_notebooks(self) -> list[HandedIn]:
        """All notebooks to grade, and notes on them (see ``autograder.course.find_notebook``).

        Raises:
            BadSubmissionError: If none was handed in, or as for ``find_notebook``.
        """
        found: list[HandedIn] = []
        missing: list[NotHandedInError] = []
        for part in self.assignment.parts:
            try:
                found.append(HandedIn(part, *self._find(part)))
            except NotHandedInError as error:
                missing.append(error)
                note = f"{part.file_name} was not handed in: its points are 0."
                found.append(HandedIn(part, None, (note,)))
        if len(missing) == len(found):
            raise missing[0]
        return found

    def find_notebook(self) -> tuple[Path, tuple[str, ...]]:
        """The notebook to grade of an assignment that has one, and notes on it.

        What was unpacked of a zip exists as long as this record does.

        Raises:
            BadSubmissionError: If there is no such notebook, nobody can say which one is meant, or
                a folder on the way to it is a link.
        """
        return self._find(self.assignment)

    def _find(self, part: Assignment) -> tuple[Path, tuple[str, ...]]:
        self.refuse_links()
        return find_notebook(
            self.folder,
            part.file_name,
            part.notebook,
            lambda: self._unpacked,
            self.notebook_path,
            part.other_files,
        )

    def refuse_links(self) -> None:
        """Make sure that no folder below ``submitted/`` on the way to the submission is a link.

        What a link leads to would be read with the rights of whoever grades, be it another
        student's work or a file of the grader's.

        Raises:
            BadSubmissionError: If one is.
        """
        link = _link_below(self.folder, self.assignment.course.submitted_dir)
        if link is not None:
            raise BadSubmissionError(
                f"{link} is a link, and links are not followed. Put the files that were handed in "
                "there instead of it, then grade again."
            )

    @cached_property
    def _unpacked(self) -> Path:
        """Where zips are unpacked."""
        folder = tempdirs.make_directory("zip")
        weakref.finalize(self, tempdirs.remove_directory, folder)
        return folder


def _link_below(path: Path, base: Path) -> Path | None:
    """The first link on the way from ``base`` to ``path``; None if there is none."""
    levels = [Path(os.path.abspath(path))]  # noqa: PTH100  resolve() would follow the links
    levels += levels[0].parents
    top = max((n for n, level in enumerate(levels) if _is_same(level, base)), default=0)
    return next((level for level in reversed(levels[:top]) if level.is_symlink()), None)


def _is_same(path: Path, base: Path) -> bool:
    try:
        return path == base or (path.name == base.name and path.samefile(base))
    except OSError:  # one of them does not exist
        return False


@lru_cache(8)
def _read_source(path: Path, *_status: int) -> NotebookNode:
    """A source notebook, read once for a whole class; read again when the file has changed."""
    return read_notebook(path).notebook
