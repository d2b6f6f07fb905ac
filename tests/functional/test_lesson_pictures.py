"""Each picture of a lesson has a description, for readers who cannot see it."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from autograder.course.layout import Course
from autograder.grading.restore import restore
from autograder.runners.jailed import JailedRunner
from tests.support.solutions import ROOT

NAMES = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.toml"))
SHOWN = ("show", "explore", "animate_paths")
DESCRIBED_BY_ITSELF = "regularization_slider"
DRAWN = ("subplots", "plot_", "compare_")
SHORTEST = 40  # characters of a sentence that says what can be seen


def drawing_calls(code: str) -> tuple[list[str], list[ast.Call]]:
    """What a cell draws, by the names of the functions, and its calls that show something."""
    lines = (line for line in code.split("\n") if not line.startswith(("%", "!")))
    drawn, shown = [], []
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in SHOWN:
                shown.append(node)
            elif name.startswith(DRAWN):
                drawn.append(name)
    return drawn, shown


def description(call: ast.Call) -> str:
    """The literal parts of the description in a call; empty if it has none."""
    alt = next((one.value for one in call.keywords if one.arg == "alt"), None)
    if alt is None and len(call.args) > 1:
        alt = call.args[1]
    parts = ast.walk(alt) if alt is not None else ()
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_cell_draws_is_shown_with_a_description(name):
    """By a call that takes one; a figure that a cell leaves open is shown without."""
    found = 0
    for cell in Course(ROOT).assignment(name).notebook.cells:
        if cell.cell_type != "code":
            continue
        drawn, shown = drawing_calls(cell.source)
        assert shown or not drawn or DESCRIBED_BY_ITSELF in cell.source, cell.source
        for call in shown:
            assert len(description(call)) >= SHORTEST, ast.unparse(call)
        found += len(shown)
    assert found >= 5


@pytest.mark.long  # trains all that the lessons train
@pytest.mark.parametrize("name", NAMES)
def test_no_picture_of_the_executed_lesson_lacks_one(name):
    """Whatever put it there; and the lesson runs from its first cell to its last."""
    assignment = Course(ROOT).assignment(name)
    notebook, _ = restore(assignment.notebook, assignment.notebook)
    limits = replace(assignment.limits, cell_seconds=300, submission_seconds=1200)
    with JailedRunner() as runner:
        runner.run(notebook, limits=limits, seed="", files=None, rerun_experiments=True)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert [one for one in outputs if one.output_type == "error"] == []
    pictures = [one for one in outputs if "image/png" in one.get("data", {})]
    assert len(pictures) >= 5
    for picture in pictures:
        assert len(picture.metadata["image/png"]["alt"]) >= SHORTEST
