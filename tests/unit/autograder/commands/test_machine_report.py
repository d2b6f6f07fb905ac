"""The doctor says what holds here, and tries it."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from rich.console import Console

from autograder.cli import main
from autograder.commands import machine_report
from autograder.commands.options import FAULT, OK
from autograder.engine.trusted.errors import EngineError
from autograder.runners.jailed import JailedRunner
from autograder.sandbox import self_test
from autograder.sandbox.jail import LAYERS, JailPolicy
from autograder.sandbox.self_test import PROBES


@pytest.fixture(scope="module")
def here():
    """What the doctor finds on this machine."""
    return machine_report.examine_machine()


@pytest.fixture(scope="module")
def unjailed():
    """What it finds with no layer at all."""
    return machine_report.examine_machine(JailedRunner(JailPolicy(disable=frozenset(LAYERS))))


def shown(found):
    """What a person sees."""
    console = Console(width=100, record=True, file=None)
    with console.capture() as captured:
        found.show(console)
    return captured.get()


def test_every_threat_is_contained_here(here):
    """On a machine with all layers."""
    assert set(here.layers) == set(LAYERS)
    assert here.escaped == ()
    assert here.sound


def test_facts_are_named(here):
    """What a person would be asked for in a report of a fault."""
    assert {"Python", "kernel", "user", "libseccomp", "nbgrader", "numpy", "ipython"} <= set(
        here.facts
    )
    assert all(here.facts.values())


def test_without_a_jail_the_canary_gets_out(unjailed):
    """The cells are in working order: they do find what is open."""
    escaped = {one.name for one in unjailed.escaped}
    assert {"reading files", "writing files", "using the network", "taking memory"} <= escaped
    assert not unjailed.sound
    assert unjailed.problem.startswith("Not contained here: ")


def test_without_a_jail_nothing_is_forged_read_from_a_process_or_left(unjailed):
    """That is the engine's own work."""
    held = {one.name for one in PROBES} - {one.name for one in unjailed.escaped}
    assert held >= {
        "forging by patched libraries",
        "forging by odd objects",
        "reading the grader's memory",
        "leaving a process behind",
        "never ending",
    }


def test_layers_that_do_not_hold_are_shown_with_their_reason(unjailed):
    """And each threat that got out with what it means."""
    text = shown(unjailed)
    assert "✗ seccomp: does not hold, because it was switched off (no sockets," in text
    assert "✗ using the network: Student code can send what it sees to somebody." in text
    assert "✓ never ending" in text


def test_a_layer_says_what_it_is_for(here):
    """To an instructor "landlock" is a word."""
    text = shown(here)
    assert "✓ landlock (files are closed once more, by their path)" in text
    assert "second wall" not in text
    assert text.rstrip().endswith("work of students can be graded here.")


def test_a_missing_layer_is_no_alarm_where_the_others_contain_everything(here):
    """The last line says so, lest a ✗ above it be read as a verdict."""
    text = shown(replace(here, layers={**here.layers, "landlock": "this kernel has none"}))
    assert "✗ landlock: does not hold, because this kernel has none" in text
    assert text.rstrip().endswith("would be a second wall; the others stand.")


def test_json_says_the_same(here, unjailed):
    """For CI and for reports."""
    for found in (here, unjailed):
        told = json.loads(json.dumps(found.to_json()))
        assert told["schema"] == machine_report.SCHEMA
        assert told["sound"] == found.sound
        assert set(told["canary"]) == {one.name for one in PROBES}
        assert [name for name, held in told["canary"].items() if not held] == [
            one.name for one in found.escaped
        ]
        assert told["layers"].keys() == found.layers.keys()


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_ends_with_0_or_1(monkeypatch, here, unjailed, as_json):
    """1 and a sentence on stderr if something got out; it needs no course."""
    arguments = ["doctor", *(["--json"] if as_json else [])]
    monkeypatch.setattr(machine_report, "examine_machine", lambda: here)
    assert CliRunner().invoke(main, arguments).exit_code == OK
    monkeypatch.setattr(machine_report, "examine_machine", lambda: unjailed)
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == FAULT
    assert "Not contained here: " in done.stderr
    if as_json:
        assert json.loads(done.stdout)["sound"] is False


def test_another_system_is_told_what_to_do(monkeypatch):
    """There is no jail on macOS or Windows."""
    monkeypatch.setattr(machine_report, "is_supported", lambda: (False, "Only on Linux."))
    found = machine_report.examine_machine()
    assert (found.sound, found.problem, found.layers) == (False, "Only on Linux.", {})
    assert "Python" in shown(found)
    assert found.to_json()["canary"] == {}


def test_an_engine_that_does_not_start_is_a_sentence(monkeypatch):
    """Not a traceback."""

    def broken(_):
        raise EngineError("The warm parent process did not start: no memory")

    monkeypatch.setattr(JailedRunner, "findings", property(broken))
    found = machine_report.examine_machine()
    assert found.problem.startswith("Nothing can be graded here: The warm parent process")


def test_threats_have_names_of_their_own():
    """They are keys in the JSON."""
    names = [one.name for one in PROBES]
    assert len(set(names)) == len(names)
    assert all(one.sentence.endswith(".") for one in PROBES)


def test_the_canary_leaves_nothing(tmp_path, monkeypatch):
    """Its bait goes with it."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with self_test._bait() as known:
        assert list(tmp_path.iterdir())
        assert not self_test._is_running(known["NUMBER"])
    assert not list(tmp_path.iterdir())
