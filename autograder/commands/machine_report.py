"""What this machine has, and whether it contains hostile notebooks: ``autograder doctor``."""

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
from autograder.course.grading_options import JAIL_MINIMUM
from autograder.errors import RunnerError
from autograder.runners.jailed import JailedRunner
from autograder.sandbox import seccomp
from autograder.sandbox.jail import JailPolicy, is_supported
from autograder.sandbox.self_test import LIMITS, PROBES, Probe, failed_probes

SCHEMA = 2
# What each layer of the jail is for, in words that an instructor understands.
_PURPOSES = {
    "namespaces": "other processes, the network and all files but Python's are out of sight",
    "landlock": "files are closed once more, by their path",
    "seccomp": "no sockets, no tracing, no mounting, no new namespaces",
    "rlimits": "memory, time, disk, open files and processes are limited",
}
_PACKAGES = ("nbgrader", "numpy", "scipy", "scikit-learn", "matplotlib", "ipython", "msgpack")


@dataclass(frozen=True)
class MachineReport:
    """The findings about one machine.

    Attributes:
        facts: What the machine has, by name.
        layers: For each layer of the jail why it is not in force; empty where it is.
        escaped: The probes that were not contained.
        problem: Why nothing can be graded safely; empty if it can.
    """

    facts: dict[str, str]
    layers: dict[str, str] = field(default_factory=dict)
    escaped: tuple[Probe, ...] = ()
    problem: str = ""

    @property
    def is_safe(self) -> bool:
        """Whether students' work may be graded here."""
        return not self.problem

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json``. The keys are what other programs read: they do not change."""
        return {
            "schema": SCHEMA,
            "sound": self.is_safe,
            "problem": self.problem,
            "facts": self.facts,
            "layers": {name: {"holds": not why, "why": why} for name, why in self.layers.items()},
            "probes": {probe.name: probe not in self.escaped for probe in PROBES if self.layers},
        }

    def show(self, console: Console) -> None:
        """Print the report for a person."""
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for name, fact in self.facts.items():
            table.add_row(name, fact)
        console.print(table)
        if self.layers:
            console.print("\nLayers of the jail", style="bold")
            for name, why in self.layers.items():
                line = _line(name, f"not in force, because {why}" if why else "")
                console.print(line + Text(f" ({_PURPOSES[name]})", "dim"))
            console.print("\nHostile cells", style="bold")
            for probe in PROBES:
                console.print(_line(probe.name, probe.consequence if probe in self.escaped else ""))
        console.print()
        if self.is_safe:
            console.print("All hostile cells were contained: student work can be graded here.")
        if self.is_safe and any(self.layers.values()):
            console.print(
                "A layer that is not in force would only be a second line of defence; the others "
                "are enough."
            )


def examine_machine(runner: JailedRunner | None = None) -> MachineReport:
    """Examine this machine; takes a few seconds.

    Args:
        runner: What executes the probes; with None, one with every layer that works here.
    """
    facts = _facts()
    supported, reason = is_supported()
    if not supported:
        return MachineReport(facts, problem=reason)
    try:
        with runner or JailedRunner() as jailed:
            layers = jailed.findings
            facts["memory of a submission"] = jailed.memory_bound
            escaped = tuple(
                failed_probes(
                    partial(jailed.run, limits=LIMITS, seed="", files=None, rerun_experiments=False)
                )
            )
    except RunnerError as error:
        return MachineReport(facts, problem=f"Nothing can be graded here: {error}")
    problem = ""
    holding = [name for name, why in layers.items() if not why]
    if missing := JailPolicy(require=frozenset(JAIL_MINIMUM)).missing(holding):
        names = " or ".join(missing[0].split("|"))
        problem = (
            f"The layer {names} is not in force, and nothing is graded without it unless a course "
            "accepts less (`c.GradeCells.jail_minimum`)."
        )
    if escaped:
        names = ", ".join(probe.name for probe in escaped)
        problem = (
            f"Not contained here: {names}. {escaped[0].consequence} Do not grade student work on "
            "this machine before the layers that are not in force are fixed."
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
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        return f"number {os.getuid()}"


def _line(name: str, fault: str) -> Text:
    """A line with ✓, or with ✗ and what is wrong."""
    sign = Text("  ✗ ", "red") if fault else Text("  ✓ ", "green")
    return sign + Text(f"{name}: {fault}" if fault else name)
