"""The zip that students download: the releases, ``utils`` and instructions, without the grader.

It is reproducible: its bytes depend on the releases and their day, on ``utils`` and on the
installed versions, and not on the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from importlib import resources
from importlib.metadata import Distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import utils
from autograder.course.catalogues import translations
from autograder.course.language import course_language
from autograder.course.layout import Assignment, Course
from autograder.course.notebook import grade_id, read_notebook
from autograder.course.released_cells import release_source
from autograder.distribution.pins import PROJECT, our_distribution, our_requirements, pins
from autograder.errors import CourseError
from autograder.files import is_regular_file, walk_regular_files
from utils import labreport
from utils.labreport import cover
from utils.labreport.render import HTML_TEMPLATE, PDF_TEMPLATE
from utils.messages import ENGLISH

# What notebooks import, and what they are opened with. Our other dependencies are the grader's.
IMPORTED = ("ipywidgets", "matplotlib", "numpy", "scikit-learn", "scipy", "tqdm")
OPENED_IN = ("jupyterlab",)
# What makes a lab report of a notebook.
REPORTED_WITH = ("nbconvert", "panflute", "pypandoc-binary", "typst")
# An extra: the Validate button and, where a course has an exchange, the Assignment List.
EXTENSIONS = ("nbgrader",)
_INSTALLED = (*IMPORTED, *REPORTED_WITH, *OPENED_IN, *EXTENSIONS)
_LEFT_OUT = frozenset({"__pycache__", ".ipynb_checkpoints"})


def bundle(assignments: Iterable[Assignment], course_id: str) -> dict[str, bytes]:
    """The contents of all files in a student bundle, by path below its one folder.

    Raises:
        CourseError: If a release is missing, or is not what the source notebook releases.
    """
    assignments = list(assignments)
    ours = our_distribution()
    name = plain_name(course_id)
    files = {f"utils/{path}": data for path, data in _folder(Path(utils.__file__).parent)}
    code = {path for path in files if path.endswith(".py")}
    packages = sorted({path.rpartition("/")[0].replace("/", ".") for path in code})
    data_files = sorted(files.keys() - code)
    for assignment in assignments:
        _require_releases(assignment)
        release = _folder(assignment.release.parent)
        files |= {f"{assignment.name}/{path}": data for path, data in release}
        files |= _lab_report_folder(assignment.course)
    texts = {
        "README.md": instructions(course_id or name, assignments),
        "nbgrader_config.py": _NBGRADER_CONFIG,
        "pyproject.toml": _pyproject(name, ours, packages, data_files),
        "environment.yml": _environment(name, ours),
        "constraints.txt": "".join(f"{pin}\n" for pin in pins(_requirements(_INSTALLED))),
        "LICENSE": _license(ours),
    }
    return files | {path: text.encode() for path, text in texts.items() if text}


def release_day(assignments: Iterable[Assignment]) -> date:
    """The day on which the newest of these releases was written."""
    parts = (part for assignment in assignments for part in assignment.parts)
    newest = max(part.release.stat().st_mtime for part in parts)
    return datetime.fromtimestamp(newest, UTC).date()


def _lab_report_folder(course: Course) -> dict[str, bytes]:
    """The form of the lab report's cover, the course's own if it has one, and its templates."""
    folder = course.root / cover.FOLDER
    form = resources.files(labreport) / cover.FORM
    files = {f"{cover.FOLDER}/{cover.FORM}": form.read_bytes()}
    for name in (cover.FORM, HTML_TEMPLATE, PDF_TEMPLATE):
        if is_regular_file(folder / name):
            files[f"{cover.FOLDER}/{name}"] = (folder / name).read_bytes()
    return files


def plain_name(course_id: str) -> str:
    """The course's name in a form that is allowed for packages and folders."""
    return re.sub(r"[^a-z0-9]+", "-", course_id.lower()).strip("-") or "course"


def _requirements(names: Iterable[str]) -> list[Requirement]:
    """What our own package requires of these packages, in their order.

    Raises:
        CourseError: If it does not name one: what is installed is older than the code that runs.
    """
    ours = {canonicalize_name(one.name): one for one in our_requirements()}
    wanted = [canonicalize_name(name) for name in names]
    if missing := [name for name in wanted if name not in ours]:
        raise CourseError(
            f"The installed package {PROJECT} is older than its code: it does not require "
            f"{', '.join(missing)}. Run `pip install -e .` in its folder."
        )
    return [ours[name] for name in wanted]


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Plain files by their path; no links, nothing hidden, nothing that Python made."""
    for name, _ in walk_regular_files(folder):
        unwanted = any(part in _LEFT_OUT or part.startswith(".") for part in name.split("/"))
        if not unwanted:
            yield name, (folder / name).read_bytes()


def _require_releases(assignment: Assignment) -> None:
    """Make sure that the release holds no solution, no hidden test and no other notebook.

    Raises:
        CourseError: If a notebook is missing or is something else.
    """
    for part in assignment.parts:
        _require_release(part)
    folder = assignment.release.parent
    notebooks = {path for path, _ in _folder(folder) if path.endswith(".ipynb")}
    others = notebooks - {part.release.name for part in assignment.parts}
    if others:
        raise CourseError(
            f"{folder} holds {min(others)} beside the release. Remove it, so that no student gets "
            "it."
        )


def _require_release(assignment: Assignment) -> None:
    """Make sure that a released notebook is, cell by cell, what its source releases."""
    again = f"Run `autograder build {assignment.name}` first."
    if not assignment.release.is_file():
        raise CourseError(f"{assignment.release} is missing. {again}")
    expected = {
        name: release_source(cell)
        for cell in assignment.notebook.cells
        if (name := grade_id(cell)) is not None
    }
    cells = read_notebook(assignment.release).notebook.cells
    released = {name: cell.source for cell in cells if (name := grade_id(cell)) is not None}
    if released != expected:
        raise CourseError(
            f"{assignment.release} is not what {assignment.source} releases now. {again}"
        )


def _license(ours: Distribution) -> str:
    """Our license: from the installed package, or from the folder that it was installed from."""
    path = Path(utils.__file__).parents[1] / "LICENSE"
    text = ours.read_text("licenses/LICENSE") or ""
    return text or (path.read_text("utf-8") if path.is_file() else "")


def _pyproject(name: str, ours: Distribution, packages: list[str], data_files: list[str]) -> str:
    needed = "".join(
        f'    "{one}",\n' for one in _requirements((*IMPORTED, *REPORTED_WITH, *OPENED_IN))
    )
    extra = ", ".join(f'"{one}"' for one in _requirements(EXTENSIONS))
    package_data = ", ".join(f'"{path.removeprefix("utils/")}"' for path in data_files)
    package_list = ", ".join(f'"{package}"' for package in packages)
    return (
        '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n\n'
        f'[project]\nname = "{name}-notebooks"\nversion = "{ours.version}"\n'
        'description = "What the notebooks of the course import."\n'
        f'requires-python = "{ours.metadata["Requires-Python"]}"\n'
        f"dependencies = [\n{needed}]\n\n"
        f"[project.optional-dependencies]\nnbgrader = [{extra}]\n\n"
        f"{_entry_points(ours)}"
        f"[tool.setuptools]\npackages = [{package_list}]\n\n"
        f"[tool.setuptools.package-data]\nutils = [{package_data}]\n"
    )


def _entry_points(ours: Distribution) -> str:
    """The lab report in JupyterLab's menu: nbconvert's entry points, as we declare them."""
    group = "nbconvert.exporters"
    lines = "".join(
        f'{one.name} = "{one.value}"\n' for one in ours.entry_points.select(group=group)
    )
    return f'[project.entry-points."{group}"]\n{lines}\n'


def _environment(name: str, ours: Distribution) -> str:
    dependencies = "".join(f"  - {one}\n" for one in _requirements(_INSTALLED))
    return (
        f"# conda env create -f environment.yml\nname: {name}\n"
        "channels:\n  - conda-forge\n  - nodefaults\ndependencies:\n"
        f"  - python{ours.metadata['Requires-Python']}\n  - pip\n{dependencies}"
        "  - pip:\n      - .\n"
    )


_NBGRADER_CONFIG = """\
# For the Validate button: it says what the checks say, without their code.
from utils.checking.validation import adapt_validation

adapt_validation()
"""


def instructions(title: str, assignments: list[Assignment]) -> str:
    """What a student reads first, in the course's language."""
    language = course_language(assignments[0].course)
    listing = "\n".join(
        f"- `{one.name}/{one.name}.ipynb`: {translations(one, language).get(label, label)}"
        for one in assignments
        for label in [one.spec.title or one.name]
    )
    texts = {file.name: file for file in resources.files(__package__).joinpath("readme").iterdir()}
    text = texts.get(f"{language}.md", texts[f"{ENGLISH}.md"]).read_text("utf-8")
    name = plain_name(title)
    return text.format(title=title, name=name, listing=listing, first=assignments[0].name)
