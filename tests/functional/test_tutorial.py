"""The tutorial, followed line by line."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.conftest import ASSIGNMENT
from tests.functional.conftest import run
from tests.functional.test_docs import DOCS, FENCE

PAGE = DOCS / "tutorial" / "first-assignment.md"
# Commands that take long and run elsewhere: demo and check by `make`, doctor by other tests.
ELSEWHERE = ("make ", "source ", "autograder doctor", "autograder check")
SAMPLES = ("all_correct", "l2_without_half")


@pytest.mark.long
def test_the_tutorial_can_be_followed(course):
    """Every command works, and gives what the page says, such as Robin's 65 points."""
    folder = course.assignments_dir / ASSIGNMENT
    for path in (folder / "examples").iterdir():  # a small class is enough
        if path.stem not in SAMPLES:
            path.unlink()
    config = course.root / "nbgrader_config.py"
    output = {}
    for _, language, text in FENCE.findall(PAGE.read_text("utf-8")):
        if language == "python":  # two settings, which replace those of the repository
            names = "|".join(re.escape(line.split(" = ")[0]) for line in text.splitlines())
            lines = config.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines if not re.match(names, line)]
            assert len(lines) - len(kept) == len(text.splitlines())
            config.write_text("".join(kept) + text, "utf-8")
        elif language == "toml" and "[[mistake]]" in text:
            path = folder / "mistakes.toml"
            path.write_text(path.read_text("utf-8") + "\n" + text, "utf-8")
        elif language == "toml":
            (folder / "examples" / "lambda_squared.toml").write_text(text, "utf-8")
        else:
            for line in text.splitlines():
                if not line.startswith(ELSEWHERE):
                    words = shlex.split(line.replace("--students 20", "--students 3"))
                    process = run(*words, cwd=course.root)
                    assert process.returncode == 0, f"{line}: {process.stderr}"
                    output[line] = process.stdout
    assert len(output) > 7
    assert re.search(
        r"^robin .* 65 ", output["autograder demo regularization --into my-class"], re.MULTILINE
    )
    page = course.root / "my-class" / "feedback" / "robin" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "grows with the square of <code>lambd</code>" in page.read_text("utf-8")
    assert (course.root / "reports" / f"{ASSIGNMENT}.html").is_file()
    assert (course.root / "grades.csv").read_text("utf-8").count(ASSIGNMENT) == 3
    assert (course.root / "deep-foundations-2027-students.zip").is_file()
