"""What each layer of the jail is for, as root and as an ordinary user (``LAYERS.md``)."""

from __future__ import annotations

import json
import os

import pytest

from autograder.sandbox.jail import LAYERS
from tests.attacks import layers
from tests.attacks.layers import ALL, NONE, TABLE, Found

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(ordinary_user, configurations) -> dict[str, Found]:
    """What attacks get, by user."""
    root = layers.find(configurations, everything=False) if os.geteuid() == 0 else None
    said, errors = ordinary_user.communicate(timeout=300)
    assert ordinary_user.returncode == 0, errors
    both = {"user": json.loads(said)}
    return both if root is None else {"root": root, **both}


def test_nothing_succeeds_with_all_layers(found):
    """For root and for an ordinary user; the latter ran every attack."""
    assert not any(one[ALL] for one in found.values())


@pytest.mark.parametrize("kind", ["forging", "wire", "reader"])
def test_the_engine_itself_stops_these(found, kind):
    """With no jail at all: no test, no expected value and no verdict is where student code runs."""
    for one in found.values():
        assert [attack for attack in one[NONE] if attack.startswith(kind)] == []


def test_no_process_can_be_read_without_any_layer(found):
    """Neither the grader's memory, environment and descriptors nor the warm parent's."""
    of_processes = {
        *("process_memory", "process_environment", "system_call_memory", "stack_frames"),
        *("garbage_collector", "own_memory", "loaded_modules", "history", "environment"),
        *("inherited_descriptors", "timing"),
    }
    for one in found.values():
        assert not {f"reading/{name}" for name in of_processes} & set(one[NONE])


def test_without_any_layer_the_jail_s_attacks_do_succeed(found):
    """Otherwise the suite would not show anything: the attacks are in working order."""
    for one in found.values():
        assert {"escaping/tcp", "reading/course_files", "exhausting/memory"} <= set(one[NONE])


@pytest.mark.long
def test_the_table_is_what_was_found(found):
    """``LAYERS.md`` says which attacks each layer stops."""
    text = TABLE.read_text("utf-8")
    if "root" in found and f"code then runs as {(who := layers.runs_as())})" in text:
        assert text == layers.table(found["root"], found["user"], who), found
        return
    for row in (line for line in text.splitlines() if line.startswith("| ") and "/" in line):
        attack, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        for name, cell in zip(layers.OFF, cells, strict=True):
            assert (attack in found["user"][name]) == (cell in ("user", "both")), (attack, name)


def test_the_table_names_every_layer():
    """A layer that is added later must be looked at."""
    head = TABLE.read_text("utf-8").split("| attack |")[1].splitlines()[0]
    assert all(f"without {layer}" in head for layer in LAYERS)
