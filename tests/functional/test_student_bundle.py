"""The bundle that students download: nothing secret is in it, and they can work with it."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from hashlib import sha256

import pytest

from autograder.course.layout import Course
from tests.functional.conftest import run
from tests.functional.test_secrets import (
    NAMES,
    SEED,
    TELLING,
    hidden_numbers,
    lines,
    secret_lines,
)
from tests.support.solutions import ROOT

SECRET_FOLDERS = ("autograder", "source", "assignments", "tests")
# Executes each notebook of the bundle; run with the student's Python.
STUDENT = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import nbformat
from nbclient import NotebookClient

def work(path):
    notebook = nbformat.read(path, 4)
    first = "import utils, importlib.util as i; print(utils.__file__, i.find_spec('autograder'))"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, allow_errors=True, timeout=120, resources=folder).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    names = [one.ename for cell in cells for one in cell.outputs if one.output_type == "error"]
    return {
        "utils": cells[0].outputs[0].text.split(),
        "errors": sorted(set(names)),
        "reports": sum("check-report" in str(cell.outputs) for cell in cells),
    }

paths = sorted(Path().glob("*/*.ipynb"))
with ThreadPoolExecutor(2) as pool:
    print(json.dumps(dict(zip([path.stem for path in paths], pool.map(work, paths)))))
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The zip that the command makes."""
    path = tmp_path_factory.mktemp("bundle") / "students.zip"
    process = run("autograder", "bundle", "--output", str(path), cwd=ROOT)
    assert process.returncode == 0, process.stderr
    assert str(path) in process.stdout
    return path


@pytest.fixture(scope="module")
def files(bundle):
    """Contents by path below its folder."""
    with zipfile.ZipFile(bundle) as archive:
        names = archive.namelist()
        assert {name.split("/")[0] for name in names} == {"deep-foundations"}
        return {name.partition("/")[2]: archive.read(name) for name in names}


def test_no_secret_file_is_in_it(files):
    """No file has the name or the bytes of one in a folder that students must not see.

    Files in release/ and utils/ are public, even if the same bytes are elsewhere, too (hints.json,
    an empty __init__.py).
    """
    public = {sha256(path.read_bytes()).digest() for path in ROOT.glob("release/*/hints.json")}
    public |= {sha256(path.read_bytes()).digest() for path in ROOT.glob("utils/**/__init__.py")}
    secret = {
        sha256(path.read_bytes()).digest(): path
        for folder in SECRET_FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.stat().st_size
    }
    assert len(secret) > 200
    assert [path for path in files if path.split("/")[0] in SECRET_FOLDERS] == []
    digests = {path: sha256(data).digest() for path, data in files.items()}
    assert {
        path: secret[digest]
        for path, digest in digests.items()
        if digest in secret and digest not in public
    } == {}
    mentions = [path for path, data in files.items() if b"from autograder" in data]
    assert mentions == []


def test_every_assignment_is_in_it(files):
    """Each release is in it with its hints, as in the repository."""
    notebooks = {path for path in files if path.endswith(".ipynb")}
    assert notebooks == {f"{name}/{name}.ipynb" for name in NAMES}
    for path in (*notebooks, *(f"{name}/hints.json" for name in NAMES)):
        assert files[path] == (ROOT / "release" / path).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_text_is_in_it(files, name):
    """No line of a solution, a hidden test or a mistake, no hidden number, no seed.

    Releases and hints are searched in ``test_secrets``, and everything else here.
    """
    assignment = Course(ROOT).assignment(name)
    long = {line for line in secret_lines(assignment) if len(line) > 2 * TELLING}
    secrets = {line for line in long if not line.startswith(("import ", "from "))}
    figures = hidden_numbers(assignment)
    assert len(secrets) > 50
    assert len(figures) > 100
    for path, data in files.items():
        if path.endswith((".ipynb", "hints.json")):
            continue
        text = data.decode(errors="replace")  # stencils and kept features are no text
        assert secrets & lines(text) == set(), path
        assert [one for one in figures if one in text] == [], path
        assert SEED not in text, path


@pytest.mark.long
def test_every_notebook_runs_in_a_fresh_environment(bundle, tmp_path):
    """All releases run with packages from the index alone; only the stubs raise errors.

    It takes a minute on two free cores.
    """
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "deep-foundations"
    fresh = tmp_path / "fresh"
    python = str(fresh / "bin" / "python")
    run(sys.executable, "-m", "venv", "--without-pip", str(fresh), cwd=folder)
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    install = ("install", "--quiet", "--no-compile", "-c", "constraints.txt", ".")
    process = run(*pip, *install, cwd=folder)
    assert process.returncode == 0, process.stderr
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    process = run(python, "-c", STUDENT, cwd=folder, env=clean)
    assert process.returncode == 0, process.stderr
    notebooks = json.loads(process.stdout)
    assert list(notebooks) == NAMES
    for name, notebook in notebooks.items():
        path_of_utils, autograder = notebook["utils"]
        assert path_of_utils.startswith(str(fresh)), name
        assert autograder == "None", name
        assert notebook["errors"] == ["UnfilledStubError"], name
        assert notebook["reports"] > 2, name
    process = run(python, "-m", "utils.receipt", f"{NAMES[0]}/{NAMES[0]}.ipynb", cwd=folder)
    digest = sha256((folder / NAMES[0] / f"{NAMES[0]}.ipynb").read_bytes()).hexdigest()
    assert digest in process.stdout
