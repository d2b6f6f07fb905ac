"""``check``: each finding is provoked once, and a sound assignment has none."""

import re
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_output

from autograder.authoring import check, hints_file
from autograder.authoring.build import build
from autograder.authoring.examples import load_examples
from autograder.course.grading_options import GradingOptions
from autograder.course.notebook import grade_id, nbgrader_of
from autograder.course.notebook import test_cells as graded_by_test
from autograder.runners.interface import RunResult
from tests.conftest import ASSIGNMENT
from utils.checking.report import MIME as REPORT_MIME

CACHED_HINTS: dict[tuple[object, ...], str | None] = {}


@pytest.fixture(autouse=True)
def _no_strength_measured(monkeypatch):
    """Mistakes and mutants take long, and have tests of their own (``test_test_strength``)."""
    monkeypatch.setattr(check, "StrengthMeter", lambda *_: SimpleNamespace(measure=lambda _: None))
    monkeypatch.setattr(check, "MIN_VARIANTS", 1)


@pytest.fixture(autouse=True)
def _hints_cached(monkeypatch):
    """Hints take a second, and have tests of their own: make them once for the same input."""

    def once(assignment):
        cells = tuple(cell.source for cell in assignment.notebook.cells)
        key = cells, (assignment.folder / "mistakes.toml").read_bytes()
        if key not in CACHED_HINTS:
            CACHED_HINTS[key] = hints_file.hints_text(assignment)
        return CACHED_HINTS[key]

    for module in ("build", "check"):
        monkeypatch.setattr(f"autograder.authoring.{module}.hints_text", once)


class ScriptedRunner:
    """A runner that executes nothing and gives each example the points that it must get.

    What the examples really get is tested in the functional tests; here ``check`` itself is.
    """

    layers = ()

    def __init__(self, assignment):
        full = {
            grade_id(c): float(nbgrader_of(c)["points"])
            for c in graded_by_test(assignment.notebook)
        }
        none = dict.fromkeys(full, 0.0)
        self.wanted = [({}, full, 75.0, {}), ({}, none, 0.0, {})]
        for example in load_examples(assignment):
            base = full if example.base == "solution" else none
            points = {**base, **example.points}
            self.wanted.append((example.says, points, example.score, example.names))
        self.wanted.reverse()

    def run(self, notebook, **_):
        """Write the wanted points into the test cells."""
        says, points, remaining, names = self.wanted.pop()
        for cell in graded_by_test(notebook):
            name, maximum = grade_id(cell), float(nbgrader_of(cell)["points"])
            given = min(points[name], remaining)
            remaining -= given
            check = {
                "name": "all",
                "verdict": "right" if given == maximum else "wrong",
                "message": says.get(name, ""),
                "mistake": names.get(name),
                "points": given,
                "max_points": maximum,
            }
            data = {"text/plain": "…", REPORT_MIME: {"function": "f", "checks": [check]}}
            cell.outputs = [new_output("execute_result", data=data)]
        return RunResult()


@pytest.fixture
def own(registered):
    """An assignment that the test may change, registered in a gradebook."""
    return registered.assignment(ASSIGNMENT)


def findings(assignment):
    """All findings."""
    return check.check(assignment, ScriptedRunner(assignment), GradingOptions())


def rebuilt(assignment, old, new):
    """Edit the text master, build, and return the new assignment."""
    text = assignment.text.read_text("utf-8")
    assert text.count(old) >= 1
    assignment.text.write_text(text.replace(old, new, 1), "utf-8")
    build(assignment)
    return assignment.course.assignment(ASSIGNMENT)


def test_a_sound_assignment(own):
    """There are no findings, and the progress names the steps."""
    steps = []
    assert check.check(own, ScriptedRunner(own), GradingOptions(), steps.append) == []
    assert "the release keeps our secrets" in steps
    assert "grading untouched" in steps


def test_a_stale_source(own):
    """The text was edited and not built."""
    own.text.write_text(own.text.read_text("utf-8").replace("overfitting", "over-fitting"), "utf-8")
    assert any("is not what regularization.md builds; run build" in line for line in findings(own))


def test_a_stale_release(own):
    """The release was edited by hand."""
    text = own.release.read_text("utf-8")
    own.release.write_text(text.replace("# Regularization", "# Regularisation", 1), "utf-8")
    (finding,) = findings(own)
    assert "is not what the source notebook releases; run build" in finding


def test_stale_hints(own):
    """The bank was edited and not built; its translation has to follow as well."""
    path = own.folder / "mistakes.toml"
    path.write_text(path.read_text("utf-8").replace('en = "', 'en = "Oh. ', 1), "utf-8")
    built, translated = findings(own)
    assert "hints.json is not what" in built
    assert translated.startswith("zh_CN.po: 'Oh. ")


def test_a_wrong_row_in_the_table_of_points(own):
    """What the notebook says at its head is compared with its cells."""
    changed = rebuilt(own, "| 3 | Cost with L2 | 12 |", "| 3 | Cost with L2 | 11 |")
    (finding,) = findings(changed)
    assert finding == (
        "regularization.md, table of points, row '3 | Cost with L2 | 11': the graded cells of "
        "part 3 have 12 + 15."
    )


def test_a_place_that_is_not_there(own):
    """A heading was renamed, and the messages still have its old name."""
    runner = ScriptedRunner(own)
    text = own.text.read_text("utf-8")
    own.text.write_text(text.replace("## 4. Dropout\n", "## 4. Dropping out\n"), "utf-8")
    source = own.source.read_text("utf-8")
    own.source.write_text(source.replace("## 4. Dropout", "## 4. Dropping out"), "utf-8")
    (finding,) = check.check(own.course.assignment(ASSIGNMENT), runner, GradingOptions())
    assert "refers to {part}`dropout`, but no heading has that name" in finding


def test_a_missing_release(own):
    """The release was never built."""
    own.release.unlink()
    (finding,) = findings(own)
    assert "regularization.ipynb is missing; run build" in finding


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("l2-cost", "L2_regularization_cost = lambd / (2 * m) * sum("),
        ("l2-cost-check", "penalty = np.linalg.norm(weights)"),
    ],
)
def test_a_secret_in_the_release(own, name, secret):
    """A line of a solution or a hidden test, pasted anywhere, is found and quoted."""
    (cell,) = [cell for cell in own.notebook.cells if grade_id(cell) == name]
    (line,) = [line.strip() for line in cell.source.split("\n") if secret in line]
    text = own.release.read_text("utf-8")
    leaky = text.replace("A network with many weights can", line.replace('"', '\\"') + "\\n", 1)
    assert leaky != text
    own.release.write_text(leaky, "utf-8")
    finding = f"a line of '{name}' that is secret: {secret}"
    assert any(finding in sentence for sentence in findings(own))


@pytest.mark.parametrize("marker", ["BEGIN HIDDEN TESTS", "BEGIN SOLUTION"])
def test_a_marker_in_the_release(own, marker):
    """The markers around secrets must not be released either."""
    text = own.release.read_text("utf-8")
    own.release.write_text(text.replace("A network with", f"### {marker} with", 1), "utf-8")
    assert f"The release holds the marker {marker!r}." in findings(own)


def test_a_missing_import(own):
    """A test cell that relies on another cell's import would fail when it runs alone."""
    old = "import numpy as np\nfrom utils import checks\nfrom utils.cases import regularization"
    changed = rebuilt(own, old, "from utils import checks\nfrom utils.cases import regularization")
    (finding,) = findings(changed)
    assert re.search(
        r"l2-cost-check uses 'np', which neither .* import it in the test cell", finding
    )


def test_a_function_that_is_not_declared(own):
    """Functions that a check calls are given copies only if the exercise names them."""
    asked = 'check.as_checked("backward_propagation_with_dropout")'
    changed = rebuilt(own, ', uses=("backward_propagation_with_dropout",)', "")
    assert any("both-backward-check asks for" in sentence for sentence in findings(changed))
    changed = rebuilt(changed, asked, "backward_propagation_with_dropout")
    finding = "both-backward-check calls 'backward_propagation_with_dropout'"
    assert any(finding in sentence for sentence in findings(changed))


def test_a_function_is_asked_as_checked_before_it_is_checked(own):
    """It would be asked as nobody has seen it; and while work is graded that is an error."""
    old, new = (
        'check.as_checked("backward_propagation_with_dropout")',
        'check.as_checked("sigmoid")',
    )
    changed = rebuilt(own, old, new)
    (finding,) = (sentence for sentence in findings(changed) if "asks for" in sentence)
    assert "'sigmoid' as it was when it was itself checked: that takes a test cell above" in finding


def test_no_hidden_test(own):
    """Without a hidden test a hard-coded answer would pass."""
    text = own.text.read_text("utf-8")
    first = text.index("### BEGIN HIDDEN TESTS")
    last = text.index("### END HIDDEN TESTS")
    changed = rebuilt(own, text[first : last + len("### END HIDDEN TESTS")], "")
    assert "l2-cost-check has no hidden test: a hard-coded answer would pass." in findings(changed)


def test_wrong_points(own):
    """Points that do not add up to the assignment's total are a finding, not a crash."""
    own.text.write_text(
        own.text.read_text("utf-8").replace("points: 12\n", "points: 13\n"), "utf-8"
    )
    (finding,) = findings(own)
    assert "101 points in all" in finding


class RunnerWithExtraCheck(ScriptedRunner):
    """A runner whose first cell has an additional check, which fails."""

    def run(self, notebook, **options):
        """The first check gives the cell's full points; the second costs nothing."""
        result = super().run(notebook, **options)
        report = next(iter(graded_by_test(notebook))).outputs[0].data[REPORT_MIME]
        extra = {"name": "extra", "verdict": "wrong", "points": 0.0, "max_points": 2.0}
        report["checks"].append({**report["checks"][0], **extra})
        return result


def test_checks_that_are_worth_more_than_their_cell(own):
    """A failed check would cost nothing, since points beyond the cell's are cut off."""
    assert findings(own) == []
    assert check.check(own, RunnerWithExtraCheck(own), GradingOptions())[0] == (
        "The checks of l2-cost-check are worth 14 points in all, and the cell 12: make them agree."
    )


@pytest.mark.parametrize(
    ("index", "finding"),
    [
        (0, "the solution got 74 points instead of 75."),
        (1, "the untouched release got 1 points instead of 0."),
        (-1, "written_answers got 74 points instead of 75."),
    ],
)
def test_a_wrong_score(own, index, finding):
    """The solution, the untouched release and each example must get exactly their points."""
    runner = ScriptedRunner(own)
    says, points, score, names = runner.wanted[-1 - index]
    if index == 1:
        points = dict.fromkeys(points, 1.0)
    runner.wanted[-1 - index] = (says, points, score + (1.0 if index == 1 else -1.0), names)
    assert check.check(own, runner, GradingOptions()) == [finding]


def test_a_faulty_example(own):
    """The sentence about a file that is not an example is the only finding."""
    runner = ScriptedRunner(own)
    (own.folder / "examples" / "aa.toml").write_text("student = ", "utf-8")
    (finding,) = check.check(own, runner, GradingOptions())
    assert "aa.toml is not valid TOML" in finding


def test_no_examples(own):
    """An assignment without sample submissions has not been tried out."""
    for path in (own.folder / "examples").iterdir():
        path.unlink()
    assert any("holds no sample submission" in finding for finding in findings(own))


def test_an_assignment_that_was_not_built(own):
    """The finding says so, and what to do."""
    runner = ScriptedRunner(own)
    own.source.unlink()
    fresh = own.course.assignment(ASSIGNMENT)
    (finding,) = check.check(fresh, runner, GradingOptions())
    assert "Run `autograder build regularization` first" in finding


def test_a_test_cell_with_a_syntax_error(own):
    """It is a finding with the cell's name, not a crash."""
    line = 'check.close("the cost", check.number("the cost", cost), 1.7864859451590758)'
    changed = rebuilt(own, line, "check.close(")
    assert any("l2-cost-check is not valid Python" in finding for finding in findings(changed))


def test_too_few_right_variants(own, monkeypatch):
    """Tests that were tried on few right answers may be unfair to others."""
    monkeypatch.setattr(check, "MIN_VARIANTS", 99)
    finding = "at least 99 are needed to show that the tests are fair"
    assert any(finding in sentence for sentence in findings(own))
