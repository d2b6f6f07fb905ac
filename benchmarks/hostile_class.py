"""What five hostile submissions cost a class of fifty: grading and feedback, with and without them.

    python benchmarks/hostile_class.py [STUDENTS] [HOSTILE]

Their texts are slow to render, nested too deeply, or large beyond measure. The class must be done
in at most twice the time, everybody must have a page, and nothing may be left in the temporary
folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.authoring.build import build
from autograder.authoring.examples import load_examples
from autograder.course.layout import CONFIG, Course
from autograder.course.notebook import read_notebook, write_notebook

ROOT = Path(__file__).resolve().parents[1]
NAME = "regularization"
# Added to a submission as cells of its own; the last is a file beside it.
HOSTILE = {
    "environments": [new_markdown_cell("\\begin{a}" * 30_000)],
    "formulas": [new_markdown_cell(text) for text in ("\\\\(" * 5000, "[" * 15_000) for _ in "ab"],
    "nesting": [new_markdown_cell("$" + "\\sqrt" * 60_000 + "x$"), new_markdown_cell("{" * 3000)],
    "colours": [new_code_cell("print('\\x1b[1m' * 300_000)")],
    "sparse": [],
}


def make_class(folder: Path, students: int, hostile: int) -> Course:
    """A course in ``folder`` with a class, some of which are hostile."""
    folder.mkdir()
    shutil.copy(ROOT / CONFIG, folder)
    shutil.copytree(ROOT / "assignments" / NAME, folder / "assignments" / NAME)
    course = Course(folder)
    assignment = course.assignment(NAME)
    build(assignment)
    examples = load_examples(assignment)
    for number in range(students):
        written = examples[number % len(examples)].write(assignment, folder / "made")
        target = course.submitted_dir / f"s{number:03}" / NAME
        shutil.copytree(written.parent, target)
        path = target / f"{NAME}.ipynb"
        if not path.exists():
            next(target.glob("*.ipynb")).rename(path)
        if number < hostile:
            kind = list(HOSTILE)[number % len(HOSTILE)]
            notebook = read_notebook(path).notebook
            notebook.cells += HOSTILE[kind]
            write_notebook(notebook, path)
            if kind == "sparse":
                with (target / "data.bin").open("wb") as file:
                    file.truncate(3 * 2**30)
    shutil.rmtree(folder / "made")
    return course


def measure(course: Course, scratch: Path) -> tuple[float, float, int]:
    """Seconds to grade and to write feedback, and the number of pages."""
    scratch.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    seconds = []
    for command in (["autograder", "grade", NAME], ["nbgrader", "generate_feedback", NAME]):
        start = time.perf_counter()
        subprocess.run(
            command, cwd=course.root, env=environment, check=True, capture_output=True, text=True
        )
        seconds.append(time.perf_counter() - start)
    pages = len(list((course.root / "feedback").glob(f"*/{NAME}/{NAME}.html")))
    return seconds[0], seconds[1], pages


def main(students: int = 50, hostile: int = 5) -> None:
    """Measure both classes and print what they take."""
    with tempfile.TemporaryDirectory() as folder:
        print("| class | grading | feedback | pages | left behind |\n| -- | --: | --: | --: | -- |")
        for name, number in (("ordinary", 0), ("with hostile work", hostile)):
            course = make_class(Path(folder, name), students, number)
            scratch = Path(folder, f"{name} tmp")
            grading, feedback, pages = measure(course, scratch)
            left = ", ".join(sorted(path.name for path in scratch.iterdir())) or "nothing"
            print(f"| {name} | {grading:.1f} s | {feedback:.1f} s | {pages} | {left} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
