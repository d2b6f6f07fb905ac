"""The engine grades as a plain kernel does, and shows what a plain kernel shows.

A kernel takes seconds to start and to import what the zygote has imported already, so only a few
samples of each assignment are compared. ``FULL=1`` compares all, and runs the training cells, too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from nbformat import NotebookNode

from autograder.authoring.examples import Example, load_examples
from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Assignment, Course
from autograder.engine.trusted.sanitizer import clean_output
from autograder.grading.grade import grade_restored
from autograder.grading.restore import restore
from autograder.models import CellResult, CheckResult, Grade
from autograder.runners.interface import Runner
from autograder.runners.jailed import JailedRunner
from autograder.runners.kernel import KernelRunner
from tests.support.solutions import ROOT

FULL = os.environ.get("FULL") == "1"
FEW = ("other_correct_way", "regularization-syntax_error", "regularization-untouched")

COURSE = Course(ROOT)
ASSIGNMENTS = {
    path.parent.name: COURSE.assignment(path.parent.name)
    for path in sorted(COURSE.assignments_dir.glob("*/assignment.toml"))
    if COURSE.assignment(path.parent.name).source.is_file()
}
SAMPLES = {
    f"{name}-{example.name}": (assignment, example)
    for name, assignment in ASSIGNMENTS.items()
    for example in load_examples(assignment)
}

# What a progress bar shows depends on the machine, and so do the results of a race of functions.
TIMING = "race("
STREAMS = ("stdout", "stderr")
LINE = re.compile(r" in line \d+ \(`.*?`\)")
PROGRESS = re.compile(r"\d%\|.*\d+/\d+ \[")


@pytest.fixture(scope="module")
def engine() -> Iterator[JailedRunner]:
    """A runner with every layer that this machine has."""
    with JailedRunner() as runner:
        yield runner


def graded(assignment: Assignment, example: Example, runner: Runner) -> Grade:
    """An example's grade by one of the runners."""
    notebook, _ = restore(example.notebook(assignment), assignment.notebook)
    options = GradingOptions(seed="equivalence")
    return grade_restored(
        notebook, _patient(assignment), runner, options, student=example.student, files=None
    ).grade


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_gets_what_it_states(engine, sample):
    """Score, points of single cells and messages, for the whole sample class.

    ``autograder check`` tests the same with the course's own seed, and is a part of ``make test``.
    """
    assignment, example = SAMPLES[sample]
    assert list(example.faults(graded(assignment, example, engine))) == []


@pytest.mark.slow
@pytest.mark.parametrize("sample", [s for s in SAMPLES if FULL or s.endswith(FEW)])
def test_engine_and_kernel_agree_cell_by_cell(engine, sample):
    """Points, verdicts and messages of each check are the same, where the kernel knows them."""
    assignment, example = SAMPLES[sample]
    ours = graded(assignment, example, engine)
    plain = graded(assignment, example, KernelRunner())
    for our_cell, plain_cell in zip(ours.cells, plain.cells, strict=True):
        assert _as_kernel(our_cell, plain_cell) == plain_cell


def _as_kernel(ours: CellResult, plain: CellResult) -> CellResult:
    """``ours`` without what only the engine can say.

    To name a mistake takes recorded calls; and in a hidden check only the engine can tell that a
    line is in the notebook, so only the engine shows the line.
    """

    def without_extras(our_check: CheckResult, plain_check: CheckResult) -> CheckResult:
        if our_check.mistake or LINE.sub("", our_check.message) == plain_check.message:
            return replace(our_check, message=plain_check.message, mistake=None)
        return our_check

    checks = map(without_extras, ours.checks, plain.checks)
    return replace(ours, checks=tuple(checks))


@pytest.mark.slow
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_engine_shows_what_a_kernel_shows(engine, name):
    """Text, HTML and figures of the executed source notebook, byte for byte."""
    ours, plain = (_executed(ASSIGNMENTS[name], runner) for runner in (engine, KernelRunner()))
    for number, (our_cell, plain_cell) in enumerate(zip(ours.cells, plain.cells, strict=True)):
        if our_cell.cell_type == "code" and TIMING not in our_cell.source:
            assert _shown(our_cell) == _shown(plain_cell), f"cell {number}:\n{our_cell.source}"


def _executed(assignment: Assignment, runner: Runner) -> NotebookNode:
    notebook, _ = restore(assignment.notebook, assignment.notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    limits = _patient(assignment).limits
    runner.run(notebook, limits=limits, seed="", files=None, rerun_experiments=FULL)
    return notebook


def _patient(assignment: Assignment) -> Assignment:
    """The assignment with limits that a busy machine does not reach, either."""
    patient = Course(assignment.course.root).assignment(assignment.name)
    limits = replace(patient.limits, cell_seconds=300, submission_seconds=1200)
    vars(patient)["limits"] = limits  # where the cached property keeps its value
    return patient


def _shown(cell: NotebookNode) -> list[Any]:
    """What a person sees of a cell's outputs, without what depends on time and machine."""
    shown: list[Any] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if shown and shown[-1][0] == output.name:
                shown[-1] = (output.name, shown[-1][1] + output.text)
            else:
                shown.append((output.name, output.text))
        elif output.output_type == "error":
            shown.append((output.ename, output.evalue))
        else:
            cleaned = clean_output(output)  # as the engine does: no script, no widget
            data = dict(cleaned["data"])
            data["text/plain"] = _without_progress(data.get("text/plain", ""))
            removed = data.get("text/html") == ""  # a progress bar, after its end
            if any(data.values()) and not removed:
                shown.append((output.output_type, data, dict(cleaned["metadata"])))
    plain = [
        (kind, _without_progress(text[0]), *text[1:]) if kind in STREAMS else (kind, *text)
        for kind, *text in shown
    ]
    return [output for output in plain if output[1]]


def _without_progress(text: str) -> str:
    lines = re.split(r"[\r\n]+", text)
    return "\n".join(line for line in lines if line.strip() and not PROGRESS.search(line))
