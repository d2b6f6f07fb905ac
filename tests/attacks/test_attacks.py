"""No hostile notebook gets more points than it earned, reads a secret, or leaves or stops anything.

Each attack is a file (see ``attack.py``). All of them run here with every layer of the jail;
``test_layers.py`` runs them with layers switched off and as an ordinary user.
"""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from nbconvert import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from autograder.models import Status
from autograder.nbgrader_ext.page_exporter import PageExporter
from tests.attacks.active_html import active_parts
from tests.attacks.attack import KINDS, SAMPLED, Attack, load
from tests.attacks.attacked_course import HONEST_WORK, AttackedCourse, AttackResult

ATTACKS = load()
# Errors of an attack that uses a name which does not exist any more.
BROKEN = {"ImportError", "ModuleNotFoundError", "AttributeError"}
UNREADABLE = {"deep_metadata", "deeper_metadata"}
PAGE_SECONDS = 12  # of CPU time; the limit is 9, and a page without formatting takes one
SECONDS = 15 + 5  # the vault's limit for a submission, and the time that start and end may take


@pytest.fixture(scope="session")
def course() -> Iterator[AttackedCourse]:
    """A course that is attacked, with every layer that this machine has."""
    with AttackedCourse() as course:
        yield course


@dataclass(frozen=True)
class Attempt:
    """One attack, graded, and the honest submission that was graded after it."""

    result: AttackResult
    seconds: float
    honest: AttackResult


@pytest.fixture(scope="session")
def attempt(course) -> Callable[[Attack], Attempt]:
    """Grades an attack, once for all tests that look at it."""
    attempts: dict[str, Attempt] = {}

    def grade(attack: Attack) -> Attempt:
        if attack.id not in attempts:
            start = time.monotonic()
            result = course.grade(attack)
            seconds = time.monotonic() - start
            attempts[attack.id] = Attempt(result, seconds, course.grade(HONEST_WORK))
        return attempts[attack.id]

    return grade


@pytest.fixture(scope="session")
def feedback() -> Callable[[AttackResult], str]:
    """Makes a feedback page as ``nbgrader generate_feedback`` does."""
    converter = GenerateFeedback(coursedir=CourseDirectory())
    exporter = HTMLExporter(config=converter.config)

    def page(result: AttackResult) -> str:
        assert result.notebook is not None
        for cell in result.notebook.cells:  # what GetGrades would add
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.update(score=0, comment=None)
        scores = {"score": 0, "max_score": 0, "late_penalty": 0, "notebook": "vault"}
        resources = {"nbgrader": scores, "metadata": {"name": "vault"}}
        return str(exporter.from_notebook_node(result.notebook, resources)[0])

    return page


@pytest.fixture(scope="session")
def usual_parts(course, feedback) -> Counter[str]:
    """What is active in every page: the template's own scripts and styles."""
    return active_parts(feedback(course.grade(HONEST_WORK)))


def test_there_are_attacks_of_every_kind():
    """Without this, tests of an empty folder would pass."""
    kinds = [attack.kind for attack in ATTACKS]
    assert len(ATTACKS) >= 40
    assert all(kinds.count(kind) >= 10 for kind in KINDS)


def test_attacks_use_names_that_exist():
    """An attack that imports or replaces something which was renamed would do nothing."""
    assert {attack.id: names for attack in ATTACKS if (names := attack.missing_names())} == {}


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(attack, id=attack.id, marks=[pytest.mark.long] * (attack.id in SAMPLED))
        for attack in ATTACKS
    ],
)
def test_an_attack_gets_its_honest_score_and_nothing_else(attempt, attack: Attack):
    """Not a point more or less, no secret, no process, no file; the next submission is graded."""
    result, honest = attempt(attack).result, attempt(attack).honest
    assert attempt(attack).seconds < SECONDS
    assert result.gains == []
    assert result.grade.score == attack.score
    expected = Status.NOT_GRADED if attack.name in UNREADABLE else Status.GRADED
    assert result.grade.status == expected, result.grade.message
    assert not BROKEN & set(result.errors), "the attack's own code does not run"
    assert honest.gains == []
    assert honest.grade.score == HONEST_WORK.score


SLOW_TO_SHOW = {
    *("slow_formula", "many_slow_formulas", "deep_formula", "colours", "spaces"),
    *("output", "output_many_cells", "output_multiplied", "output_of_error", "deep_recursion"),
}


@pytest.mark.parametrize("name", sorted(SLOW_TO_SHOW))
def test_a_page_that_shows_a_slow_attack_is_made_in_seconds(attempt, name: str):
    """Whatever happens to the attack's own text, other cells are formatted."""
    (attack,) = (one for one in ATTACKS if one.name == name)
    notebook = attempt(attack).result.notebook
    assert notebook is not None
    before = children_seconds()
    page, _ = PageExporter(template_name="classic").from_notebook_node(notebook)
    assert children_seconds() - before < PAGE_SECONDS
    assert "highlight hl-" in page
    assert page.rstrip().endswith("</html>")


def children_seconds() -> float:
    """CPU time of the processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


ALSO_SHOWN = {"forged_outputs", "forged_handles", "odd_failures", "odd_warnings", "forged_report"}


@pytest.mark.parametrize(
    "attack",
    [attack for attack in ATTACKS if attack.kind == "reader" or attack.name in ALSO_SHOWN],
    ids=lambda attack: attack.id,
)
def test_a_page_that_shows_an_attack_is_as_harmless_as_any(
    attempt, feedback, usual_parts, attack: Attack
):
    """The feedback page has no active element, address or style that an honest page lacks."""
    assert active_parts(feedback(attempt(attack).result)) - usual_parts == {}
