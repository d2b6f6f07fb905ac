# ruff: noqa: INP001, S603, S607, T201  a script beside what it makes
"""Makes the pictures that README and the first page show: ``make pictures``.

A sample class is graded, and what each user then sees is photographed in Chromium, as the browser
tests do it: the student's notebook and feedback page, the terminal, the class report.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page
from rich.console import Console
from rich.text import Text

from autograder.authoring.examples import load_examples
from autograder.course.layout import Course
from autograder.course.notebook import is_experiment, read_notebook, write_notebook
from autograder.nbgrader_ext.feedback import feedback_run
from tests.conftest import copy_course
from tests.support.jupyterlab import chromium, jupyter_lab
from utils.checking.hints import FILE

PLACE = Path(__file__).parent / "pictures"
NAME, STUDENT, REPORT = "regularization", "goran", 2
WIDTH = 1100
COLOURS = 96


def main() -> None:
    """All four."""
    PLACE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        course = _graded_class(Path(folder) / "course")
        _terminal(course, browser)
        _feedback(course, browser)
        _report(course, browser)
        _notebook(course, browser, Path(folder))


def _graded_class(root: Path) -> Course:
    course = copy_course(root)
    assignment = course.assignment(NAME)
    _run(course, "build", NAME)
    for example in load_examples(assignment):
        example.write(assignment, course.submitted_dir)
    _run(course, "grade", NAME)
    list(feedback_run(course, NAME, student=STUDENT).run())
    _run(course, "report", NAME, "--output", "report.html")
    return course


def _run(course: Course, *arguments: str) -> str:
    """What a command prints on a terminal of a hundred columns."""
    terminal = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": "100", "TERM": "xterm-256color"}
    return subprocess.run(
        ["autograder", *arguments],
        cwd=course.root,
        env=terminal,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _terminal(course: Course, browser: Browser) -> None:
    command = f"submitted/{STUDENT}/{NAME}/{NAME}.ipynb"
    said = _run(course, "try", command)
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    console.print(f"[bold]$[/bold] autograder try {command}", highlight=False)
    console.print(Text.from_ansi(said))
    page = browser.new_page(viewport={"width": WIDTH, "height": 400})
    page.set_content(console.export_html(inline_styles=True))
    page.add_style_tag(content="body { margin: 0; width: max-content } pre { padding: 14px }")
    _save("terminal", page.locator("body").screenshot())


def _feedback(course: Course, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": 560})
    page.goto((course.root / "feedback" / STUDENT / NAME / f"{NAME}.html").as_uri())
    _show(page, page.locator(".check-report").nth(REPORT))
    _save("feedback", page.screenshot())


def _report(course: Course, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": 900})
    page.goto((course.root / "report.html").as_uri())
    _save("report", page.screenshot())


def _notebook(course: Course, browser: Browser, folder: Path) -> None:
    """As the student has it, without the training, which takes its time."""
    notebook = read_notebook(course.submitted_dir / STUDENT / NAME / f"{NAME}.ipynb").notebook
    notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
    root = folder / "student"
    write_notebook(notebook, root / f"{NAME}.ipynb")
    shutil.copy(course.assignment(NAME).release.parent / FILE, root)
    page = browser.new_page(viewport={"width": WIDTH, "height": 700})
    with jupyter_lab(root, folder / "home") as lab:
        lab.open_notebook(page, f"{NAME}.ipynb")
        lab.run_all(page)
        report = page.locator(".check-report").nth(REPORT)
        report.wait_for(timeout=120_000)  # until the notebook has run that far
        _show(page, report)
        _save("notebook", page.screenshot())


def _show(page: Page, wanted: Locator) -> None:
    """With what comes before it in sight."""
    wanted.evaluate("element => element.scrollIntoView({block: 'end'})")
    page.wait_for_function("document.fonts.status === 'loaded'")


def _save(name: str, png: bytes) -> None:
    """In few colours, so that the repository stays small."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS)
    picture.save(PLACE / f"{name}.png", optimize=True)
    print(f"{PLACE / name}.png: {(PLACE / f'{name}.png').stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
