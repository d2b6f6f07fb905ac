"""Whatever a student hands in is read, or refused with a sentence."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import notebook as notebook_module
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


@pytest.mark.parametrize("content", ["import numpy as np\n", "{'nbformat': 4}", "<html></html>"])
def test_not_json(save, content):
    """A script or a web page under a notebook's name."""
    assert "damaged" in refusal(save(content))


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


@pytest.mark.parametrize("content", [b"\x80\x81\xfe\xff", b"PK\x03\x04\x14\x00\x00\x08\xd5\xff"])
def test_binary(save, content):
    """A picture or an archive under a notebook's name."""
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
    monkeypatch.setattr(notebook_module, "MAX_FILE_MB", 0.001)
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
        {"cells": [3]},
        {"cells": [{"cell_type": "code"}]},
        {"metadata": []},
        {"nbformat_minor": "five"},
        # found by fuzzing: nbformat does not validate the cells of a newer format
        {"nbformat_minor": 6, "cells": [{"cell_type": "html", "id": "a", "metadata": {}}]},
        {"nbformat_minor": 10**9, "cells": [{"cell_type": {}, "id": "a", "metadata": {}}]},
    ],
)
def test_malformed_parts(save, data, change):
    """A notebook that its schema does not allow is refused with the reason."""
    assert "not a valid notebook" in refusal(save({**data, **change}))


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
