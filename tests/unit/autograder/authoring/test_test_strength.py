"""What an assignment's tests are worth."""

from __future__ import annotations

import pytest
from rich.console import Console

from autograder.authoring import test_strength as rooms
from autograder.authoring.test_strength import Strength, StrengthMeter
from autograder.diagnosis.mistakes import EquivalentMutant, MistakeBank
from autograder.diagnosis.solution import Solution
from autograder.reports.test_strength_table import strength_table
from tests.support.mistake_bank import TEST, assignment, bank, mistake


def proven(monkeypatch, known, test=TEST):
    """The proof of a small assignment with a bank."""
    made = assignment(test)
    monkeypatch.setattr(rooms, "load_bank", lambda _: known)
    monkeypatch.setattr(Solution, "of", Solution)
    proof, steps = Strength(), []
    StrengthMeter(made, "seed", steps.append).measure(proof)
    assert steps
    return proof


def test_a_sound_exercise(monkeypatch):
    """Every mistake is caught and named, every mutant is caught."""
    proof = proven(monkeypatch, bank("plus", "unscaled", "wrong-axis"))
    assert proof.findings == []
    assert (proof.mistakes, proof.caught, proof.named) == (3, 3, 3)
    assert proof.mutants == proof.killed > 5


def test_a_test_that_sees_too_little(monkeypatch):
    """A mistake that loses no points, and mutants that live, are found."""
    blind = TEST.replace("centred(x, 2.0)", "centred(x, 1.0)").replace(
        ".sum(axis=0) / 4) / 2", ".mean(0))"
    )
    proof = proven(monkeypatch, bank("plus", "unscaled"), blind)
    assert (proof.caught, proof.named) == (1, 1)
    assert "the mistake 'unscaled' loses no points." in proof.findings
    assert any(
        "out = (x - mean) / scale -> out = (x - mean) * scale" in one for one in proof.findings
    )


def test_equivalent_mutants_are_listed(monkeypatch):
    """One that is listed is not counted; one that is no mutant is a finding."""
    listed = "out = (x - mean) / scale -> out = (x - mean) * scale"
    known = MistakeBank(
        {}, {}, (EquivalentMutant("centred", listed, "r"), EquivalentMutant("centred", "x", "r"))
    )
    proof = proven(monkeypatch, known)
    assert proof.equivalent == 1
    assert proof.findings == ["centred has no mutant 'x', which is listed as equivalent."]


@pytest.mark.parametrize(
    ("entry", "finding"),
    [
        (mistake("a", ("x", "y"), function="noisy"), "which no test cell checks"),
        (mistake("a", ("nowhere", "y")), "stands 0 times"),
    ],
)
def test_a_mistake_that_does_not_fit(monkeypatch, entry, finding):
    """Is a finding."""
    proof = proven(monkeypatch, MistakeBank({"a": entry}))
    assert any(finding in one for one in proof.findings)


def test_a_mistake_that_is_not_named(monkeypatch):
    """Two entries for one mistake: both are caught, neither is named."""
    known = bank("plus")
    known.mistakes["twin"] = mistake("twin", ("x - mean", "mean + x"))
    proof = proven(monkeypatch, known)
    assert (proof.caught, proof.named) == (2, 0)
    assert "the mistake 'twin' is not named: nothing is." in proof.findings


def test_the_table():
    """Shares, and a word where there is nothing to share."""
    console = Console(width=120)
    with console.capture() as shown:
        console.print(strength_table({"tiny": Strength(mistakes=4, caught=4, named=3)}))
    assert "4 of 4 (100%)" in shown.get()
    assert "3 of 4 (75%)" in shown.get()
    assert "none" in shown.get()
