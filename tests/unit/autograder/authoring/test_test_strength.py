"""Measuring the strength of an assignment's tests."""

from __future__ import annotations

import pytest
from rich.console import Console

from autograder.authoring import test_strength as test_strength_module
from autograder.authoring.test_strength import Strength, StrengthMeter
from autograder.diagnosis.mistakes import AcceptedForm, EquivalentMutant, MistakeBank
from autograder.diagnosis.solution import Solution
from autograder.reports.test_strength_table import strength_table
from tests.support.mistake_bank import TEST, assignment, bank, mistake


def measured(monkeypatch, mistakes, test=TEST):
    """The strength of a small assignment's tests, tried on a bank of mistakes."""
    monkeypatch.setattr(test_strength_module, "load_bank", lambda _: mistakes)
    monkeypatch.setattr(test_strength_module, "load_solution", Solution)
    strength, steps = Strength(), []
    StrengthMeter(assignment(test), "seed", steps.append).measure(strength)
    assert steps
    return strength


def test_a_sound_exercise(monkeypatch):
    """Every mistake is caught and named, every mutant is caught."""
    strength = measured(monkeypatch, bank("plus", "unscaled", "wrong-axis"))
    assert strength.findings == []
    assert (strength.mistakes, strength.caught, strength.named) == (3, 3, 3)
    assert strength.mutants == strength.killed > 5


def test_a_test_that_notices_too_little(monkeypatch):
    """A mistake that loses no points is a finding, and so is a mutant that loses none."""
    blind = TEST.replace("centred(x, 2.0)", "centred(x, 1.0)").replace(
        ".sum(axis=0) / 4) / 2", ".mean(0))"
    )
    strength = measured(monkeypatch, bank("plus", "unscaled"), blind)
    assert (strength.caught, strength.named) == (1, 1)
    assert "the mistake 'unscaled' loses no points." in strength.findings
    survivor = "out = (x - mean) / scale -> out = (x - mean) * scale"
    assert any(survivor in finding for finding in strength.findings)


def test_equivalent_mutants_are_listed(monkeypatch):
    """A listed mutant is not counted; a listed one that does not exist is a finding."""
    listed = "out = (x - mean) / scale -> out = (x - mean) * scale"
    mistakes = MistakeBank(
        {}, {}, (EquivalentMutant("centred", listed, "r"), EquivalentMutant("centred", "x", "r"))
    )
    strength = measured(monkeypatch, mistakes)
    assert strength.equivalent == 1
    assert strength.findings == ["centred has no mutant 'x', which is listed as equivalent."]


@pytest.mark.parametrize(
    ("entry", "finding"),
    [
        (mistake("a", ("x", "y"), function="noisy"), "which no test cell checks"),
        (mistake("a", ("nowhere", "y")), "occurs 0 times"),
    ],
)
def test_a_mistake_that_does_not_fit(monkeypatch, entry, finding):
    """A mistake that cannot be put into the solution is a finding."""
    strength = measured(monkeypatch, MistakeBank({"a": entry}))
    assert any(finding in sentence for sentence in strength.findings)


def test_a_mistake_that_is_not_named(monkeypatch):
    """Two entries for one mistake: both are caught, neither is named."""
    mistakes = bank("plus")
    mistakes.mistakes["twin"] = mistake("twin", ("x - mean", "mean + x"))
    strength = measured(monkeypatch, mistakes)
    assert (strength.caught, strength.named) == (2, 0)
    assert "the mistake 'twin' is not named: sign-in-out is." in strength.findings


def test_slips_are_tried(monkeypatch):
    """How many of those that lose points are told, and how many a visible check notices."""
    strength = measured(monkeypatch, bank("plus"))
    assert strength.findings == []
    assert strength.slips > 10
    assert strength.told >= 0.9 * strength.slips
    assert 0 < strength.seen <= strength.slips
    shown = 'check.close("out", out, np.array([[-2, -2], [0, 0], [2, 2]]))'
    blind = TEST.replace(shown, 'check.close("x", x, x)')
    unseen = measured(monkeypatch, bank("plus"), blind)
    assert unseen.slips > 10
    assert unseen.seen < strength.seen


def form(*replace, function="centred"):
    """Another form of the solution, which the author says is right."""
    return AcceptedForm("other-form", function, replace, "r")


@pytest.mark.parametrize(
    ("accepted", "finding"),
    [
        (form(("x - mean", "-mean + x")), None),
        (form(("x - mean", "x + mean")), "the accepted form 'other-form' loses points."),
        (form(("nowhere", "y")), "occurs 0 times"),
        (
            form((")[0]", ")[0] + 0"), function="noisy"),
            "which no test cell checks.",
        ),
        (form(("x", "y"), function="nobody"), "which no solution cell defines."),
    ],
)
def test_an_accepted_form(monkeypatch, accepted, finding):
    """It must be one of the solution, and lose no points."""
    strength = measured(monkeypatch, MistakeBank(accepted=(accepted,)))
    if finding is None:
        assert strength.findings == []
    else:
        (sentence,) = strength.findings
        assert finding in sentence


def test_the_table():
    """It shows shares, and a word where nothing was tried."""
    console = Console(width=120)
    with console.capture() as captured:
        strength = Strength(mistakes=4, caught=4, named=3, slips=50, told=49, seen=40)
        console.print(strength_table({"tiny": strength}))
    assert "4 of 4 (100%)" in captured.get()
    assert "3 of 4 (75%)" in captured.get()
    assert "none" in captured.get()
    assert "49 of 50 (98%)" in captured.get()
    assert "40 of 50 (80%)" in captured.get()
