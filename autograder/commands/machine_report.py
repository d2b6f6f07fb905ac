"""``autograder doctor``: what this machine has, and whether it contains what students hand in."""

from __future__ import annotations

import getpass
import os
import platform
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder import __version__
from autograder.errors import RunnerError
from autograder.runners.jailed import JailedRunner
from autograder.sandbox import seccomp
from autograder.sandbox.jail import is_supported
from autograder.sandbox.self_test import LIMITS, PROBES, Probe, failed_probes

SCHEMA = 1
# What each layer of the jail keeps student code from, for whoever reads that one does not hold.
_PURPOSES = {
    "namespaces": "other processes, the network and all files but Python's are out of sight",
    "landlock": "files are closed once more, by their path",
    "seccomp": "no sockets, no tracing, no mounting, no new namespaces",
    "rlimits": "memory, time, disk, open files and processes are bounded",
}
_PACKAGES = ("nbgrader", "numpy", "scipy", "scikit-learn", "matplotlib", "ipython", "msgpack")


@dataclass(frozen=True)
class MachineReport:
    """What was found.

    Attributes:
        facts: What this machine has, by name.
        layers: For each jail layer why it does not hold; empty where it does.
        escaped: The threats of the canary that were not contained.
        problem: Why nothing can be graded safely; empty if it can.
    """

    facts: dict[str, str]
    layers: dict[str, str] = field(default_factory=dict)
    escaped: tuple[Probe, ...] = ()
    problem: str = ""

    @property
    def sound(self) -> bool:
        """Whether work of students may be graded here."""
        return not self.problem

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json``."""
        return {
            "schema": SCHEMA,
            "sound": self.sound,
            "problem": self.problem,
            "facts": self.facts,
            "layers": {name: {"holds": not why, "why": why} for name, why in self.layers.items()},
            "canary": {one.name: one not in self.escaped for one in PROBES if self.layers},
        }

    def show(self, console: Console) -> None:
        """Print it for a person."""
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for name, fact in self.facts.items():
            table.add_row(name, fact)
        console.print(table)
        if self.layers:
            console.print("\nLayers of the jail", style="bold")
            for name, why in self.layers.items():
                line = _line(name, f"does not hold, because {why}" if why else "")
                console.print(line + Text(f" ({_PURPOSES[name]})", "dim"))
            console.print("\nHostile cells", style="bold")
            for one in PROBES:
                console.print(_line(one.name, one.sentence if one in self.escaped else ""))
        console.print()
        if self.sound:
            console.print("All hostile cells were contained: work of students can be graded here.")
        if self.sound and any(self.layers.values()):
            console.print("What does not hold above would be a second wall; the others stand.")


def examine_machine(runner: JailedRunner | None = None) -> MachineReport:
    """Look this machine over; a few seconds.

    Args:
        runner: What executes the canary; one with all layers that hold here, if None.
    """
    facts = _facts()
    able, sentence = is_supported()
    if not able:
        return MachineReport(facts, problem=sentence)
    try:
        with runner or JailedRunner() as one:
            layers = one.findings
            escaped = tuple(
                failed_probes(
                    partial(one.run, limits=LIMITS, seed="", files=None, rerun_experiments=False)
                )
            )
    except RunnerError as error:
        return MachineReport(facts, problem=f"Nothing can be graded here: {error}")
    problem = ""
    if escaped:
        names = ", ".join(one.name for one in escaped)
        problem = (
            f"Not contained here: {names}. {escaped[0].sentence} Do not grade work of students on "
            "this machine before the layers that do not hold are mended."
        )
    return MachineReport(facts, layers, escaped, problem)


def _facts() -> dict[str, str]:
    return {
        "autograder": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "kernel": platform.release(),
        "user": _user(),
        "libseccomp": "installed" if seccomp.available() else "not installed",
        **{name: version(name) for name in _PACKAGES},
    }


def _user() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        return f"number {os.getuid()}"
    return name


def _line(name: str, fault: str) -> Text:
    """✓ or ✗, the name, and what is wrong."""
    sign = Text("  ✗ ", "red") if fault else Text("  ✓ ", "green")
    return sign + Text(f"{name}: {fault}" if fault else name)
