"""What a command costs: wall time, CPU time of its process tree, and the tree's largest memory.

Memory is PSS, so that pages that processes share count once. Wall time is only worth something on
an idle machine.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import psutil

from autograder.course import Assignment

_LOOK_EVERY = 0.5
_PART = re.compile(r"([a-z' ]+) ([\d.]+) s")


@dataclass(frozen=True)
class Cost:
    """What a command came to.

    Attributes:
        submissions: How many it had.
        wall: Seconds by the clock.
        cpu: Seconds of CPU time of all its processes.
        memory: The largest of its process tree, in MB.
        parts: Where the workers' time went, in seconds.
    """

    submissions: int
    wall: float
    cpu: float
    memory: float
    parts: dict[str, float] = field(default_factory=dict)

    def less(self, start: Cost) -> Cost:
        """Without what a run over fewer submissions cost: the price of each further one."""
        return Cost(
            self.submissions - start.submissions,
            self.wall - start.wall,
            self.cpu - start.cpu,
            self.memory,
            self.parts,
        )


def script(name: str) -> str:
    """A command of this environment."""
    return str(Path(sys.executable).with_name(name))


def ours(assignment: Assignment, count: int) -> Cost:
    """Grade the class with `autograder grade`."""
    return measured([script("autograder"), "grade", assignment.name], assignment, count)


def measured(command: list[str], assignment: Assignment, count: int) -> Cost:
    """Run a command in the course."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=assignment.course.root,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        with _largest(process.pid) as memory:
            out, _ = process.communicate()
        wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}.")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = [line for line in out.splitlines() if "time of all workers: " in line]
    parts = _PART.findall(told[0].rsplit(": ", 1)[1]) if told else []
    seconds = {name.strip(): float(number) for name, number in parts}
    return Cost(count, wall, cpu, memory[0] / 2**20, seconds)


@contextmanager
def _largest(pid: int) -> Iterator[list[float]]:
    """The largest memory of a process tree while the block runs, looked at now and then."""
    largest, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_EVERY):
            try:
                tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            except psutil.Error:
                return
            largest[0] = max(largest[0], sum(map(_pss, tree)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield largest
    finally:
        over.set()
        thread.join()


def _pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0


def shares(cost: Cost) -> str:
    """Where the workers' time went, in shares."""
    total = sum(cost.parts.values()) or 1.0
    return ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in cost.parts.items())
