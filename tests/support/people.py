"""What an instructor and a student do with nbgrader's pages in JupyterLab."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from playwright.sync_api import Browser, FrameLocator, Locator, Page

from autograder.course.notebook import grade_id, is_manual, is_solution
from tests.support.jupyterlab import READY_SECONDS, Lab


@dataclass
class Person:
    """Somebody before a JupyterLab of their own, with a browser of their own.

    Attributes:
        page: The one tab that they keep open.
    """

    lab: Lab
    browser: Browser
    pictures: Path
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        """Sign in."""
        self.page = self.browser.new_context(
            viewport={"width": 1500, "height": 1000}, reduced_motion="reduce"
        ).new_page()
        self.page.set_default_timeout(READY_SECONDS * 1000)
        self.page.goto(f"{self.lab.url}/lab?token={self.lab.token}")

    def picture(self, name: str) -> None:
        """A picture for a person to look at."""
        self.page.screenshot(path=self.pictures / f"two-users-{name}.png")

    def choose(self, command: str) -> None:
        """Open one of nbgrader's pages from the menu."""
        self.page.locator("li.lm-MenuBar-item:has-text('Nbgrader')").click()
        self.page.locator(f"li[data-command='nbgrader:{command}']").click()

    def close(self) -> None:
        """Close the browser's window."""
        self.page.context.close()


class Instructor(Person):
    """Works in formgrader."""

    @property
    def formgrader(self) -> FrameLocator:
        """Formgrader's pages, inside JupyterLab's."""
        return self.page.frame_locator("#formgrader-iframe iframe")

    def open_course(self, course: str) -> None:
        """From the list of courses to its formgrader."""
        self.choose("open-course-list")
        link = self.page.locator("#formgrader_list .list_item a", has_text=course)
        link.wait_for()
        self.picture("01-course-list")
        link.click()

    def row(self, text: str) -> Locator:
        """A row of the table that formgrader shows."""
        return self.formgrader.locator("#main-table tr", has_text=text)

    def go(self, place: str) -> None:
        """Follow a link of formgrader's left side."""
        self.formgrader.locator(".nav-stacked a", has_text=place).click()

    def press(self, button: Locator, picture: str) -> tuple[str, str]:
        """Press a button of a row and wait for its window; its title and text. Closes it."""
        button.click()
        window = self.formgrader.locator(".modal.in")
        window.locator(".modal-footer button").wait_for()
        told = window.locator(".modal-title").inner_text(), window.inner_text()
        self.picture(picture)
        window.locator(".modal-footer button").click()
        self.formgrader.locator(".modal").wait_for(state="detached")
        return told

    def open_submission(self, assignment: str) -> None:
        """To the only submission, where written answers are graded."""
        self.go("Manual Grading")
        for _ in ("the assignment", "its notebook"):
            self.row(assignment).get_by_role("link", name=assignment).click()
        self.formgrader.get_by_role("link", name="Submission #1").click()
        self.formgrader.locator(".nbgrader_cell").first.wait_for()
        self.formgrader.locator("body").evaluate(LOADED)  # what is written before is not saved

    def leave_submission(self) -> None:
        """From there back to the list of assignments."""
        self.formgrader.locator(".breadcrumb a", has_text="Manual Grading").click()
        self.go("Manage Assignments")

    def grade(self, cell: str, points: int, comment: str) -> None:
        """Give points and a comment to a written answer; wait until both are saved."""
        for place, text, api in (
            (f"#{cell}", str(points), "/api/grade/"),
            (f"#{cell}-comment", comment, "/api/comment/"),
        ):
            where = self.formgrader.locator(place)
            where.fill(text)
            with self.page.expect_response(lambda answer, api=api: _saved(answer, api)):
                where.press("Tab")


def _saved(answer, api: str) -> bool:
    return api in answer.url and answer.request.method == "PUT" and answer.ok


LOADED = """() => new Promise((done) => {
    const look = () => {
        const both = [window.formgrader?.grades, window.formgrader?.comments];
        both.every((one) => one?.loaded) ? done() : setTimeout(look, 50);
    };
    look();
})"""


class Student(Person):
    """Works in the list of assignments and in a notebook."""

    def open_list(self) -> None:
        """Open the list of assignments, or come back to it and read it anew."""
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
        self.page.locator("#jp-bottom-panel", has_text="| Idle").wait_for()  # it has its kernel

    def fill(self, filled: NotebookNode, typed: dict[str, tuple[str, str]]) -> None:
        """Fill the stubs.

        Args:
            filled: What the solution cells are to say; it is put in as a paste would be.
            typed: By cell, what is typed key by key instead: the line that it replaces, the line.
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
        """Write one of the answers in words, counted from 0."""
        cell = self.page.locator(".jp-MarkdownCell", has_text="Write your answer here").nth(number)
        cell.dblclick()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Shift+Enter")

    def report(self, function: str) -> str:
        """What the check under a function's stub says."""
        report = self.page.locator(".check-report", has_text=function).first
        report.wait_for()
        report.scroll_into_view_if_needed()
        self.picture("06-check")
        return report.inner_text()

    def validate(self) -> str:
        """Press Validate, which saves first; what its window says. Closes it."""
        self.page.locator(".validate-button").click()
        window = self.page.locator(".nbgrader-ErrorDialog, .nbgrader-SuccessDialog")
        window.wait_for()
        self.picture("07-validate")
        told = window.inner_text()
        window.get_by_role("button").last.click()
        window.wait_for(state="detached")
        return told

    def submit(self, assignment: str) -> str:
        """Hand in; what the list says then."""
        self.open_list()
        self.item("fetched", assignment).get_by_role("button", name="Submit").click()
        item = self.item("submitted", assignment)
        item.wait_for()
        self.picture("08-submitted")
        return item.inner_text()

    def fetch_feedback(self, assignment: str) -> None:
        """Fetch what was given back, and go to the folder where it lies."""
        self.open_list()
        item = self.item("submitted", assignment)
        item.get_by_text("feedback available to fetch").wait_for()
        item.get_by_role("button", name="Fetch Feedback").click()
        link = item.get_by_text("view feedback")
        link.wait_for()
        self.picture("15-feedback-fetched")
        link.click()

    def read_feedback(self, assignment: str, function: str) -> str:
        """Open the page in JupyterLab, as a double click does; all that it says."""
        self.page.locator(".jp-DirListing-item", has_text=f"{assignment}.html").dblclick()
        shown = self.page.frame_locator(".jp-HTMLViewer iframe")
        shown.locator("body").wait_for()
        self.picture("16-feedback")
        report = shown.locator(".check-report", has_text=function).first
        report.scroll_into_view_if_needed()
        self.picture("17-feedback-mistake")
        return shown.locator("body").inner_text()


def written(notebook: NotebookNode) -> list[str]:
    """The names of the cells that are graded by hand, in their order."""
    return [str(grade_id(cell)) for cell in notebook.cells if is_manual(cell)]
