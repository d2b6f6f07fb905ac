"""The output of a hostile notebook does nothing on feedback pages and in formgrader."""

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
from autograder.course.notebook import is_solution, read_notebook, write_notebook
from tests.attacks.attack import load, raw_cell
from tests.conftest import ASSIGNMENT
from tests.support.jupyterlab import Lab, jupyter_lab
from utils.labreport.content import read_notebook as read_for_report
from utils.labreport.cover import save_particulars
from utils.labreport.document import Options
from utils.labreport.report import make_report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Without those that only take long to render, which tests/attacks tests.
SLOW = ("endless_markup", "nested_markdown")
ATTACKS = [attack for attack in load("reader") if attack.name not in SLOW]
CONTROL = "<img src=x onerror='window.pwned = 1; fetch(`https://evil.example/`)'>"


@dataclass
class PageMonitor:
    """Records what a page does that it should not do."""

    page: Page
    events: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._request)
        self.page.on("dialog", lambda dialog: self.events.append(f"a dialog: {dialog.message}"))
        self.page.on("popup", lambda popup: self.events.append(f"a window: {popup.url}"))

    def open(self, address: str) -> list[str]:
        """Load a page, trigger events and open everything in it; what it then did."""
        self.events.clear()
        self.page.goto(address, wait_until="load")
        self.page.evaluate(
            """() => {
                for (const element of document.querySelectorAll('body *')) {
                    for (const kind of ['mouseover', 'focus', 'toggle', 'animationend'])
                        element.dispatchEvent(new Event(kind));
                    if (element.tagName === 'DETAILS') element.open = true;
                }
            }"""
        )
        # Errors of images are reported later: wait for that of an image that is added last.
        self.page.evaluate(
            """() => new Promise(done => {
                const last = new Image();
                last.onerror = last.onload = () => requestAnimationFrame(() => setTimeout(done));
                last.src = 'data:image/png;base64,AAAA';
            })"""
        )
        for frame in self.page.frames:
            if frame.evaluate("() => 'pwned' in window"):
                self.events.append(f"a script ran in {frame.url}")
        return self.events

    def _request(self, request) -> None:
        if "evil.example" in request.url or request.method not in {"GET", "HEAD"}:
            self.events.append(f"{request.method} {request.url}")


@pytest.fixture(scope="module")
def course(built, tmp_path_factory) -> Course:
    """A class of two, one of whom submits all attacks in tests/attacks/reader."""
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
                    raw_cell(cell, f"{attack.name}-{number}")
                    for number, cell in enumerate(attack.raw)
                ]
        write_notebook(
            notebook, course.submitted_dir / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        )
    for command in ("autograde", "generate_feedback"):
        process = subprocess.run(
            ["nbgrader", command, ASSIGNMENT], cwd=root, capture_output=True, text=True, check=False
        )
        assert process.returncode == 0, process.stdout + process.stderr
    return course


@pytest.fixture(scope="module")
def server(course, tmp_path_factory) -> Iterator[Lab]:
    """A Jupyter server with formgrader for the course."""
    with jupyter_lab(course.root, tmp_path_factory.mktemp("home")) as lab:
        yield lab


@pytest.fixture
def monitor(page) -> PageMonitor:
    """A page that is monitored."""
    return PageMonitor(page)


def scores(course: Course) -> dict[str, list[tuple[str, float | None, float | None]]]:
    """By student: all scores in the gradebook, by cell."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as gradebook:
        return {
            student: [
                (grade.name, grade.auto_score, grade.manual_score)
                for grade in gradebook.find_submission_notebook(
                    ASSIGNMENT, ASSIGNMENT, student
                ).grades
            ]
            for student in ("ada", "mallory")
        }


def submission_id(course: Course, student: str) -> str:
    """The id of a submission in formgrader's addresses."""
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}", "deep-foundations") as gradebook:
        return str(gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).id)


def test_the_monitor_notices_an_attack(monitor, tmp_path):
    """So that the other tests can fail: the page has a script that was not made safe."""
    path = tmp_path / "page.html"
    path.write_text(f"<p>{CONTROL}</p>")
    assert [event.split(" ")[0] for event in monitor.open(path.as_uri())] == ["GET", "a"]


@pytest.mark.parametrize("student", ["ada", "mallory"])
def test_the_feedback_page_runs_nothing(monitor, course, screenshots, student):
    """No script runs, and nothing is requested from anywhere."""
    path = course.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert monitor.open(path.as_uri()) == []
    monitor.page.screenshot(path=screenshots / f"attack-feedback-{student}.png", full_page=False)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_lab_report_runs_nothing_and_fetches_nothing(
    monitor, course, tmp_path, screenshots, language
):
    """Teachers open it: made of the hostile notebook, once more as text in all its own fields."""
    path = course.submitted_dir / "mallory" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = read_notebook(path).notebook
    hostile = [CONTROL, *(text for attack in ATTACKS for text in attack.cells)]
    fields = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" and ("labreport" in cell.metadata or is_solution(cell))
    ]
    for cell in fields:
        cell.source = "\n\n".join(hostile)
    content = read_for_report(notebook, ASSIGNMENT)
    assert content.principle.written
    assert len(content.own_code) > 5
    report = tmp_path / "report.html"
    save_particulars(tmp_path / "labreport", {"name": CONTROL, "class": CONTROL})
    report.write_bytes(make_report([content], tmp_path, Options(language)).data)
    everything: list[str] = []
    monitor.page.on("request", lambda request: everything.append(request.url))
    assert monitor.open(report.as_uri()) == []
    assert [url for url in everything if not url.startswith("data:")] == [report.as_uri()]
    assert monitor.page.locator("body", has_text="window.pwned").count() == 1
    monitor.page.screenshot(path=screenshots / f"attack-report-{language}.png")


def test_formgrader_runs_nothing_and_no_grade_changes(monitor, server, course, screenshots):
    """A script there would have the instructor's rights."""
    before = scores(course)
    id_ = submission_id(course, "mallory")
    monitor.page.goto(f"{server.url}/api/status?token={server.token}")  # signs in
    events = monitor.open(f"{server.url}/formgrader/submissions/{id_}/?index=0")
    monitor.page.screenshot(path=screenshots / "attack-formgrader.png")
    assert monitor.page.locator(".output", has_text="window.pwned").count() > 5
    assert events == []
    assert scores(course) == before


def test_links_in_formgrader_are_harmless(monitor, server, course):
    """No link in a student's output is a script or an address of this server."""
    id_ = submission_id(course, "mallory")
    monitor.page.goto(f"{server.url}/api/status?token={server.token}")
    monitor.open(f"{server.url}/formgrader/submissions/{id_}/?index=0")
    addresses = monitor.page.evaluate(
        """() => [...document.querySelectorAll('.output a[href], .text_cell a[href]')]
            .map(link => link.href)"""
    )
    own = [url for url in addresses if url.startswith(server.url) and "#" not in url]
    assert own == []
    assert {url.split(":")[0] for url in addresses} <= {"http", "https", "mailto", "attachment"}
