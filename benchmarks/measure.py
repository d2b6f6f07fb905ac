"""What a command costs: wall time, CPU time of its process tree, and the tree's largest memory.

Memory is PSS, so that pages that processes share count once. Wall time is only worth something on
an idle machine; and on a virtual one even an idle machine is now fast and now slow, which the time
of a fixed loop, taken again and again while the command runs, tells.
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
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from statistics import median

import click
import psutil

from autograder.course.layout import Assignment

_LOOK_EVERY = 0.5
_LOOPS_EVERY = 10  # looks
_SHORT = 200_000
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
        usual: The median of the tree's memory, in MB.
        loop: The median of a fixed loop's time meanwhile, in CPU seconds.
    """

    submissions: int
    wall: float
    cpu: float
    memory: float
    parts: dict[str, float] = field(default_factory=dict)
    usual: float = 0.0
    loop: float = 0.0

    def less(self, start: Cost) -> Cost:
        """Without what a run over fewer submissions cost: the price of each further one."""
        return replace(
            self,
            submissions=self.submissions - start.submissions,
            wall=self.wall - start.wall,
            cpu=self.cpu - start.cpu,
        )


def script(name: str) -> str:
    """A command of this environment."""
    return str(Path(sys.executable).with_name(name))


def ours(assignment: Assignment, count: int) -> Cost:
    """Grade the class with `autograder grade`."""
    return measured([script("autograder"), "grade", assignment.name], assignment, count)


def measured(command: list[str], assignment: Assignment, submissions: int) -> Cost:
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
        with _watched(process.pid) as (memory, loops):
            out, _ = process.communicate()
        wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}.")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = [line for line in out.splitlines() if "time of all workers: " in line]
    parts = _PART.findall(told[0].rsplit(": ", 1)[1]) if told else []
    seconds = {name.strip(): float(number) for name, number in parts}
    return Cost(submissions, wall, cpu, max(memory), seconds, median(memory), median(loops))


@contextmanager
def _watched(pid: int) -> Iterator[tuple[list[float], list[float]]]:
    """A process tree's memory (MB) and a fixed loop's time (s), looked at now and then."""
    memory, loops, over = [0.0], [fixed_loop(_SHORT)], threading.Event()

    def look() -> None:
        for number in count(1):
            if over.wait(_LOOK_EVERY):
                return
            try:
                tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            except psutil.Error:
                return
            memory.append(sum(map(_pss, tree)) / 2**20)
            if number % _LOOPS_EVERY == 0:
                loops.append(fixed_loop(_SHORT))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory, loops
    finally:
        over.set()
        thread.join()


def fixed_loop(steps: int) -> float:
    """CPU seconds of fixed work in this thread: how fast this machine is just now."""
    begun = time.thread_time()
    sum(number * number % 7 for number in range(steps))
    return time.thread_time() - begun


def _pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0


def shares(cost: Cost) -> str:
    """Where the workers' time went, in shares."""
    total = sum(cost.parts.values()) or 1.0
    return ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in cost.parts.items())
