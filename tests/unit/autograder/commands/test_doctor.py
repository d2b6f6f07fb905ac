"""`autograder doctor`: exit codes and JSON; the report itself is tested in test_machine_report."""

import json

import pytest

from autograder.commands import machine_report
from autograder.commands.exit_codes import FAULT, OK
from autograder.commands.machine_report import MachineReport
from autograder.sandbox.jail import LAYERS
from autograder.sandbox.self_test import PROBES
from tests.support.command_line import run, sentence

SAFE = MachineReport({"Python": "3"}, dict.fromkeys(LAYERS, ""))
UNSAFE = MachineReport({}, dict.fromkeys(LAYERS, "off"), PROBES[:1], "Not contained here: this.")


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_exit_codes(monkeypatch, flags):
    """1 and a sentence on stderr if a probe was not contained; no course is needed."""
    monkeypatch.setattr(machine_report, "examine_machine", lambda: SAFE)
    assert run("doctor", *flags).exit_code == OK
    monkeypatch.setattr(machine_report, "examine_machine", lambda: UNSAFE)
    result = run("doctor", *flags)
    assert result.exit_code == FAULT
    assert "Not contained here: " in sentence(result)
    if flags:
        assert json.loads(result.stdout)["sound"] is False
