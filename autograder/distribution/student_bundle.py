"""What a student downloads: the releases, ``utils`` without the grader, and how to begin.

One zip. Its bytes hang on the releases, on ``utils`` and on the installed versions, and on no
clock: the same course on the same machine makes the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import utils
from autograder.course.layout import Assignment
from autograder.course.notebook import grade_id, read_notebook
from autograder.course.released_cells import release_source
from autograder.errors import CourseError
from autograder.files import walk_regular_files

PROJECT = "deep-foundations"
# What notebooks import, and where they are opened; all else of ours is the grader's.
IMPORTED = ("ipywidgets", "matplotlib", "numpy", "scikit-learn", "scipy", "tqdm")
OPENED_IN = ("jupyterlab",)
# Validate, and where a course has an exchange also the Assignment List; an extra.
EXTENSIONS = ("nbgrader",)
_LEFT_OUT = frozenset({"__pycache__", ".ipynb_checkpoints"})
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})  # the student's own, and newer than ours


def bundle(assignments: Iterable[Assignment], course_id: str) -> dict[str, bytes]:
    """All files of a student's bundle, by their path below its one folder.

    Raises:
        CourseError: If a release is missing, or is not what the source notebook releases.
    """
    chosen = list(assignments)
    ours = _ours()
    name = plain_name(course_id)
    files = {f"utils/{path}": data for path, data in _folder(Path(utils.__file__).parent)}
    packages = sorted({path.rpartition("/")[0].replace("/", ".") for path in files if _code(path)})
    kinds = sorted({path for path in files if not _code(path)})
    for one in chosen:
        _require_release(one)
        files |= {f"{one.name}/{path}": data for path, data in _folder(one.release.parent)}
    texts = {
        "README.md": _readme(course_id or name, chosen),
        "pyproject.toml": _pyproject(name, ours, packages, kinds),
        "environment.yml": _environment(name, ours),
        "constraints.txt": "".join(f"{pin}\n" for pin in pins(ours)),
        "LICENSE": _licence(ours),
    }
    return files | {path: text.encode() for path, text in texts.items() if text}


def plain_name(course_id: str) -> str:
    """The course's name as packages and folders may be called."""
    return re.sub(r"[^a-z0-9]+", "-", course_id.lower()).strip("-") or "course"


def pins(ours: Distribution) -> list[str]:
    """The versions with which work is graded here, of all that a student installs."""
    wanted = [*_bounds(ours, (*IMPORTED, *OPENED_IN, *EXTENSIONS))]
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    while wanted:
        one = wanted.pop()
        for extra in ("", *sorted(one.extras)):
            key = (canonicalize_name(one.name), extra)
            if key in seen or key[0] in _INSTALLERS:
                continue
            seen.add(key)
            try:
                installed = distribution(one.name)
            except PackageNotFoundError:
                continue  # of another system
            found[key[0]] = installed.version
            wanted += (
                part
                for part in map(Requirement, installed.requires or ())
                if part.marker is None or part.marker.evaluate({"extra": extra})
            )
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def _ours() -> Distribution:
    try:
        return distribution(PROJECT)
    except PackageNotFoundError as error:
        raise CourseError(
            f"{PROJECT} is not installed, so nobody knows what it needs. Run `pip install -e .` "
            "in its folder."
        ) from error


def _bounds(ours: Distribution, names: Iterable[str]) -> list[Requirement]:
    """What we ask of these packages, in their order."""
    asked = {canonicalize_name(one.name): one for one in map(Requirement, ours.requires or ())}
    return [asked[canonicalize_name(name)] for name in names]


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Plain files by their path; no links, nothing hidden, nothing that Python made."""
    for name, _ in walk_regular_files(folder):
        unwanted = any(part in _LEFT_OUT or part.startswith(".") for part in name.split("/"))
        if not unwanted:
            yield name, (folder / name).read_bytes()


def _require_release(assignment: Assignment) -> None:
    """A release holds no solution and no hidden test: what the source gives, cell by cell.

    Raises:
        CourseError: If it is missing or is something else.
    """
    again = f"Run `autograder build {assignment.name}` first."
    if not assignment.release.is_file():
        raise CourseError(f"{assignment.release} is missing. {again}")
    wanted = {
        name: release_source(cell)
        for cell in assignment.notebook.cells
        if (name := grade_id(cell)) is not None
    }
    held = read_notebook(assignment.release).notebook.cells
    found = {name: cell.source for cell in held if (name := grade_id(cell)) is not None}
    if found != wanted:
        raise CourseError(
            f"{assignment.release} is not what {assignment.source} releases now. {again}"
        )
    strays = {path for path, _ in _folder(assignment.release.parent) if path.endswith(".ipynb")}
    if strays != {assignment.release.name}:
        stray = min(strays - {assignment.release.name})
        raise CourseError(
            f"{assignment.release.parent} holds {stray} beside the release. Take it away, so that "
            "no student gets it."
        )


def _code(path: str) -> bool:
    return path.endswith(".py")


def _licence(ours: Distribution) -> str:
    beside = Path(utils.__file__).parents[1] / "LICENSE"
    told = ours.read_text("licenses/LICENSE") or ""
    return told or (beside.read_text("utf-8") if beside.is_file() else "")


def _pyproject(name: str, ours: Distribution, packages: list[str], data: list[str]) -> str:
    needed = "".join(f'    "{one}",\n' for one in _bounds(ours, (*IMPORTED, *OPENED_IN)))
    extra = ", ".join(f'"{one}"' for one in _bounds(ours, EXTENSIONS))
    inside = ", ".join(f'"{path.removeprefix("utils/")}"' for path in data)
    listed = ", ".join(f'"{one}"' for one in packages)
    return (
        '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n\n'
        f'[project]\nname = "{name}-notebooks"\nversion = "{ours.version}"\n'
        'description = "What the notebooks of the course import."\n'
        f'requires-python = "{ours.metadata["Requires-Python"]}"\n'
        f"dependencies = [\n{needed}]\n\n"
        f"[project.optional-dependencies]\nnbgrader = [{extra}]\n\n"
        f"[tool.setuptools]\npackages = [{listed}]\n\n"
        f"[tool.setuptools.package-data]\nutils = [{inside}]\n"
    )


def _environment(name: str, ours: Distribution) -> str:
    needed = _bounds(ours, (*IMPORTED, *OPENED_IN, *EXTENSIONS))
    listed = "".join(f"  - {one}\n" for one in needed)
    return (
        f"# conda env create -f environment.yml\nname: {name}\n"
        "channels:\n  - conda-forge\n  - nodefaults\ndependencies:\n"
        f"  - python{ours.metadata['Requires-Python']}\n  - pip\n{listed}  - pip:\n      - .\n"
    )


_README = """\
# {title}

{count}

{listing}

## 1. Install

You need Python 3.11 or newer. In this folder:

```
python -m venv .venv
source .venv/bin/activate          # on Windows: .venv\\Scripts\\activate
python -m pip install -c constraints.txt ".[nbgrader]"
```

`constraints.txt` names the versions with which your work is graded. If one of them does not exist
for your Python, leave `-c constraints.txt` out. With conda it is
`conda env create -f environment.yml` and `conda activate {name}`.

## 2. Open

`jupyter lab`, then the notebook in the folder with its name. Leave `hints.json` beside it: with it
a check can say which known mistake an answer looks like.

## 3. Fill

Write between `### START CODE HERE ###` and `### END CODE HERE ###`. Leave the names of functions
and the cells with checks as they are; whatever you change in a check is put back before grading.

## 4. Check

Run the cell under an exercise. It says what is right, and what is wrong and why. Some points come
from checks that you do not see. Before you submit: Kernel, then *Restart Kernel and Run All Cells*;
what only worked because of an older cell shows then. The *Validate* button does the same.

## 5. Submit

Hand in the one notebook as your instructor says: in the Assignment List of your JupyterHub, or by
uploading the file. For a line to keep:

```
python -m utils.receipt {first}/{first}.ipynb
```

It holds the SHA-256 of the file. With it you can show later *what* you handed in. It does not show
*when*: ask your instructor for a signed receipt if you need that.
"""


def _readme(title: str, assignments: list[Assignment]) -> str:
    listing = "\n".join(
        f"- `{one.name}/{one.name}.ipynb`: {one.spec.get('title', one.name)}" for one in assignments
    )
    many = len(assignments) != 1
    count = "The notebooks of the course, to be filled in:" if many else "One notebook to fill in:"
    return _README.format(
        title=title,
        name=plain_name(title),
        count=count,
        listing=listing,
        first=assignments[0].name,
    )
