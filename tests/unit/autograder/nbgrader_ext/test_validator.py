"""``nbgrader validate`` refuses what grading refuses, with the same sentence."""

import io
import json

import pytest
from nbgrader.validator import Validator
from traitlets.config import Config

from autograder.course.notebook import read_notebook, write_notebook
from autograder.errors import BadSubmissionError
from autograder.grading.grade import read_submission
from autograder.nbgrader_ext import validator
from autograder.nbgrader_ext.validator import CourseValidator
from tests.conftest import ASSIGNMENT
from utils.checking.validation import adapt_validation


class ValidatorWithoutKernel(CourseValidator):
    """Runs nothing: then no check of a notebook that grading accepts fails."""

    def _preprocess(self, nb):
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        return nb


@pytest.fixture
def validate(course, monkeypatch):
    """Validate a notebook; what nbgrader's page gets, and what its command prints."""
    monkeypatch.setattr("nbgrader.validator.read_nb", validator.nbgrader.validator.read_nb)
    monkeypatch.setattr("nbgrader.validator.Validator.validate", Validator.validate)
    validator.install()
    adapt_validation()

    def run(path, root=course.root):
        config = Config()
        config.CourseDirectory.root = str(root)
        tested = ValidatorWithoutKernel(config=config, ignore_checksums=True)
        tested.stream = io.StringIO()
        results = tested.validate(str(path))
        tested.validate_and_print(str(path))
        return results, " ".join(tested.stream.getvalue().split())

    return run


def foreign(_):
    """A notebook of another course."""
    cell = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": [], "id": "x"}
    cell["execution_count"] = None
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


REFUSED = {
    "empty": lambda _: "",
    "truncated": lambda text: text[: len(text) // 2],
    "a web page": lambda _: "<!DOCTYPE html><html></html>",
    "a git conflict": lambda text: f"<<<<<<< HEAD\n{text}\n=======\n{text}\n>>>>>>> 4e2b407",
    "format 99": lambda text: text.replace('"nbformat": 4', '"nbformat": 99'),
    "another course's": foreign,
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("file", [ASSIGNMENT, "My copy"])
def test_what_grading_refuses_fails(assignment, validate, tmp_path, name, file):
    """The page and the command say the sentence that grading says."""
    path = tmp_path / f"{file}.ipynb"
    path.write_text(REFUSED[name](assignment.release.read_text("utf-8")), "utf-8")
    with pytest.raises(BadSubmissionError) as refusal:
        read_submission(path, assignment)
    results, printed = validate(path)
    (failure,) = results["failed"]
    assert failure["source"] == path.name
    expected = str(refusal.value).replace(str(path), path.name)
    assert " ".join(failure["raw_error"].split()) == expected
    assert "VALIDATION FAILED ON 1 CELL(S)" in printed
    assert "..." not in printed
    assert "Traceback" not in printed


def without_output_keys(data):
    """Code cells as some programs write them."""
    for cell in data["cells"]:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def with_broken_outputs(data):
    """Saved outputs that no format allows."""
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "execute_result", "data": {}, "metadata": {}}]


@pytest.mark.parametrize("change", [without_output_keys, with_broken_outputs])
def test_what_grading_repairs_is_read(assignment, validate, tmp_path, change):
    """Neither a refusal nor a traceback: the checks are run."""
    data = json.loads(assignment.release.read_text("utf-8"))
    change(data)
    path = tmp_path / f"{ASSIGNMENT}.ipynb"
    path.write_text(json.dumps(data), "utf-8")
    assert read_submission(path, assignment)
    results, printed = validate(path)
    assert results == {}
    assert "Success" in printed


def test_without_source_notebooks_only_the_form_counts(validate, tmp_path):
    """On a student's machine nobody can tell whose notebook it is."""
    path = tmp_path / "other.ipynb"
    path.write_text(foreign(""), "utf-8")
    assert "None of the course's checks" in validate(path, root=tmp_path)[1]
    path.write_text("{", "utf-8")
    assert "is damaged" in validate(path, root=tmp_path)[1]


def test_a_copy_with_lost_metadata_is_not_called_a_success(assignment, validate, tmp_path):
    """Grading finds its cells again, but here nothing can be checked, and the student is told."""
    notebook = read_notebook(assignment.release).notebook
    for cell in notebook.cells:
        cell.metadata = {}
    path = tmp_path / "copy.ipynb"
    write_notebook(notebook, path)
    assert read_submission(path, assignment)
    assert "so nothing was checked" in validate(path)[1]
