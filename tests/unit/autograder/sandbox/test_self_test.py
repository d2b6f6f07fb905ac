"""The hostile probes of ``autograder doctor``. What they find here: ``test_machine_report.py``."""

import tempfile

from autograder.sandbox import self_test
from autograder.sandbox.self_test import PROBES


def test_probes_have_different_names():
    """They are keys in the JSON; their consequences are sentences."""
    names = [probe.name for probe in PROBES]
    assert len(set(names)) == len(names)
    assert all(probe.consequence.endswith(".") for probe in PROBES)


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    """What the probes aim at is removed afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with self_test._targets() as values:
        assert list(tmp_path.iterdir())
        assert not self_test._is_running(values["NUMBER"])
    assert not list(tmp_path.iterdir())
