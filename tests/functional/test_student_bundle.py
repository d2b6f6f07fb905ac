"""What a student downloads: nothing that is ours to keep, and enough to work with."""

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

KEPT = ("autograder", "source", "assignments", "tests")
# Run by the student's Python in the bundle: each notebook, as it was downloaded.
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
def packed(tmp_path_factory):
    """The zip, made by the command."""
    path = tmp_path_factory.mktemp("bundle") / "students.zip"
    done = run("autograder", "bundle", "--output", str(path), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert str(path) in done.stdout
    return path


@pytest.fixture(scope="module")
def files(packed):
    """Its files, by their path below its folder."""
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
        assert {name.split("/")[0] for name in names} == {"deep-foundations"}
        return {name.partition("/")[2]: archive.read(name) for name in names}


def test_no_file_of_ours_is_in_it(files):
    """No file has the name or the bytes of one in a room that students must not see.

    What lies in release/ and in utils/ is theirs, also where the same bytes lie beside the source
    (hints.json, an empty __init__.py).
    """
    theirs = {sha256(path.read_bytes()).digest() for path in ROOT.glob("release/*/hints.json")}
    theirs |= {sha256(path.read_bytes()).digest() for path in ROOT.glob("utils/**/__init__.py")}
    ours = {
        sha256(path.read_bytes()).digest(): path
        for room in KEPT
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.stat().st_size
    }
    assert len(ours) > 200
    assert [path for path in files if path.split("/")[0] in KEPT] == []
    copies = {path: sha256(data).digest() for path, data in files.items()}
    assert {
        path: ours[one] for path, one in copies.items() if one in ours and one not in theirs
    } == {}
    mentions = [path for path, data in files.items() if b"from autograder" in data]
    assert mentions == []


def test_every_assignment_is_in_it(files):
    """Each release, as the repository has it, with its hints."""
    notebooks = {path for path in files if path.endswith(".ipynb")}
    assert notebooks == {f"{name}/{name}.ipynb" for name in NAMES}
    for path in (*notebooks, *(f"{name}/hints.json" for name in NAMES)):
        assert files[path] == (ROOT / "release" / path).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_our_secrets(files, name):
    """No line of a solution, of a hidden test or of a mistake, no hidden figure, no seed.

    Releases and hints are looked through in ``test_secrets``; here all else.
    """
    assignment = Course(ROOT).assignment(name)
    told = {line for line in secret_lines(assignment) if len(line) > 2 * TELLING}
    secrets = {line for line in told if not line.startswith(("import ", "from "))}
    figures = hidden_numbers(assignment)
    assert len(secrets) > 50
    assert len(figures) > 100
    for path, data in files.items():
        if path.endswith((".ipynb", "hints.json")):
            continue
        text = data.decode()
        assert secrets & lines(text) == set(), path
        assert [one for one in figures if one in text] == [], path
        assert SEED not in text, path


@pytest.mark.long
def test_every_notebook_runs_in_a_fresh_environment(packed, tmp_path):
    """Installed from the registry alone, all releases open and run; only stubs wait to be filled.

    A minute on two free cores.
    """
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "deep-foundations"
    fresh = tmp_path / "fresh"
    python = str(fresh / "bin" / "python")
    run(sys.executable, "-m", "venv", "--without-pip", str(fresh), cwd=folder)
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    install = ("install", "--quiet", "--no-compile", "-c", "constraints.txt", ".")
    done = run(*pip, *install, cwd=folder)
    assert done.returncode == 0, done.stderr
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = run(python, "-c", STUDENT, cwd=folder, env=clean)
    assert done.returncode == 0, done.stderr
    came = json.loads(done.stdout)
    assert list(came) == NAMES
    for name, one in came.items():
        place, grader = one["utils"]
        assert place.startswith(str(fresh)), name
        assert grader == "None", name
        assert one["errors"] == ["UnfilledStubError"], name
        assert one["reports"] > 2, name
    done = run(python, "-m", "utils.receipt", f"{NAMES[0]}/{NAMES[0]}.ipynb", cwd=folder)
    digest = sha256((folder / NAMES[0] / f"{NAMES[0]}.ipynb").read_bytes()).hexdigest()
    assert digest in done.stdout
