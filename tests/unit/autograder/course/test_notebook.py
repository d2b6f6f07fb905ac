"""Whatever a student hands in is read, or refused with a sentence."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import notebook as notebook_module
from autograder.course import notebook_file
from autograder.course.notebook import read_notebook, write_notebook
from autograder.errors import BadSubmissionError
from tests.support import strategies


@pytest.fixture
def data():
    """A small notebook as JSON values."""
    return strategies.small_notebook()


@pytest.fixture
def save(tmp_path):
    """Write something under a notebook's name and return the path."""

    def write(content):
        path = tmp_path / "homework.ipynb"
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, "utf-8")
        else:
            path.write_text(json.dumps(content), "utf-8")
        return path

    return write


def refusal(path):
    """The message of the error with which a notebook is refused."""
    with pytest.raises(BadSubmissionError) as caught:
        read_notebook(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    assert "Traceback" not in text
    assert text.endswith(".")
    return text


def test_a_valid_notebook_is_read_as_it_is(save, data):
    """Nothing is repaired."""
    read = read_notebook(save(data))
    assert read.notes == ()
    assert [cell.source for cell in read.notebook.cells] == [c["source"] for c in data["cells"]]
    assert [cell.id for cell in read.notebook.cells] == ["title", "f", "f-check"]


def test_a_byte_order_mark_is_skipped(save, data):
    """Some Windows tools write one before the JSON."""
    path = save(b"\xef\xbb\xbf" + json.dumps(data).encode())
    assert len(read_notebook(path).notebook.cells) == 3


def test_truncated(save, data):
    """The error says where the file breaks off."""
    text = json.dumps(data, indent=1)
    message = refusal(save(text[: len(text) // 2]))
    assert "damaged" in message
    assert "line" in message


@pytest.mark.parametrize("content", ["", " \n\t\n"])
def test_empty(save, content):
    """A file of nothing or of white space."""
    assert "is empty" in refusal(save(content))


CONFLICT = '{\n<<<<<<< HEAD\n "a": 1\n=======\n "a": 2\n>>>>>>> 4e2b407\n}\n'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("import numpy as np\n", "a Python script"),
        ("# %%\nx = 1\n", "a Python script"),
        ("{'nbformat': 4}", "damaged"),
        ("<html></html>", "is a web page"),
        ("<!DOCTYPE html><html>https://github.com/a/b</html>", "GitHub's page"),
        (CONFLICT, "Git merge conflict in it (<<<<<<< and >>>>>>> from line 2)"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer"),
        (b"%PDF-1.7\n\xe2\xe3", "a PDF"),
        (b"Rar!\x1a\x07\x00", "RAR"),
        ("[InternetShortcut]\r\nURL=https://example.org\r\n", "a shortcut to a web page"),
        ("[Desktop Entry]\nType=Link\n", "a shortcut to a web page"),
        ("https://colab.research.google.com/drive/1x?usp=sharing\n", "is a link to a web page"),
        ("\ufeffHere it is: https://drive.google.com/file/d/1x/view", "is a link to a web page"),
        ("{\\rtf1\\ansi x}", "is a text document in RTF, not a notebook"),
        (b"\x80\x04\x95", "is a file of another kind (it is no text in UTF-8), not a notebook"),
        ("---\njupyter:\n  jupytext:\n---\n", "a Markdown file made from a notebook"),
    ],
)
def test_each_kind_of_file_has_its_sentence(save, content, words):
    """What stands under a notebook's name is named, with nobody told to ask somebody else."""
    message = refusal(save(content))
    assert words in message
    assert "the student" not in message


@pytest.mark.parametrize("content", [[], 3, None, "text", {}, {"nbformat": "4"}, {"cells": []}])
def test_json_that_is_no_notebook(save, content):
    """JSON that does not have a notebook's keys."""
    assert "not a Jupyter notebook" in refusal(save(json.dumps(content)))


def test_missing_file(tmp_path):
    """A path that does not exist."""
    assert "cannot be read" in refusal(tmp_path / "nowhere.ipynb")


def test_folder_under_a_notebooks_name(tmp_path):
    """A folder instead of the file."""
    (tmp_path / "homework.ipynb").mkdir()
    assert "cannot be read" in refusal(tmp_path / "homework.ipynb")


@pytest.mark.parametrize("content", [b"\x80\x81\xfe\xff", b"\x80\x02}q\x00"])
def test_binary(save, content):
    """Bytes that are no text."""
    assert "UTF-8" in refusal(save(content))


@pytest.mark.parametrize("major", [-1, 0, 1, 2, 5, 99])
def test_formats_that_cannot_be_read(save, data, major):
    """The error names a format that is too old or too new."""
    data["nbformat"] = major
    assert f"format {major};" in refusal(save(data))


def test_format_3_is_upgraded(save):
    """IPython 2 wrote it."""
    code = nbformat.v3.new_code_cell(input="x = 1", prompt_number=1)
    sheet = nbformat.v3.new_worksheet(cells=[code, nbformat.v3.new_text_cell("markdown", "hi")])
    old = nbformat.v3.new_notebook(worksheets=[sheet])
    read = read_notebook(save(nbformat.v3.writes_json(old)))
    assert [cell.source for cell in read.notebook.cells] == ["x = 1", "hi"]
    assert (read.notebook.nbformat, read.notebook.nbformat_minor) == (4, 5)
    nbformat.validate(read.notebook)


def test_format_4_0_is_upgraded(save, data):
    """Its cells have no ids: they get some."""
    data["nbformat_minor"] = 0
    for cell in data["cells"]:
        del cell["id"]
    read = read_notebook(save(data))
    assert read.notebook.nbformat_minor == 5
    assert len({cell.id for cell in read.notebook.cells}) == 3


def test_duplicated_ids_are_renamed_with_a_note(save, data):
    """A cell that was copied by hand gets an id of its own."""
    data["cells"][1]["id"] = data["cells"][0]["id"]
    read = read_notebook(save(data))
    assert len({cell.id for cell in read.notebook.cells}) == 3
    assert len(read.notebook.cells) == 3
    assert "more than once" in read.notes[0]


@pytest.mark.parametrize("bad", ["", "a b", "é" * 3, "x" * 65, 7, None, ["a"]])
def test_invalid_ids_are_replaced(save, data, bad):
    """Nobody loses a grade because of an id that nbformat does not accept."""
    data["cells"][1]["id"] = bad
    read = read_notebook(save(data))
    nbformat.validate(read.notebook)
    assert read.notebook.cells[1].source == "f = abs"


@pytest.mark.parametrize("ids", [("", "cell-0"), ("cell-1", ""), ("a", "a", "a-1")])
def test_a_replaced_id_collides_with_no_other(save, data, ids):
    """The obvious replacement may be another cell's id already."""
    for cell, cell_id in zip(data["cells"], ids, strict=False):
        cell["id"] = cell_id
    read = read_notebook(save(data))
    assert len({cell.id for cell in read.notebook.cells}) == 3


def test_fifty_megabytes_of_output_are_dropped(save, data):
    """Saved output beyond the limit is dropped with a note; the cell's source stays."""
    data["cells"][2]["outputs"][0]["text"] = ["x" * 50 * 2**20]
    read = read_notebook(save(data))
    assert read.notebook.cells[2].outputs == []
    assert read.notebook.cells[2].source == "assert f(-1) == 1"
    assert "cell 3 (50 MB) was dropped" in read.notes[0]


def test_the_output_limit_can_be_set(save, data):
    """An assignment may keep more or less than the default."""
    data["cells"][2]["outputs"][0]["text"] = ["x" * 2**20]
    path = save(data)
    assert read_notebook(path, 2).notes == ()
    assert "dropped" in read_notebook(path, 0.5).notes[0]


def test_huge_file(save, monkeypatch):
    """A file beyond the limit is not opened."""
    monkeypatch.setattr(notebook_file, "MAX_FILE_MB", 0.001)
    message = refusal(save(" " * 5000))
    assert "MB" in message
    assert "clear all outputs" in message


def test_too_many_cells(save, data, monkeypatch):
    """A notebook of thousands of cells."""
    monkeypatch.setattr(notebook_module, "MAX_CELLS", 2)
    assert "3 cells" in refusal(save(data))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting(save, opening):
    """JSON nested too deeply is refused, without a RecursionError."""
    assert refusal(save('{"nbformat": 4, "metadata": ' + opening * 100_000))


def test_deep_nesting_of_whole_json(save):
    """Even if the JSON is complete."""
    depth = 50_000
    text = '{"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": {"a": '
    assert refusal(save(text + "[" * depth + "]" * depth + "}}"))


@pytest.mark.parametrize(
    "change",
    [
        {"cells": None},
        {"cells": {}},
    ],
)
def test_malformed_parts(save, data, change):
    """A notebook that its schema does not allow is refused with the reason."""
    assert "not a valid notebook" in refusal(save({**data, **change}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metadata": []}, ""),
        ({"metadata": {"kernelspec": "python", "authors": 3}}, "own metadata"),
        ({"nbformat_minor": "five"}, ""),
        ({"nbformat_minor": None}, ""),
        ({"nbformat": None}, "format is not given"),
        ({"nbformat": "4"}, "format is not given"),
        ({"nbformat_minor": 6}, ""),
    ],
)
def test_malformed_frames_are_repaired(save, data, change, words):
    """What is about the notebook as a whole decides no grade."""
    read = read_notebook(save({**data, **change}))
    nbformat.validate(read.notebook)
    assert [cell.source for cell in read.notebook.cells] == [c["source"] for c in data["cells"]]
    assert words in " ".join(read.notes)


MISSING = object()


@pytest.mark.parametrize("value", [MISSING, None, 3, "text", {}, [3], [None], ["x"], [{}]])
def test_saved_outputs_never_refuse_a_notebook(save, data, value):
    """They are made anew; the cell, its text and its role stay."""
    cell = data["cells"][2]
    cell.pop("outputs")
    if value is not MISSING:
        cell["outputs"] = value
    read = read_notebook(save(data))
    nbformat.validate(read.notebook)
    assert read.notebook.cells[2].outputs == []
    assert read.notebook.cells[2].source == "assert f(-1) == 1"
    assert notebook_module.grade_id(read.notebook.cells[2]) == "f-check"
    assert "saved outputs" in " ".join(read.notes)


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "execute_result", "data": {"text/plain": "x"}, "metadata": {}},
        {"output_type": "execute_result", "data": {"text/plain": "x"}, "execution_count": "7"},
        {"output_type": "display_data", "data": {"text/plain": ["x"]}},
        {"output_type": "display_data", "data": {"text/plain": {"a": 1}}, "metadata": {}},
        {"output_type": "display_data", "data": None, "metadata": None},
        {"output_type": "stream", "text": "x"},
        {"output_type": "stream", "name": 7, "text": "x"},
        {"output_type": "stream", "name": "stdout", "text": None},
        {"output_type": "error", "ename": "E"},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": "text"},
        {"output_type": "pyout", "prompt_number": 1, "text": ["x"]},
        {"output_type": ["stream"]},
    ],
)
def test_malformed_outputs_are_repaired_or_dropped(save, data, output):
    """As PyCharm, Azure Data Studio, scripts and Colab's copies on GitHub write them."""
    data["cells"][2]["outputs"] = [output]
    read = read_notebook(save(data))
    nbformat.validate(read.notebook)
    assert "malformed saved outputs" in read.notes[0]


@pytest.mark.parametrize("count", [MISSING, "3", -1, 1.5, True, [1]])
def test_malformed_execution_counts(save, data, count):
    """They are dropped with a note."""
    data["cells"][1].pop("execution_count")
    if count is not MISSING:
        data["cells"][1]["execution_count"] = count
    read = read_notebook(save(data))
    nbformat.validate(read.notebook)
    assert "execution count" in read.notes[0]


@pytest.mark.parametrize(
    ("change", "source", "words"),
    [
        ({"source": ["f = ", "abs"]}, "f = \nabs", "lines without line ends"),
        ({"source": ["f = \n", "abs"]}, "f = \nabs", ""),
        ({"source": None}, "", "no text"),
        ({"source": ["a\n", 3]}, "a\n", "no text"),
        ({"metadata": {"nbgrader": {"grade_id": "f"}, "collapsed": "no"}}, "f = abs", "metadata"),
        ({"azdata_cell_guid": "x", "colab_type": 1}, "f = abs", "another tool"),
        ({"cell_type": "script"}, "f = abs", "unknown cell type"),
        ({"cell_type": {}}, "f = abs", "unknown cell type"),
        ({"attachments": []}, "f = abs", ""),
    ],
)
def test_malformed_cells_are_repaired(save, data, change, source, words):
    """No cell with text is dropped."""
    data["cells"][1].update(change)
    read = read_notebook(save(data))
    nbformat.validate(read.notebook)
    assert read.notebook.cells[1].source == source
    assert words in " ".join(read.notes)
    if "cell_type" not in change:
        assert notebook_module.grade_id(read.notebook.cells[1]) == "f"


def test_missing_metadata_and_strange_entries(save, data):
    """A cell without metadata, a number and a text among the cells."""
    del data["cells"][0]["metadata"]
    data["cells"] += [3, "x = 1", {"cell_type": "heading", "level": 2, "source": "Part"}]
    read = read_notebook(save(data))
    nbformat.validate(read.notebook)
    sources = [cell.source for cell in read.notebook.cells]
    assert sources == ["# A title", "f = abs", "assert f(-1) == 1", "x = 1", "## Part"]
    assert any("metadata" in note for note in read.notes)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_other_encodings(save, data, encoding):
    """Windows PowerShell and old editors save text as UTF-16."""
    data["cells"][0]["source"] = "# Größe 你好"
    text = json.dumps(data, ensure_ascii=False)
    assert read_notebook(save(text.encode(encoding))).notebook.cells[0].source == "# Größe 你好"


def test_an_old_code_page_costs_characters_only(save, data):
    """A comment in Latin-1 does not refuse the notebook."""
    data["cells"][1]["source"] = "f = abs  # größer"
    read = read_notebook(save(json.dumps(data, ensure_ascii=False).encode("latin-1")))
    assert read.notebook.cells[1].source == "f = abs  # gr\ufffd\ufffder"
    assert "not in UTF-8" in read.notes[0]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text + "\n}\n", "what follows"),
        (lambda text: text + "\x00" * 9, ""),
        (lambda text: text + text[-40:], "what follows"),
        (lambda text: text[:-1] + ",}", "commas"),
        (lambda text: text.replace('"f = abs"', '"f = [1,]",'), "commas"),
        (lambda text: text.replace('"execution_count": null', '"execution_count": NaN'), ""),
        (json.dumps, ""),
        (lambda text: f'{{"type": "notebook", "content": {text}}}', ""),
    ],
)
def test_almost_json(save, data, damage, words):
    """A tail, commas too many, NaN, a server's answer around it: the notebook is whole."""
    read = read_notebook(save(damage(json.dumps(data))))
    assert len(read.notebook.cells) == 3
    assert read.notebook.cells[1].source in ("f = abs", "f = [1,]")
    assert words in " ".join(read.notes)


@given(strategies.damaged_notebooks())
def test_damaged_notebooks_are_read_or_refused(tmp_path_factory, raw):
    """Whatever happened to a file: a valid notebook is read from it, or the error is a sentence."""
    path = tmp_path_factory.mktemp("damaged") / "homework.ipynb"
    path.write_bytes(raw)
    try:
        read = read_notebook(path)
    except BadSubmissionError as error:
        assert str(path) in str(error)  # noqa: PT017  both outcomes are fine, no other is
        return
    nbformat.validate(read.notebook, relax_add_props=True)
    ids = [cell.id for cell in read.notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in read.notebook.cells:
        notebook_module.grade_id(cell)
        assert isinstance(notebook_module.tags_of(cell), list)


@given(strategies.json_values)
def test_nbgrader_metadata_is_not_trusted(value):
    """Whatever a student writes there, questions about the cell raise nothing."""
    cell = nbformat.v4.new_code_cell("x")
    cell.metadata.update(nbgrader=value, tags=value)
    assert notebook_module.grade_id(cell) is None or isinstance(notebook_module.grade_id(cell), str)
    assert notebook_module.is_graded(cell) in (True, False)
    assert notebook_module.is_solution(cell) in (True, False)
    assert all(isinstance(tag, str) for tag in notebook_module.tags_of(cell))


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ({"grade": True, "solution": False}, "test"),
        ({"grade": True, "solution": True}, "manual"),
        ({"grade": False, "solution": True}, "answer"),
        ({"grade": False, "solution": False}, "none"),
        ({"task": True}, "manual"),
    ],
)
def test_roles_of_code_cells(role, expected):
    """Flags of nbgrader say who decides a cell's points."""
    kind = nbformat.v4.new_markdown_cell if role.get("task") else nbformat.v4.new_code_cell
    cell = kind("x", metadata={"nbgrader": {"grade_id": "x", "points": 2, **role}})
    assert notebook_module.is_test(cell) == (expected == "test")
    assert notebook_module.is_manual(cell) == (expected == "manual")
    assert notebook_module.is_graded(cell) == (expected in ("test", "manual"))


def test_a_graded_cell_is_no_experiment():
    """The tag does not exclude a test from grading."""
    role = {"grade_id": "x", "grade": True, "solution": False, "points": 1}
    cell = nbformat.v4.new_code_cell("x", metadata={"tags": ["experiment"], "nbgrader": role})
    assert not notebook_module.is_experiment(cell)
    del cell.metadata["nbgrader"]
    assert notebook_module.is_experiment(cell)


@given(st.lists(strategies.text, max_size=3))
def test_a_written_notebook_is_read_back(tmp_path_factory, sources):
    """Writing and reading are inverse."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    path = tmp_path_factory.mktemp("written") / "homework.ipynb"
    assert write_notebook(notebook, path)
    assert read_notebook(path).notebook == notebook
