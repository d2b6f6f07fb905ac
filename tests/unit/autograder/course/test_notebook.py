"""Whatever a student hands in is read, or refused with one sentence."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import notebook as rooms
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
    """The sentence with which a notebook is refused."""
    with pytest.raises(BadSubmissionError) as caught:
        read_notebook(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    assert "Traceback" not in text
    assert text.endswith(".")
    return text


def test_a_sound_notebook_is_read_as_it_is(save, data):
    """Nothing is repaired where nothing is broken."""
    read = read_notebook(save(data))
    assert read.notes == ()
    assert [cell.source for cell in read.notebook.cells] == [c["source"] for c in data["cells"]]
    assert [cell.id for cell in read.notebook.cells] == ["title", "f", "f-check"]


def test_a_byte_order_mark_is_no_hindrance(save, data):
    """Some Windows tools put one before the JSON."""
    path = save(b"\xef\xbb\xbf" + json.dumps(data).encode())
    assert len(read_notebook(path).notebook.cells) == 3


def test_truncated(save, data):
    """A file that breaks off says so, and where."""
    text = json.dumps(data, indent=1)
    message = refusal(save(text[: len(text) // 2]))
    assert "damaged" in message
    assert "line" in message


@pytest.mark.parametrize("content", ["", " \n\t\n"])
def test_empty(save, content):
    """A file of nothing, or of blanks, is called empty."""
    assert "is empty" in refusal(save(content))


@pytest.mark.parametrize("content", ["import numpy as np\n", "{'nbformat': 4}", "<html></html>"])
def test_not_json(save, content):
    """A script or a page under a notebook's name is refused."""
    assert "damaged" in refusal(save(content))


@pytest.mark.parametrize("content", [[], 3, None, "text", {}, {"nbformat": "4"}, {"cells": []}])
def test_json_that_is_no_notebook(save, content):
    """JSON of another kind is refused."""
    assert "not a Jupyter notebook" in refusal(save(json.dumps(content)))


def test_missing_file(tmp_path):
    """A path that leads nowhere is a sentence, too."""
    assert "cannot be read" in refusal(tmp_path / "nowhere.ipynb")


def test_folder_under_a_notebooks_name(tmp_path):
    """A folder in the notebook's place is a sentence."""
    (tmp_path / "homework.ipynb").mkdir()
    assert "cannot be read" in refusal(tmp_path / "homework.ipynb")


@pytest.mark.parametrize("content", [b"\x80\x81\xfe\xff", b"PK\x03\x04\x14\x00\x00\x08\xd5\xff"])
def test_binary(save, content):
    """A picture or an archive under a notebook's name is refused."""
    assert "UTF-8" in refusal(save(content))


@pytest.mark.parametrize("major", [-1, 0, 1, 2, 5, 99])
def test_formats_that_cannot_be_read(save, data, major):
    """Formats too old or from the future are named."""
    data["nbformat"] = major
    assert f"format {major};" in refusal(save(data))


def test_format_3_is_brought_up_to_date(save):
    """A notebook of the old format, as IPython 2 wrote it, is upgraded."""
    code = nbformat.v3.new_code_cell(input="x = 1", prompt_number=1)
    sheet = nbformat.v3.new_worksheet(cells=[code, nbformat.v3.new_text_cell("markdown", "hi")])
    old = nbformat.v3.new_notebook(worksheets=[sheet])
    read = read_notebook(save(nbformat.v3.writes_json(old)))
    assert [cell.source for cell in read.notebook.cells] == ["x = 1", "hi"]
    assert (read.notebook.nbformat, read.notebook.nbformat_minor) == (4, 5)
    nbformat.validate(read.notebook)


def test_format_4_0_is_brought_up_to_date(save, data):
    """A notebook from before cell ids gets them."""
    data["nbformat_minor"] = 0
    for cell in data["cells"]:
        del cell["id"]
    read = read_notebook(save(data))
    assert read.notebook.nbformat_minor == 5
    assert len({cell.id for cell in read.notebook.cells}) == 3


def test_duplicated_ids_are_renamed_and_noted(save, data):
    """Cells copied by hand keep their text; the second gets an id of its own."""
    data["cells"][1]["id"] = data["cells"][0]["id"]
    read = read_notebook(save(data))
    assert len({cell.id for cell in read.notebook.cells}) == 3
    assert len(read.notebook.cells) == 3
    assert "more than once" in read.notes[0]


@pytest.mark.parametrize("bad", ["", "a b", "é" * 3, "x" * 65, 7, None, ["a"]])
def test_invalid_ids_are_replaced(save, data, bad):
    """An id that nbformat does not accept costs nobody a grade."""
    data["cells"][1]["id"] = bad
    read = read_notebook(save(data))
    nbformat.validate(read.notebook)
    assert read.notebook.cells[1].source == "f = abs"


@pytest.mark.parametrize("ids", [("", "cell-0"), ("cell-1", ""), ("a", "a", "a-1")])
def test_replaced_id_meets_no_other(save, data, ids):
    """The id that stands in for an invalid one may be another cell's own already."""
    for cell, one in zip(data["cells"], ids, strict=False):
        cell["id"] = one
    read = read_notebook(save(data))
    assert len({cell.id for cell in read.notebook.cells}) == 3


def test_fifty_megabytes_of_output_are_dropped(save, data):
    """A saved output beyond the limit is left out and noted; the answer is kept."""
    data["cells"][2]["outputs"][0]["text"] = ["x" * 50 * 2**20]
    read = read_notebook(save(data))
    assert read.notebook.cells[2].outputs == []
    assert read.notebook.cells[2].source == "assert f(-1) == 1"
    assert "cell 3 (50 MB) was dropped" in read.notes[0]


def test_output_limit_is_the_callers(save, data):
    """An assignment may keep more, or less."""
    data["cells"][2]["outputs"][0]["text"] = ["x" * 2**20]
    path = save(data)
    assert read_notebook(path, 2).notes == ()
    assert "dropped" in read_notebook(path, 0.5).notes[0]


def test_huge_file(save, monkeypatch):
    """A file beyond the limit is not even opened."""
    monkeypatch.setattr(rooms, "MAX_FILE_MB", 0.001)
    message = refusal(save(" " * 5000))
    assert "MB" in message
    assert "clear all outputs" in message


def test_too_many_cells(save, data, monkeypatch):
    """A notebook of thousands of cells is refused."""
    monkeypatch.setattr(rooms, "MAX_CELLS", 2)
    assert "3 cells" in refusal(save(data))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting(save, opening):
    """JSON nested beyond any notebook ends as a sentence, not as a RecursionError."""
    assert refusal(save('{"nbformat": 4, "metadata": ' + opening * 100_000))


def test_deep_nesting_of_whole_json(save):
    """The same where the JSON is complete."""
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
        # found by fuzzing: of a later format nbformat lets any kind of cell pass
        {"nbformat_minor": 6, "cells": [{"cell_type": "html", "id": "a", "metadata": {}}]},
        {"nbformat_minor": 10**9, "cells": [{"cell_type": {}, "id": "a", "metadata": {}}]},
    ],
)
def test_malformed_parts(save, data, change):
    """What the schema of notebooks does not allow is refused, with the reason."""
    assert "not a valid notebook" in refusal(save({**data, **change}))


@given(strategies.damaged_notebooks())
def test_no_damage_ends_otherwise_than_in_a_sentence(tmp_path_factory, raw):
    """Whatever happened to a file: it is read as a valid notebook or refused in words."""
    path = tmp_path_factory.mktemp("damaged") / "homework.ipynb"
    path.write_bytes(raw)
    try:
        read = read_notebook(path)
    except BadSubmissionError as error:
        assert str(path) in str(error)  # noqa: PT017  either end is fine, nothing else is
        return
    nbformat.validate(read.notebook, relax_add_props=True)
    ids = [cell.id for cell in read.notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in read.notebook.cells:
        rooms.grade_id(cell)
        assert isinstance(rooms.tags_of(cell), list)


@given(strategies.json_values)
def test_nbgrader_metadata_is_trusted_in_nothing(value):
    """Whatever stands in place of nbgrader's metadata, asking about the cell raises nothing."""
    cell = nbformat.v4.new_code_cell("x")
    cell.metadata.update(nbgrader=value, tags=value)
    assert rooms.grade_id(cell) is None or isinstance(rooms.grade_id(cell), str)
    assert rooms.is_graded(cell) in (True, False)
    assert rooms.is_solution(cell) in (True, False)
    assert all(isinstance(tag, str) for tag in rooms.tags_of(cell))


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
    """Nbgrader's flags say who decides a cell's points."""
    kind = nbformat.v4.new_markdown_cell if role.get("task") else nbformat.v4.new_code_cell
    cell = kind("x", metadata={"nbgrader": {"grade_id": "x", "points": 2, **role}})
    assert rooms.is_test(cell) == (expected == "test")
    assert rooms.is_manual(cell) == (expected == "manual")
    assert rooms.is_graded(cell) == (expected in ("test", "manual"))


def test_a_graded_cell_is_no_experiment():
    """The tag does not take a test out of the grading."""
    role = {"grade_id": "x", "grade": True, "solution": False, "points": 1}
    cell = nbformat.v4.new_code_cell("x", metadata={"tags": ["experiment"], "nbgrader": role})
    assert not rooms.is_experiment(cell)
    del cell.metadata["nbgrader"]
    assert rooms.is_experiment(cell)


@given(st.lists(strategies.text, max_size=3))
def test_a_written_notebook_is_read_back(tmp_path_factory, sources):
    """Writing and reading are inverse."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    path = tmp_path_factory.mktemp("written") / "homework.ipynb"
    assert write_notebook(made, path)
    assert read_notebook(path).notebook == made
