"""No hostile notebook gets more than it earned, reads, leaves or stops anything.

Each attack is a file (see ``attack.py``). All are run here with every layer of the jail;
``test_layers.py`` runs them with layers switched off and as an ordinary user.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from nbconvert import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from autograder.models import Status
from tests.attacks.attack import KINDS, Attack, load
from tests.attacks.bench import HONEST, Bench, Outcome
from tests.attacks.harmless import active_parts

ATTACKS = load()
UNREADABLE = {"deep_metadata", "deeper_metadata", "huge_number_in_notebook"}
SECONDS = 15 + 5  # the vault's limit for a submission, and what starting and ending may take


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """A course under attack, with every layer that this machine has."""
    with Bench() as one:
        yield one


@pytest.fixture(scope="session")
def feedback() -> Callable[[Outcome], str]:
    """Makes a feedback page as ``nbgrader generate_feedback`` does."""
    converter = GenerateFeedback(coursedir=CourseDirectory())
    exporter = HTMLExporter(config=converter.config)

    def page(outcome: Outcome) -> str:
        assert outcome.notebook is not None
        for cell in outcome.notebook.cells:  # what GetGrades would add
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.update(score=0, comment=None)
        told = {"score": 0, "max_score": 0, "late_penalty": 0, "notebook": "vault"}
        resources = {"nbgrader": told, "metadata": {"name": "vault"}}
        return str(exporter.from_notebook_node(outcome.notebook, resources)[0])

    return page


@pytest.fixture(scope="session")
def usual(bench, feedback) -> Counter[str]:
    """What is active in any page: the template's own scripts and styles."""
    return active_parts(feedback(bench.assault(HONEST)))


def test_there_are_attacks_of_every_kind():
    """A folder that lost its files would be a suite that passes."""
    kinds = [attack.kind for attack in ATTACKS]
    assert len(ATTACKS) >= 40
    assert all(kinds.count(kind) >= 10 for kind in KINDS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_attack_gets_its_honest_score_and_nothing_else(bench: Bench, attack: Attack):
    """Not a point more or less, no secret, no process, no file; and the next one is graded."""
    begun = time.monotonic()
    outcome = bench.assault(attack)
    assert time.monotonic() - begun < SECONDS
    assert outcome.got == []
    assert outcome.grade.score == attack.score
    expected = Status.NOT_GRADED if attack.name in UNREADABLE else Status.GRADED
    assert outcome.grade.status == expected, outcome.grade.message
    honest = bench.assault(HONEST)
    assert honest.got == []
    assert honest.grade.score == HONEST.score


SHOWN = {"forged_outputs", "forged_handles", "odd_failures", "odd_warnings", "forged_report"}


@pytest.mark.parametrize(
    "attack",
    [one for one in ATTACKS if one.kind == "reader" or one.name in SHOWN],
    ids=lambda attack: attack.id,
)
def test_a_page_that_shows_an_attack_is_as_harmless_as_any(
    bench: Bench, feedback, usual, attack: Attack
):
    """The feedback page holds no active element, address or style that an honest one lacks."""
    assert active_parts(feedback(bench.assault(attack))) - usual == {}
