"""Measures what a command costs: wall time, and CPU time and memory of its process tree.

Memory is PSS, in which pages that processes share count once. Wall time means something only on an
idle machine. A virtual machine is sometimes fast and sometimes slow even then, which shows in the
time of a fixed loop that is repeated while the command runs.
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

_SAMPLE_SECONDS = 0.5
_SAMPLES_PER_LOOP = 10
_LOOP_STEPS = 200_000
_PART = re.compile(r"([a-z' ]+) ([\d.]+) s")


@dataclass(frozen=True)
class Cost:
    """What a command has cost.

    Attributes:
        submissions: How many submissions it has graded.
        wall: Wall time in seconds.
        cpu: CPU time of all its processes in seconds.
        memory: The largest memory of its process tree in MB.
        parts: Where the workers' time went, in seconds by part.
        usual: The median memory of its process tree in MB.
        loop: The median time of the fixed loop meanwhile, in CPU seconds.
    """

    submissions: int
    wall: float
    cpu: float
    memory: float
    parts: dict[str, float] = field(default_factory=dict)
    usual: float = 0.0
    loop: float = 0.0

    def minus(self, smaller: Cost) -> Cost:
        """What the additional submissions cost, compared with a run over fewer."""
        return replace(
            self,
            submissions=self.submissions - smaller.submissions,
            wall=self.wall - smaller.wall,
            cpu=self.cpu - smaller.cpu,
        )


def script(name: str) -> str:
    """The path of a command in this environment."""
    return str(Path(sys.executable).with_name(name))


def measure_grade(assignment: Assignment, submissions: int) -> Cost:
    """Measure `autograder grade`."""
    return measure([script("autograder"), "grade", assignment.name], assignment, submissions)


def measure(command: list[str], assignment: Assignment, submissions: int) -> Cost:
    """Measure a command that is run in the course and grades so many submissions."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=assignment.course.root,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        with _sampled(process.pid) as (memory, loops):
            out, _ = process.communicate()
        wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}.")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = [line for line in out.splitlines() if "time of all workers: " in line]
    parts = _PART.findall(lines[0].rsplit(": ", 1)[1]) if lines else []
    seconds = {name.strip(): float(number) for name, number in parts}
    return Cost(submissions, wall, cpu, max(memory), seconds, median(memory), median(loops))


@contextmanager
def _sampled(pid: int) -> Iterator[tuple[list[float], list[float]]]:
    """Lists of a process tree's memory (MB) and of the fixed loop's time (s), filled meanwhile."""
    memory, loops, stop = [0.0], [fixed_loop(_LOOP_STEPS)], threading.Event()

    def sample() -> None:
        for number in count(1):
            if stop.wait(_SAMPLE_SECONDS):
                return
            try:
                tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            except psutil.Error:
                return
            memory.append(sum(map(_pss, tree)) / 2**20)
            if number % _SAMPLES_PER_LOOP == 0:
                loops.append(fixed_loop(_LOOP_STEPS))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield memory, loops
    finally:
        stop.set()
        thread.join()


def fixed_loop(steps: int) -> float:
    """CPU seconds of fixed work in this thread, which show how fast this machine is now."""
    start = time.thread_time()
    sum(number * number % 7 for number in range(steps))
    return time.thread_time() - start


def _pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0


def time_shares(cost: Cost) -> str:
    """Where the workers' time went, in percent."""
    total = sum(cost.parts.values()) or 1.0
    return ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in cost.parts.items())
