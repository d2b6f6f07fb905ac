"""Which of the files that were handed in is graded, and what is said of those that cannot be."""

import io
import json
import shutil
import stat
import zipfile

import pytest

from autograder.batch.intake import read_files
from autograder.course import find_notebook as module
from autograder.course.layout import Submission
from autograder.course.notebook import grade_id, read_notebook
from autograder.errors import BadSubmissionError
from tests.conftest import ASSIGNMENT

NAME = f"{ASSIGNMENT}.ipynb"


@pytest.fixture
def folder(assignment):
    """Ada's folder."""
    folder = assignment.course.submitted_dir / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def find(assignment, folder):
    """Look for the notebook in the folder; what is found must be among the files taken along."""

    def find(given=None):
        taken = read_files(folder)
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.ipynb")}
        submission = Submission(assignment, "ada", folder, given)
        path, notes = submission.find_notebook()
        if path.is_relative_to(folder) and given is None and names:
            assert path.relative_to(folder).as_posix() in taken
        return submission, path, " ".join(notes)

    return find


@pytest.fixture
def answered(assignment):
    """The text of a notebook with answers in these cells."""

    def answered(**answers):
        notebook = read_notebook(assignment.release).notebook
        for cell in notebook.cells:
            name = (grade_id(cell) or "").replace("-", "_")
            cell.source = answers.get(name, cell.source)
        return json.dumps(notebook)

    return answered


@pytest.mark.parametrize(
    "name",
    [
        "regularization.ipynb.json",
        "regularization.ipynb.txt",
        "Regularization.IPYNB",
        "regularization (1).ipynb",
        "regularization.ipynb (1)",
        "regularization-Copy1.ipynb",
        "regularization.ipynb.download",
        "regularization.ipynb.crdownload",
        "Unconfirmed 1234.crdownload",
        "regularization.json",
        "regularization",
        "regularization/regularization.ipynb",
        "Abgabe von Zoë/regularization[final]/lösung 100% *?'\".ipynb",
        "50% [a] {b} $c.ipynb",
        "你好.ipynb",
    ],
)
def test_names_as_people_send_them(find, folder, answered, name):
    """One notebook with the course's cells, whatever it is called and wherever it lies."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(answered(l2_cost="def f(): pass"), "utf-8")
    _, path, notes = find()
    assert path == folder / name
    assert f"{name} was graded in place of {NAME}, which is missing." in notes


def test_an_untouched_release_is_passed_over(find, folder, assignment, answered):
    """Even if it has the right name."""
    shutil.copy(assignment.release, folder / NAME)
    (folder / "mine.ipynb").write_text(answered(l2_cost="def f(): pass"), "utf-8")
    _, path, notes = find()
    assert path.name == "mine.ipynb"
    assert "is the untouched release" in notes


def test_an_untouched_copy_beside_the_work(find, folder, assignment, answered):
    """A note says so; the work is graded."""
    shutil.copy(assignment.release, folder / "copy.ipynb")
    (folder / NAME).write_text(answered(l2_cost="def f(): pass"), "utf-8")
    _, path, notes = find()
    assert path.name == NAME
    assert notes == "copy.ipynb is untouched and was passed over."


def test_the_one_that_has_all_that_the_other_has(find, folder, answered):
    """A copy in which the work went on."""
    (folder / NAME).write_text(answered(l2_cost="def f(): pass"), "utf-8")
    more = answered(l2_cost="def f(): pass", l2_backward="def g(): pass")
    (folder / "regularization-Copy1.ipynb").write_text(more, "utf-8")
    _, path, notes = find()
    assert path.name == "regularization-Copy1.ipynb"
    assert "has less in it" in notes


def test_other_answers_beside_the_right_name(find, folder, answered):
    """The right name counts; a note names the other."""
    (folder / NAME).write_text(answered(l2_cost="1"), "utf-8")
    (folder / "old.ipynb").write_text(answered(l2_cost="2"), "utf-8")
    _, path, notes = find()
    assert path.name == NAME
    assert "old.ipynb has other answers and was passed over." in notes


def test_a_damaged_notebook_beside_a_whole_one(find, folder, answered):
    """The whole one is graded, and a note says why."""
    (folder / NAME).write_text(answered(l2_cost="1")[:-900], "utf-8")
    (folder / "regularization (1).ipynb").write_text(answered(l2_cost="1"), "utf-8")
    _, path, notes = find()
    assert path.name == "regularization (1).ipynb"
    assert "cannot be graded" in notes


@pytest.mark.parametrize("hidden", ["__MACOSX", ".ipynb_checkpoints", ".git"])
def test_what_tools_made_is_never_chosen(find, folder, answered, hidden):
    """Checkpoints and resource forks are not work."""
    (folder / hidden).mkdir()
    (folder / hidden / NAME).write_text(answered(l2_cost="1"), "utf-8")
    with pytest.raises(BadSubmissionError, match="the folder holds no notebook"):
        find()
    assert read_files(folder) == {}


def test_a_checkpoint_alone_is_named(find, folder, answered):
    """The student learns which file is meant, and why the one that is there is not graded."""
    (folder / ".ipynb_checkpoints").mkdir()
    checkpoint = folder / ".ipynb_checkpoints" / f"{ASSIGNMENT}-checkpoint.ipynb"
    checkpoint.write_text(answered(l2_cost="1"), "utf-8")
    with pytest.raises(BadSubmissionError, match="automatic copy of an earlier state"):
        find()


def zipped(files):
    """A zip as bytes; entries are names, or ZipInfo for strange ones."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize("name", ["homework.zip", NAME, "regularization.ipynb.zip"])
def test_a_notebook_in_a_zip(find, folder, answered, name):
    """With the data files beside it; what macOS adds is left out."""
    text = answered(l2_cost="def f(): pass")
    files = [(f"hw/{NAME}", text), ("hw/data.csv", "1"), (f"__MACOSX/hw/._{NAME}", "x")]
    (folder / name).write_bytes(zipped(files))
    submission, path, notes = find()
    assert path.read_text("utf-8") == text
    assert (path.parent / "data.csv").read_text("utf-8") == "1"
    assert f"{name}/hw/{NAME} was graded" in notes
    place = path.parent
    del submission
    assert not place.exists()


def test_a_zip_cannot_write_elsewhere_or_be_a_bomb(find, folder, answered, monkeypatch, tmp_path):
    """Paths upward, absolute ones, links and what unpacks to too much are left out."""
    monkeypatch.setattr(module, "_SUSPICIOUS", 1000)
    link = zipfile.ZipInfo("link.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    text = answered(l2_cost="1")
    files = [
        (f"../../{NAME}", text),
        (f"{tmp_path}/evil.ipynb", text),
        ("..\\..\\evil.ipynb", text),
        (link, "/etc/passwd"),
        ("bomb.ipynb", " " * 10**7),
    ]
    (folder / "homework.zip").write_bytes(zipped(files))
    with pytest.raises(BadSubmissionError, match=r"homework\.zip is a zip file"):
        find()
    assert not list(tmp_path.rglob("*evil*"))
    assert not list(tmp_path.rglob("bomb*"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("regularization.pdf", b"%PDF-1.7", "regularization.pdf is a PDF"),
        ("regularization.py", b"# %%\nx = 1\n", "regularization.py is a Python script"),
        ("link.txt", b"see https://drive.google.com/file/d/1x", "link.txt is a link to a web page"),
        ("page.html", b"<!DOCTYPE html><html>", "page.html is a web page"),
        ("a.tar.gz", b"\x1f\x8b\x08", "a.tar.gz is a gzip archive"),
        ("a.docx", b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "an Office document"),
        ("a.odt", b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis", "an Office"),
        (NAME, b"PK\x03\x04" + bytes(99), "a zip file that holds no notebook, or is damaged"),
    ],
)
def test_what_is_there_instead_is_named(find, folder, name, content, words):
    """A folder without a notebook says what lies in it."""
    (folder / name).write_bytes(content)
    with pytest.raises(BadSubmissionError, match=words):
        find()


def test_a_given_file_is_the_only_one_looked_at(find, folder, answered, monkeypatch):
    """`autograder try` in a full folder reads nothing else."""
    (folder / "mine.ipynb").write_text(answered(), "utf-8")
    (folder / NAME).write_text(answered(l2_cost="1"), "utf-8")
    monkeypatch.setattr(module, "walk_regular_files", None)
    assert find(folder / "mine.ipynb")[1:] == (folder / "mine.ipynb", "")
