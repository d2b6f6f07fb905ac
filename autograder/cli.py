"""The command line: the table of its commands, none of which is imported before it is run.

Exit codes: 0 done (whatever the marks); 1 ``adopt``, ``check``, ``doctor`` or ``receipt``
found a fault or ``try --min-score`` was not reached; 2 usage or course error; 3 some submissions
could not be graded.
"""

from __future__ import annotations

import click

from autograder import __version__
from autograder.commands.lazy_group import LazyCommand, LazyGroup

# In alphabetical order. The help is the first sentence of the command's own help.
COMMANDS = {
    "adopt": LazyCommand(
        "autograder.commands.adopt:adopt",
        "Say which tests of an nbgrader course this engine can run.",
    ),
    "build": LazyCommand(
        "autograder.commands.build:build",
        "Make source notebooks and releases from the text masters.",
    ),
    "bundle": LazyCommand(
        "autograder.commands.bundle:bundle",
        "Make the zip of notebooks and utils that students download.",
    ),
    "check": LazyCommand(
        "autograder.commands.check:check",
        "Check solutions, tests, mistakes and samples before release.",
    ),
    "demo": LazyCommand(
        "autograder.commands.demo:demo",
        "Grade a sample class in a scratch course, feedback included.",
    ),
    "doctor": LazyCommand(
        "autograder.commands.doctor:doctor",
        "Check whether this machine can contain hostile notebooks.",
    ),
    "export": LazyCommand(
        "autograder.commands.export:export",
        "Export scores as CSV for another system.",
    ),
    "feedback": LazyCommand(
        "autograder.commands.feedback:feedback",
        "Make the feedback pages that are out of date.",
    ),
    "grade": LazyCommand(
        "autograder.commands.grade:grade",
        "Grade collected submissions into nbgrader's gradebook.",
    ),
    "gradescope": LazyCommand(
        "autograder.commands.gradescope:gradescope",
        "Build the zip with which Gradescope grades an assignment.",
    ),
    "labreports": LazyCommand(
        "autograder.commands.labreports:labreports",
        "Make a lab report of each graded notebook.",
    ),
    "merge": LazyCommand(
        "autograder.commands.merge:merge",
        "Merge the results of `grade --shard` into the gradebook.",
    ),
    "new": LazyCommand(
        "autograder.commands.new:new", "Create a small working assignment, and build it."
    ),
    "receipt": LazyCommand(
        "autograder.commands.receipt:receipt",
        "Issue receipts for collected notebooks, or check a receipt.",
    ),
    "report": LazyCommand(
        "autograder.commands.report:report",
        "Write an HTML report on a class, one page per assignment.",
    ),
    "simulate": LazyCommand(
        "autograder.commands.simulate:simulate",
        "Submit the work of a made-up class, for load tests and demos.",
    ),
    "translate": LazyCommand(
        "autograder.commands.translate:translate",
        "Make or update the catalogue of a translation.",
    ),
    "try": LazyCommand(
        "autograder.commands.try_notebook:try_notebook",
        "Grade one notebook without a gradebook, as CI does.",
    ),
}


@click.group(
    cls=LazyGroup,
    lazy_commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="autograder")
def main() -> None:
    """Build, check and grade the course's notebooks."""
