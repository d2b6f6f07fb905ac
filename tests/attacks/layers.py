"""Finds which attacks succeed when a layer of the jail is off, that is, what each layer is for.

``python -m tests.attacks.layers`` (as root) writes ``LAYERS.md``. With ``--json`` it prints which
attacks succeed for the current user, in all configurations or in those that are named.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path

from autograder.sandbox.jail import LAYERS
from tests.attacks.attack import FOLDER, Attack, load
from tests.attacks.attacked_course import AttackedCourse, printed_lines
from tests.support.ordinary_user import as_ordinary_user

TABLE = FOLDER / "LAYERS.md"
ALL, NONE = "all layers", "no layer"
CONFIGURATIONS: dict[str, tuple[str, ...]] = {
    ALL: (),
    **{f"without {layer}": (layer,) for layer in LAYERS},
    NONE: LAYERS,
}

_PRINT_USER = Attack("honest", "user", "", 0.0, cells=("import os\nprint(os.getuid())",))
WITHOUT_JAIL = ("forging", "wire", "reader", "reading", "escaping")

_LOST = "lost points"

Gains = dict[str, dict[str, list[str]]]  # by configuration and attack


def find_gains(names: Iterable[str] = CONFIGURATIONS, *, everything: bool) -> Gains:
    """Run attacks as this user; returns what each of those that succeeded gained.

    Args:
        names: The configurations.
        everything: Whether to run every attack with all layers, too.
    """
    all_gains: Gains = {}
    for name in names:
        disabled = CONFIGURATIONS[name]
        all_gains[name] = {}
        if name == ALL and not everything:
            continue  # that is what test_attacks.py does
        with AttackedCourse(frozenset(disabled)) as course:
            missing = set(LAYERS) - {*disabled, *course.layers}
            if missing:
                raise SystemExit(f"This machine has no {min(missing)}.")
            for attack in load():
                if attack.jailed or name == ALL or (name == NONE and attack.kind in WITHOUT_JAIL):
                    gains = _gains(course, attack)
                    # On a busy machine honest work may take too long: try once more.
                    if gains and gains[0].startswith(_LOST):
                        gains = _gains(course, attack)
                    if gains:
                        all_gains[name][attack.id] = gains
    return all_gains


def _gains(course: AttackedCourse, attack: Attack) -> list[str]:
    """What an attack gained: secrets, a success that it reports, or loss of honest points."""
    result = course.grade(attack)
    if result.gains or attack.kind == "escaping" or result.grade.score == attack.score:
        return result.gains
    return [f"{_LOST}: {result.grade.score:g}"]


def student_user() -> str:
    """Which user student code runs as when this user grades without the layer of namespaces."""
    with AttackedCourse(frozenset({"namespaces"})) as course:
        result = course.grade(_PRINT_USER)
    assert result.notebook is not None
    number = printed_lines(result.notebook)[0]
    return {"0": "root without its rights", "65534": "nobody"}.get(number, "the same user")


def command(
    folder: Path, names: Iterable[str] = CONFIGURATIONS
) -> tuple[list[str], dict[str, str]]:
    """The command, and its environment, that prints which attacks succeed for an ordinary user."""
    return as_ordinary_user(["-m", "tests.attacks.layers", "--json", *names], folder)


def table(root: Gains, user: Gains, student: str) -> str:
    """The Markdown of ``LAYERS.md``.

    Args:
        root: What attacks gain when root grades.
        user: What they gain when an ordinary user grades.
        student: Which user student code runs as when root grades.
    """
    by_configuration = [*root.values(), *user.values()]
    names = sorted({attack for gains in by_configuration for attack in gains})
    lines = [
        "# What each layer of the jail is for",
        "",
        "Attacks that succeed with a layer switched off, when the grader runs as **root** (student",
        f"code then runs as {student}), as an ordinary **user** (student code runs as the same),",
        "or as **both**. Written by `python -m tests.attacks.layers`, checked by `test_layers.py`.",
        "",
        "No attack succeeds with all layers on. Attacks that are not in this table fail with any",
        "one of them off, and with all of them off: forging, breaking the protocol, attacking the",
        "reader, and reading tests or expected values out of a process fail without any jail.",
        "",
        f"| attack | {' | '.join(CONFIGURATIONS)} |",
        f"|---|{'---|' * len(CONFIGURATIONS)}",
    ]
    for attack in names:
        cells = [_users(attack in root[name], attack in user[name]) for name in CONFIGURATIONS]
        lines.append(f"| {attack} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _users(root: bool, user: bool) -> str:
    return "both" if root and user else "root" if root else "user" if user else ""


def main() -> None:
    """Print what attacks gain when this user grades, or write the table."""
    warnings.simplefilter("ignore")
    if "--json" in sys.argv:
        names = sys.argv[sys.argv.index("--json") + 1 :] or CONFIGURATIONS
        print(json.dumps(find_gains(names, everything=True)))  # noqa: T201  the caller reads it
        return
    if os.geteuid():
        raise SystemExit("Run this as root: the table needs root and an ordinary user.")
    with tempfile.TemporaryDirectory() as folder:
        arguments, environment = command(Path(folder) / "folder")
        with subprocess.Popen(
            arguments, env=environment, cwd="/", stdout=subprocess.PIPE, text=True
        ) as process:
            root = find_gains(everything=False)
            output, _ = process.communicate()
    TABLE.write_text(table(root, json.loads(output), student_user()), "utf-8")


if __name__ == "__main__":
    main()
