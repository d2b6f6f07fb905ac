"""Which attacks each layer of the jail stops, for root and for an ordinary user (``LAYERS.md``)."""

from __future__ import annotations

import json
import os

import pytest

from autograder.sandbox.jail import LAYERS
from tests.attacks import layers
from tests.attacks.attack import SAMPLED
from tests.attacks.layers import ALL, NONE, TABLE, Gains

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def gains_by_user(ordinary_user, configurations) -> dict[str, Gains]:
    """What attacks gain, by the user who grades."""
    gains = {}
    # Root's take as long again: they are tried with the others each night (``long``), and with
    # all layers in test_attacks.py.
    if os.geteuid() == 0 and len(configurations) == len(layers.CONFIGURATIONS):
        gains["root"] = layers.find_gains(configurations, everything=False)
    output, errors = ordinary_user.communicate(timeout=300)
    assert ordinary_user.returncode == 0, errors
    gains["user"] = json.loads(output)
    return gains


def test_nothing_succeeds_with_all_layers(gains_by_user):
    """For root and for an ordinary user; for the latter every attack ran."""
    succeeded = {
        user: {attack: gain for attack, gain in gains[ALL].items() if attack not in SAMPLED}
        for user, gains in gains_by_user.items()
    }
    assert succeeded == {user: {} for user in gains_by_user}


@pytest.mark.long
def test_what_the_zygote_watches_succeeds_for_nobody(gains_by_user):
    """It looks every 50 ms, which on a busy machine is later than the attack expects."""
    succeeded = {user: SAMPLED & gains[ALL].keys() for user, gains in gains_by_user.items()}
    assert succeeded == {user: set() for user in gains_by_user}


@pytest.mark.parametrize("kind", ["forging", "wire", "reader"])
def test_the_engine_stops_these_without_a_jail(gains_by_user, kind):
    """No test, no expected value and no verdict is in the process where student code runs."""
    for gains in gains_by_user.values():
        assert [attack for attack in gains[NONE] if attack.startswith(kind)] == []


def test_no_process_can_be_read_without_any_layer(gains_by_user):
    """Neither the grader's memory, environment and descriptors nor the zygote's."""
    about_processes = {
        *("process_memory", "process_environment", "system_call_memory", "stack_frames"),
        *("garbage_collector", "own_memory", "loaded_modules", "history", "environment"),
        *("inherited_descriptors", "timing"),
    }
    for gains in gains_by_user.values():
        assert not {f"reading/{name}" for name in about_processes} & set(gains[NONE])


def test_without_any_layer_attacks_succeed(gains_by_user):
    """The attacks work: otherwise the other tests would show nothing."""
    for gains in gains_by_user.values():
        assert {"escaping/tcp", "reading/course_files", "exhausting/memory"} <= set(gains[NONE])


@pytest.mark.long
def test_the_table_is_up_to_date(gains_by_user):
    """``LAYERS.md`` says which attacks each layer stops."""
    text = TABLE.read_text("utf-8")
    if "root" in gains_by_user and f"code then runs as {(user := layers.student_user())})" in text:
        table = layers.table(gains_by_user["root"], gains_by_user["user"], user)
        assert text == table, gains_by_user
        return
    for row in (line for line in text.splitlines() if line.startswith("| ") and "/" in line):
        attack, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        for name, cell in zip(layers.CONFIGURATIONS, cells, strict=True):
            succeeded = attack in gains_by_user["user"][name]
            assert succeeded == (cell in ("user", "both")), (attack, name)


def test_the_table_names_every_layer():
    """A layer that is added later must be added to the table."""
    head = TABLE.read_text("utf-8").split("| attack |")[1].splitlines()[0]
    assert all(f"without {layer}" in head for layer in LAYERS)
