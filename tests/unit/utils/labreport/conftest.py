"""A small notebook of the course's kind, as a student leaves it."""

from __future__ import annotations

import base64
import io

import nbformat
import pytest
from PIL import Image

from utils.checking.report import MIME

v4 = nbformat.v4


def png(width=40, height=20):
    """The bytes of a picture."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, "PNG")
    return data.getvalue()


def solution(name, source):
    """A cell that the student fills in."""
    cell = v4.new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade_id": name, "solution": True, "grade": False}
    return cell


def answer(name, text):
    """A written answer."""
    cell = v4.new_markdown_cell(text)
    cell.metadata["nbgrader"] = {"grade_id": name, "solution": True, "grade": True}
    return cell


def checked(function, *lines):
    """A check's cell that was run; each line is the check's name, verdict and message."""
    checks = [{"name": name, "verdict": verdict, "message": text} for name, verdict, text in lines]
    data = {MIME: {"function": function, "checks": checks}, "text/plain": "…"}
    cell = v4.new_code_cell("exercise.report()")
    cell.metadata["nbgrader"] = {"grade_id": f"{function}-check", "solution": False, "grade": True}
    cell.outputs = [v4.new_output("execute_result", data)]
    return cell


def figure(data=None, **metadata):
    """A cell that drew a picture."""
    cell = v4.new_code_cell("plt.plot()")
    text = base64.b64encode(data or png()).decode()
    cell.outputs = [v4.new_output("display_data", {"image/png": text}, metadata=metadata)]
    return cell


def own(kind, text):
    """A cell that is there for the report."""
    return v4.new_markdown_cell(text, metadata={"labreport": kind})


def stub(lines):
    """A function with these lines between the markers."""
    body = "\n".join(f"    {line}" for line in lines)
    return (
        "def double(x):\n    given = 2\n    ### START CODE HERE ###\n"
        f"{body}\n    ### END CODE HERE ###\n    return y\n"
    )


@pytest.fixture
def notebook():
    """Solved: one exercise with a wrong and a right check, one figure, one answer of two."""
    made = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Doubling\n\nWhat doubles.\n\n$$y = 2x$$"),
            v4.new_markdown_cell("## Exercise 1 · Twice\n\nWrite `double`.\n\nMore text."),
            solution("double", stub(["y = given * x"])),
            checked(
                "double", ("the value", "right", ""), ("the sign", "wrong", "`y` is too large.")
            ),
            figure(),
            v4.new_markdown_cell("## Questions\n\n**Question 1.** Why?"),
            answer("why", "Because *two* times $x$ is $2x$."),
            v4.new_markdown_cell("**Question 2.** And?"),
            answer("and", "*Write your answer here.*"),
            own("principle", "A sum of two."),
            own("problems", "*Write your answer here.*"),
        ]
    )
    made.metadata["learned"] = ["double a number"]
    return made
