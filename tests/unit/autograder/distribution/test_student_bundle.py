"""What goes into a student bundle, and that nothing else does."""

import ast
import io
import os
import re
import sys
import tomllib
import zipfile
from datetime import UTC, datetime
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.cli import main
from autograder.course.notebook import read_notebook, write_notebook
from autograder.distribution import student_bundle
from autograder.distribution.student_bundle import (
    EXTENSIONS,
    IMPORTED,
    OPENED_IN,
    REPORTED_WITH,
    bundle,
    plain_name,
)
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT
from tests.support.command_line import run
from tests.support.solutions import ROOT
from utils.messages import languages

# Packages that provide a module of another name, directly or as a dependency.
PROVIDED_BY = {"sklearn": "scikit-learn", "IPython": "ipywidgets", "PIL": "matplotlib"}
PROVIDED_BY |= {"pypandoc": "pypandoc-binary"}
PROVIDED_BY |= {"threadpoolctl": "scikit-learn", "mpl_toolkits": "matplotlib"}


@pytest.fixture(scope="module")
def files(built):
    """The bundle of one assignment."""
    return bundle([built], "deep-foundations")


def imported(source):
    """Top-level names of the modules that a text imports."""
    plain = "\n".join(line for line in source.split("\n") if not line.startswith("%"))
    for node in ast.walk(ast.parse(plain)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_it_holds_the_release_utils_and_instructions(files, built):
    """Besides five texts of its own: the files of the release and of utils, byte for byte."""
    texts = {
        "README.md",
        "pyproject.toml",
        "environment.yml",
        "constraints.txt",
        "LICENSE",
        "nbgrader_config.py",
    }
    assert {path for path in files if "/" not in path} == texts
    folders = {path.split("/")[0] for path in files if "/" in path}
    assert folders == {"utils", "labreport", ASSIGNMENT}
    form = (ROOT / "utils" / "labreport" / "form.toml").read_bytes()
    assert {path: files[path] for path in files if path.startswith("labreport/")} == {
        "labreport/form.toml": form
    }
    for path, data in files.items():
        if path.startswith("utils/"):
            assert data == (ROOT / path).read_bytes(), path
        if path.startswith(ASSIGNMENT):
            assert data == (built.course.root / "release" / path).read_bytes(), path
    assert {f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb", f"{ASSIGNMENT}/hints.json"} <= files.keys()
    assert not [path for path in files if "__pycache__" in path]


def test_a_course_s_own_form_and_templates_are_in_it(registered):
    """In the folder ``labreport``, where the student's program looks for them."""
    folder = registered.root / "labreport"
    folder.mkdir()
    own = {"form.toml": b"fields = []", "report.html": b"$body$", "report.typ": b"$body$"}
    for name, data in own.items():
        (folder / name).write_bytes(data)
    (folder / "particulars.toml").write_text('name = "a"')
    files = bundle([registered.assignment(ASSIGNMENT)], "x")
    there = {path: data for path, data in files.items() if path.startswith("labreport/")}
    assert there == {f"labreport/{name}": data for name, data in own.items()}


def test_jupyter_finds_the_lab_report(files):
    """Its exporters are the entry points that our own package declares."""
    points = tomllib.loads(files["pyproject.toml"].decode())["project"]["entry-points"]
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert points == declared["project"]["entry-points"]


def test_it_requires_what_notebooks_import(files):
    """Each third-party module that utils or a notebook imports comes with a required package."""
    sources = [data.decode() for path, data in files.items() if path.endswith(".py")]
    for path in sorted(ROOT.glob("release/*/*.ipynb")):
        cells = read_notebook(path).notebook.cells
        sources += [cell.source for cell in cells if cell.cell_type == "code"]
    modules = set().union(*map(imported, sources)) - set(sys.stdlib_module_names) - {"utils"}
    packages = {canonicalize_name(PROVIDED_BY.get(name, name)) for name in modules}
    here = {canonicalize_name(name) for name in REPORTED_WITH}
    assert packages - set(EXTENSIONS) - {"nbformat", "traitlets"} == set(IMPORTED) | here


def test_it_requires_the_versions_that_the_course_requires(files):
    """Bounds and Python are those of our own package; nothing of the grader is required."""
    ours = {one.name: one for one in map(Requirement, distribution("deep-foundations").requires)}
    project = tomllib.loads(files["pyproject.toml"].decode())["project"]
    assert list(map(Requirement, project["dependencies"])) == [
        ours[name] for name in (*IMPORTED, *REPORTED_WITH, *OPENED_IN)
    ]
    extra = project["optional-dependencies"]["nbgrader"]
    assert list(map(Requirement, extra)) == [ours[name] for name in EXTENSIONS]
    conda = yaml.safe_load(files["environment.yml"])["dependencies"]
    assert conda[0] == f"python{project['requires-python']}"
    assert conda[-1] == {"pip": ["."]}
    assert set(map(Requirement, conda[2:-1])) == {
        ours[name] for name in (*IMPORTED, *REPORTED_WITH, *OPENED_IN, *EXTENSIONS)
    }


def test_it_installs_every_file_of_utils(files):
    """Setuptools gets a list of all packages and of all data files."""
    listed = tomllib.loads(files["pyproject.toml"].decode())["tool"]["setuptools"]
    inside = [path for path in files if path.startswith("utils/")]
    packages = {
        path.rpartition("/")[0].replace("/", ".") for path in inside if path.endswith(".py")
    }
    assert set(listed["packages"]) == packages
    data = {path.removeprefix("utils/") for path in inside if not path.endswith(".py")}
    assert set(listed["package-data"]["utils"]) == data


def test_it_pins_what_is_installed_here(files):
    """The packages of a student are among the pins, our tools are not."""
    pins = dict(line.split("==") for line in files["constraints.txt"].decode().splitlines())
    assert {*IMPORTED, *REPORTED_WITH, *OPENED_IN, *EXTENSIONS} <= pins.keys()
    assert "webcolors" in pins, "a package that only an extra requires"
    assert not pins.keys() & {"pytest", "ruff", "pyseccomp", "pip", "setuptools"}
    assert all(version(name) == number for name, number in pins.items())


def test_a_release_with_a_solution_is_refused(registered):
    """A source notebook that somebody copied into release/ never reaches a student."""
    assignment = registered.assignment(ASSIGNMENT)
    write_notebook(assignment.notebook, assignment.release)
    with pytest.raises(CourseError, match=r"is not what .* releases now. Run `autograder build"):
        bundle([assignment], "x")


def test_a_second_notebook_beside_the_release_is_refused(registered):
    """It may be anything, so it is not handed out."""
    assignment = registered.assignment(ASSIGNMENT)
    (assignment.release.parent / "copy.ipynb").write_bytes(assignment.source.read_bytes())
    with pytest.raises(CourseError, match=r"holds copy\.ipynb beside the release"):
        bundle([assignment], "x")


def test_a_missing_release_is_refused(registered):
    """The sentence says what to run."""
    assignment = registered.assignment(ASSIGNMENT)
    assignment.release.unlink()
    with pytest.raises(CourseError, match=f"is missing. Run `autograder build {ASSIGNMENT}`"):
        bundle([assignment], "x")


def test_links_and_hidden_files_are_left_out(registered):
    """Among them a link to the source notebook and a checkpoint."""
    assignment = registered.assignment(ASSIGNMENT)
    folder = assignment.release.parent
    (folder / "linked.txt").symlink_to(assignment.source)
    (folder / ".hidden").write_text("x", "utf-8")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "old.ipynb").write_text("{}", "utf-8")
    (folder / "data.csv").write_text("1,2", "utf-8")
    made = bundle([assignment], "x")
    mine = {path for path in made if path.startswith(f"{ASSIGNMENT}/")}
    wanted = ("data.csv", "hints.json", f"{ASSIGNMENT}.ipynb")
    assert mine == {f"{ASSIGNMENT}/{name}" for name in wanted}


def test_the_readme_names_what_is_there(files):
    """Each notebook and each file that it mentions is in the bundle."""
    text = files["README.md"].decode()
    assert f"`{ASSIGNMENT}/{ASSIGNMENT}.ipynb`: Regularization" in text
    assert f"python -m utils.receipt {ASSIGNMENT}/{ASSIGNMENT}.ipynb" in text
    assert "{" not in text
    for name in ("constraints.txt", "environment.yml"):
        assert name in text
        assert name in files


def test_the_command_writes_the_zip_into_the_course(registered):
    """Without --output it is named after the course; a single assignment can be chosen."""
    at = ["--course", str(registered.root)]
    done = CliRunner().invoke(main, ["bundle", ASSIGNMENT, *at])
    assert done.exit_code == 0, done.output
    path = registered.root / "deep-foundations-students.zip"
    assert str(path) in done.output
    with zipfile.ZipFile(path) as archive:
        assert f"deep-foundations/{ASSIGNMENT}/{ASSIGNMENT}.ipynb" in archive.namelist()
    done = CliRunner().invoke(main, ["bundle", "regularisation", *at])
    assert done.exit_code == 2
    assert "Did you mean regularization?" in done.output


@pytest.mark.parametrize(
    ("released", "shown"),
    [
        (datetime(2027, 3, 1, 23, 30, tzinfo=UTC), (2027, 3, 1)),
        (datetime(2026, 2, 28, tzinfo=UTC), (2026, 2, 28)),
        (datetime(1970, 1, 2, tzinfo=UTC), (1980, 1, 1)),  # the first that a zip can hold
        (datetime(2150, 1, 1, tzinfo=UTC), (2107, 12, 31)),  # and the last
    ],
)
def test_files_bear_the_day_of_the_release(registered, released, shown):
    """All of them, and the same zip comes out again."""
    release = registered.assignment(ASSIGNMENT).release
    os.utime(release, (released.timestamp(), released.timestamp()))
    zips = []
    for _ in range(2):
        assert run("bundle", course=registered).exit_code == 0
        zips.append((registered.root / "deep-foundations-students.zip").read_bytes())
    assert zips[0] == zips[1]
    with zipfile.ZipFile(io.BytesIO(zips[0])) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(*shown, 0, 0, 0)}


@pytest.mark.parametrize(
    ("course_id", "name"),
    [("Deep Foundations 2027", "deep-foundations-2027"), ("", "course"), ("--ä--", "course")],
)
def test_a_course_may_have_any_name(course_id, name):
    """Its package and its folder get a name that is allowed for them."""
    assert plain_name(course_id) == name


def test_metadata_older_than_the_code_are_a_sentence(registered, monkeypatch):
    """After an update of the course's repository without installing it again."""
    old = [Requirement("numpy>=1.26"), Requirement("jupyterlab>=4.2")]
    monkeypatch.setattr("autograder.distribution.student_bundle.our_requirements", lambda: old)
    done = CliRunner().invoke(main, ["bundle", "--course", str(registered.root)])
    assert done.exit_code == 2
    assert "older than its code" in done.output
    assert "nbconvert" in done.output
    assert "Run `pip install -e .`" in " ".join(done.output.split())


def test_instructions_in_each_language():
    """Each is for the same steps: the same commands, names of files, and headings."""
    folder = Path(student_bundle.__file__).parent / "readme"
    assert {file.stem for file in folder.iterdir()} == set(languages())
    kept = re.compile(r"```.*?```|`[^`\n]*(?:\n[^`\n]*)?`|^## \d|\{\w+\}", re.DOTALL | re.MULTILINE)
    comment = re.compile(r"#.*")
    found = [
        sorted(comment.sub("", part) for part in kept.findall(file.read_text("utf-8")))
        for file in folder.iterdir()
    ]
    assert len(found[0]) > 15
    assert all(other == found[0] for other in found)


def test_a_chinese_course_has_chinese_instructions(built, monkeypatch):
    """They say what to do with it before the notebook can."""
    monkeypatch.setattr(student_bundle, "course_language", lambda _: "zh_CN")
    text = student_bundle.instructions("c", [built])
    assert "## 1. 安装" in text
    assert "## 1. Install" not in text
