"""What `autograder doctor` finds on this machine, with the jail and without it."""

import json
from dataclasses import replace

import pytest
from rich.console import Console

from autograder.commands import machine_report
from autograder.engine.trusted.errors import EngineError
from autograder.runners.jailed import JailedRunner
from autograder.sandbox.jail import LAYERS, JailPolicy
from autograder.sandbox.self_test import PROBES

UNJAILED = JailPolicy(disable=frozenset(LAYERS), allow_root=True)


@pytest.fixture(scope="module")
def jailed():
    """The report on this machine."""
    return machine_report.examine_machine()


@pytest.fixture(scope="module")
def unjailed():
    """The report on this machine with every layer switched off."""
    return machine_report.examine_machine(JailedRunner(UNJAILED))


def printed(report):
    """What is printed for a person."""
    console = Console(width=100, record=True, file=None)
    with console.capture() as captured:
        report.show(console)
    return captured.get()


def test_every_probe_is_contained_here(jailed):
    """On a machine with all layers."""
    assert set(jailed.layers) == set(LAYERS)
    assert jailed.escaped == ()
    assert jailed.is_safe


def test_facts(jailed):
    """What somebody would be asked for who reports a bug."""
    assert jailed.facts["memory of a submission"] == "the zygote watches it (measured)"
    assert {"Python", "kernel", "user", "libseccomp", "nbgrader", "numpy", "ipython"} <= set(
        jailed.facts
    )
    assert all(jailed.facts.values())


def test_without_a_jail_probes_escape(unjailed):
    """The probes work: they do find what is open."""
    escaped = {probe.name for probe in unjailed.escaped}
    assert {"reading files", "writing files", "using the network", "taking memory"} <= escaped
    assert not unjailed.is_safe
    assert unjailed.problem.startswith("Not contained here: ")


def test_without_a_jail_the_engine_still_contains_some_probes(unjailed):
    """Forging, reading the grader's memory, staying alive: the engine itself prevents them."""
    contained = {probe.name for probe in PROBES} - {probe.name for probe in unjailed.escaped}
    assert contained >= {
        "forging by patched libraries",
        "forging by odd objects",
        "reading the grader's memory",
        "leaving a process behind",
        "never ending",
    }


def test_layers_that_are_not_in_force_are_shown_with_the_reason(unjailed):
    """And each probe that escaped with what that means."""
    text = printed(unjailed)
    assert "✗ seccomp: not in force, because it was switched off (no sockets," in text
    assert "✗ using the network: Student code can send what it sees to somebody." in text
    assert "✓ never ending" in text


def test_a_layer_says_what_it_is_for(jailed):
    """The name "landlock" tells an instructor nothing."""
    text = printed(jailed)
    assert "✓ landlock (files are closed once more, by their path)" in text
    assert "second line of defence" not in text
    assert text.rstrip().endswith("student work can be graded here.")


def test_a_missing_layer_is_no_alarm_if_the_others_contain_everything(jailed):
    """The last line says so, for the ✗ above it looks like a verdict."""
    text = printed(replace(jailed, layers={**jailed.layers, "landlock": "this kernel has none"}))
    assert "✗ landlock: not in force, because this kernel has none" in text
    assert text.rstrip().endswith("second line of defence; the others are enough.")


def test_json_says_the_same(jailed, unjailed):
    """Its keys are a contract with other programs."""
    for report in (jailed, unjailed):
        data = json.loads(json.dumps(report.to_json()))
        assert data["schema"] == machine_report.SCHEMA
        assert data["sound"] == report.is_safe
        assert set(data["probes"]) == {probe.name for probe in PROBES}
        assert [name for name, contained in data["probes"].items() if not contained] == [
            probe.name for probe in report.escaped
        ]
        assert data["layers"].keys() == report.layers.keys()


def test_another_operating_system(monkeypatch):
    """There is no jail on macOS or Windows."""
    monkeypatch.setattr(machine_report, "is_supported", lambda: (False, "Only on Linux."))
    report = machine_report.examine_machine()
    assert (report.is_safe, report.problem, report.layers) == (False, "Only on Linux.", {})
    assert "Python" in printed(report)
    assert report.to_json()["probes"] == {}


def test_an_engine_that_does_not_start(monkeypatch):
    """The reason is a sentence, not a traceback."""

    def broken(_):
        raise EngineError("The zygote process did not start: no memory")

    monkeypatch.setattr(JailedRunner, "findings", property(broken))
    report = machine_report.examine_machine()
    assert report.problem.startswith("Nothing can be graded here: The zygote process")


def test_less_than_a_course_accepts_by_default_is_a_problem():
    """`grade` would refuse, so `doctor` says so, whatever the probes find."""
    without = JailPolicy(disable=frozenset({"seccomp"}))
    report = machine_report.examine_machine(JailedRunner(without))
    assert not report.is_safe
    assert report.problem.startswith("The layer seccomp is not in force")
    assert "jail_minimum" in report.problem
