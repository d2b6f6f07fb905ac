"""Which attacks succeed when a layer of the jail is off: what each layer is for.

``python -m tests.attacks.layers`` (as root) writes ``LAYERS.md``; with ``--json`` it prints what
the user who runs it finds, in all configurations or in those that are named.
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
from tests.attacks.attack import HERE, Attack, load
from tests.attacks.bench import Bench, printed
from tests.support.ordinary_user import as_ordinary_user

TABLE = HERE / "LAYERS.md"
ALL, NONE = "all layers", "no layer"
OFF: dict[str, tuple[str, ...]] = {
    ALL: (),
    **{f"without {layer}": (layer,) for layer in LAYERS},
    NONE: LAYERS,
}

_WHO = Attack("honest", "who", "", 0.0, cells=("import os\nprint(os.getuid())",))
WITHOUT_JAIL = ("forging", "wire", "reader", "reading", "escaping")

_LOST = "lost points"

Found = dict[str, dict[str, list[str]]]  # by configuration, by attack: what it got


def find(names: Iterable[str] = OFF, *, everything: bool) -> Found:
    """Run attacks as this user; what each got.

    Args:
        names: The configurations.
        everything: Run every attack with all layers, too.
    """
    found: Found = {}
    for name in names:
        off = OFF[name]
        found[name] = {}
        if name == ALL and not everything:
            continue  # that is what test_attacks.py does
        with Bench(frozenset(off)) as bench:
            missing = set(LAYERS) - {*off, *bench.layers}
            if missing:
                raise SystemExit(f"This machine has no {min(missing)}.")
            for attack in load():
                if attack.jailed or name == ALL or (name == NONE and attack.kind in WITHOUT_JAIL):
                    got = _got(bench, attack)
                    # What a busy machine takes too long for is no attack's doing: once more.
                    if got and got[0].startswith(_LOST):
                        got = _got(bench, attack)
                    if got:
                        found[name][attack.id] = got
    return found


def _got(bench: Bench, attack: Attack) -> list[str]:
    """What an attack got: secrets, a success that it tells of, or honest points taken away."""
    outcome = bench.assault(attack)
    if outcome.got or attack.kind == "escaping" or outcome.grade.score == attack.score:
        return outcome.got
    return [f"{_LOST}: {outcome.grade.score:g}"]


def runs_as() -> str:
    """Who student code is when this user grades, without namespaces of its own."""
    with Bench(frozenset({"namespaces"})) as bench:
        outcome = bench.assault(_WHO)
    assert outcome.notebook is not None
    number = printed(outcome.notebook)[0]
    return {"0": "root without its rights", "65534": "nobody"}.get(number, "the same user")


def command(hold: Path, names: Iterable[str] = OFF) -> tuple[list[str], dict[str, str]]:
    """The command, and its environment, that prints what an ordinary user finds."""
    return as_ordinary_user(["-m", "tests.attacks.layers", "--json", *names], hold)


def table(root: Found, user: Found, who: str) -> str:
    """The Markdown of ``LAYERS.md``; ``who``: what student code runs as when root grades."""
    names = sorted({attack for found in (root, user) for by in found.values() for attack in by})
    lines = [
        "# What each layer of the jail is for",
        "",
        "Attacks that succeed with a layer switched off, when the grader runs as **root** (student",
        f"code then runs as {who}), as an ordinary **user** (student code runs as the same),",
        "or as **both**. Written by `python -m tests.attacks.layers`, checked by `test_layers.py`.",
        "",
        "No attack succeeds with all layers, and none that is not in this table succeeds with any",
        "one of them off, or with all of them off: forging, lying on the wire, attacking the",
        "reader, and reading tests or expected values out of a process fail without any jail.",
        "",
        f"| attack | {' | '.join(OFF)} |",
        f"|---|{'---|' * len(OFF)}",
    ]
    for attack in names:
        cells = [_who(attack in root[name], attack in user[name]) for name in OFF]
        lines.append(f"| {attack} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _who(root: bool, user: bool) -> str:
    return "both" if root and user else "root" if root else "user" if user else ""


def main() -> None:
    """Print this user's findings, or write the table."""
    warnings.simplefilter("ignore")
    if "--json" in sys.argv:
        names = sys.argv[sys.argv.index("--json") + 1 :] or OFF
        print(json.dumps(find(names, everything=True)))  # noqa: T201  it is what the caller reads
        return
    if os.geteuid():
        raise SystemExit("Run this as root: the table is of both users.")
    with tempfile.TemporaryDirectory() as folder:
        arguments, environment = command(Path(folder) / "hold")
        with subprocess.Popen(
            arguments, env=environment, cwd="/", stdout=subprocess.PIPE, text=True
        ) as other:
            root = find(everything=False)
            said, _ = other.communicate()
    TABLE.write_text(table(root, json.loads(said), runs_as()), "utf-8")


if __name__ == "__main__":
    main()
