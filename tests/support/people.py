"""What an instructor and a student do with nbgrader's pages in JupyterLab, step by step."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from playwright.sync_api import Browser, FrameLocator, Locator, Page

from autograder.course.notebook import grade_id, is_manual, is_solution
from tests.support.jupyterlab import READY_SECONDS, Lab


@dataclass
class LabUser:
    """A person with their own JupyterLab and their own browser window.

    Attributes:
        lab: The person's JupyterLab.
        browser: The browser that the window is opened in.
        pictures: The folder for screenshots.
        page: The only tab of the window.
    """

    lab: Lab
    browser: Browser
    pictures: Path
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        """Open JupyterLab."""
        self.page = self.browser.new_context(
            viewport={"width": 1500, "height": 1000}, reduced_motion="reduce"
        ).new_page()
        self.page.set_default_timeout(READY_SECONDS * 1000)
        self.page.goto(f"{self.lab.url}/lab?token={self.lab.token}")

    def picture(self, name: str) -> None:
        """Take a screenshot, for people who want to see what the test saw."""
        self.page.screenshot(path=self.pictures / f"two-users-{name}.png")

    def choose(self, command: str) -> None:
        """Open one of nbgrader's pages from the menu."""
        self.page.locator("li.lm-MenuBar-item:has-text('Nbgrader')").click()
        self.page.locator(f"li[data-command='nbgrader:{command}']").click()

    def close(self) -> None:
        """Close the browser's window."""
        self.page.context.close()


class Instructor(LabUser):
    """Works in formgrader."""

    @property
    def formgrader(self) -> FrameLocator:
        """Pages of formgrader, which JupyterLab shows in a frame."""
        return self.page.frame_locator("#formgrader-iframe iframe")

    def open_course(self, course: str) -> None:
        """Open the list of courses, and from there the formgrader of a course."""
        self.choose("open-course-list")
        link = self.page.locator("#formgrader_list .list_item a", has_text=course)
        link.wait_for()
        self.picture("01-course-list")
        link.click()

    def row(self, text: str) -> Locator:
        """The row with this text in the table that formgrader shows."""
        return self.formgrader.locator("#main-table tr", has_text=text)

    def go(self, section: str) -> None:
        """Follow a link on the left side of formgrader."""
        self.formgrader.locator(".nav-stacked a", has_text=section).click()

    def press(self, button: Locator, picture: str) -> tuple[str, str]:
        """Press a button, wait for its dialog and close it; returns its title and text."""
        button.click()
        window = self.formgrader.locator(".modal.in")
        window.locator(".modal-footer button").wait_for()
        title, text = window.locator(".modal-title").inner_text(), window.inner_text()
        self.picture(picture)
        window.locator(".modal-footer button").click()
        self.formgrader.locator(".modal").wait_for(state="detached")
        return title, text

    def open_submission(self, assignment: str) -> None:
        """Open the only submission on the page on which written answers are graded."""
        self.go("Manual Grading")
        for _ in ("the assignment", "its notebook"):
            self.row(assignment).get_by_role("link", name=assignment).click()
        self.formgrader.get_by_role("link", name="Submission #1").click()
        self.formgrader.locator(".nbgrader_cell").first.wait_for()
        self.formgrader.locator("body").evaluate(LOADED)  # what is entered earlier is not saved

    def leave_submission(self) -> None:
        """Go back from there to the list of assignments."""
        self.formgrader.locator(".breadcrumb a", has_text="Manual Grading").click()
        self.go("Manage Assignments")

    def grade(self, cell: str, points: int, comment: str) -> None:
        """Enter points and a comment for a written answer, and wait until both are saved."""
        for selector, text, api in (
            (f"#{cell}", str(points), "/api/grade/"),
            (f"#{cell}-comment", comment, "/api/comment/"),
        ):
            field = self.formgrader.locator(selector)
            field.fill(text)
            with self.page.expect_response(lambda answer, api=api: _saved(answer, api)):
                field.press("Tab")


def _saved(answer, api: str) -> bool:
    return api in answer.url and answer.request.method == "PUT" and answer.ok


LOADED = """() => new Promise((done) => {
    const look = () => {
        const both = [window.formgrader?.grades, window.formgrader?.comments];
        both.every((collection) => collection?.loaded) ? done() : setTimeout(look, 50);
    };
    look();
})"""


class Student(LabUser):
    """Works in the list of assignments and in a notebook."""

    def open_list(self) -> None:
        """Open the list of assignments, or return to it and refresh it."""
        tab = self.page.locator(".lm-TabBar-tab", has_text="Assignments")
        if tab.count():
            tab.click()
            with self.page.expect_response(re.compile(r"/assignments\?")):
                self.page.locator("#refresh_assignments_list").click()
        else:
            self.choose("open-assignment-list")

    def item(self, kind: str, assignment: str) -> Locator:
        """An assignment in the list: ``released``, ``fetched`` or ``submitted``."""
        return self.page.locator(f"#{kind}_assignments_list > .list_item", has_text=assignment)

    def fetch(self, assignment: str) -> None:
        """Fetch a released assignment."""
        button = self.item("released", assignment).get_by_role("button", name="Fetch")
        button.wait_for()
        self.picture("04-released")
        button.click()
        self.item("fetched", assignment).wait_for()

    def open_notebook(self, assignment: str) -> None:
        """Open the fetched notebook from the list."""
        item = self.item("fetched", assignment)
        item.locator(".assignment-notebooks-link").click()
        item.locator(".nested_list_item .item_name a").click()
        self.page.locator(".jp-CodeCell").first.wait_for()
        self.page.locator("#jp-bottom-panel", has_text="| Idle").wait_for()  # its kernel is ready

    def fill(self, filled: NotebookNode, typed: dict[str, tuple[str, str]]) -> None:
        """Fill the stubs.

        Args:
            filled: The notebook with the answers, which are inserted as if they were pasted.
            typed: By cell, an answer that is typed key by key instead: a line of the stub, and the
                line that replaces it.
        """
        for cell in filled.cells:
            if cell.cell_type != "code" or not is_solution(cell):
                continue
            name = re.search(r"^def \w+\(", cell.source, re.MULTILINE).group()
            stub = self.page.locator(".jp-CodeCell", has_text=name).filter(has_text="START CODE")
            if grade_id(cell) in typed:
                line, text = typed[grade_id(cell)]
                stub.locator(".cm-line", has_text=line).click()
                self.page.keyboard.press("End")
                self.page.keyboard.press("Shift+Home")
                self.page.keyboard.type(text)
            else:
                stub.locator(".cm-content").click()
                self.page.keyboard.press("ControlOrMeta+A")
                self.page.keyboard.insert_text(cell.source)

    def write(self, number: int, text: str) -> None:
        """Write an answer in words; ``number`` counts them from 0."""
        cell = self.page.locator(".jp-MarkdownCell", has_text="Write your answer here").nth(number)
        cell.dblclick()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Shift+Enter")

    def report(self, function: str) -> str:
        """The text of the check report under a function's stub."""
        report = self.page.locator(".check-report", has_text=function).first
        report.wait_for()
        report.scroll_into_view_if_needed()
        self.picture("06-check")
        return report.inner_text()

    def validate(self) -> str:
        """Press Validate, which also saves, and close its dialog; returns the dialog's text."""
        self.page.locator(".validate-button").click()
        window = self.page.locator(".nbgrader-ErrorDialog, .nbgrader-SuccessDialog")
        window.wait_for()
        self.picture("07-validate")
        text = window.inner_text()
        window.get_by_role("button").last.click()
        window.wait_for(state="detached")
        return text

    def submit(self, assignment: str) -> str:
        """Submit an assignment; returns its line in the list of submitted ones."""
        self.open_list()
        self.item("fetched", assignment).get_by_role("button", name="Submit").click()
        item = self.item("submitted", assignment)
        item.wait_for()
        self.picture("08-submitted")
        return item.inner_text()

    def fetch_feedback(self, assignment: str) -> None:
        """Fetch the feedback, and open the folder that it is in."""
        self.open_list()
        item = self.item("submitted", assignment)
        item.get_by_text("feedback available to fetch").wait_for()
        item.get_by_role("button", name="Fetch Feedback").click()
        link = item.get_by_text("view feedback")
        link.wait_for()
        self.picture("15-feedback-fetched")
        link.click()

    def read_feedback(self, assignment: str, function: str) -> str:
        """Open the feedback page in JupyterLab with a double click; returns its text."""
        self.page.locator(".jp-DirListing-item", has_text=f"{assignment}.html").dblclick()
        shown = self.page.frame_locator(".jp-HTMLViewer iframe")
        shown.locator("body").wait_for()
        self.picture("16-feedback")
        report = shown.locator(".check-report", has_text=function).first
        report.scroll_into_view_if_needed()
        self.picture("17-feedback-mistake")
        return shown.locator("body").inner_text()


def written(notebook: NotebookNode) -> list[str]:
    """The names of the cells that are graded by hand, in order."""
    return [str(grade_id(cell)) for cell in notebook.cells if is_manual(cell)]
