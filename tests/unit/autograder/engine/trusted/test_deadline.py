"""A test cell ends, and takes no more memory than it may, whatever student code returns to it."""

import os
import resource
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import StudentError
from tests.support.cells import LIMITS, test_cell

SHORT = replace(LIMITS, cell_seconds=1.0)
ADD = "def add(a, b):\n    return a + b"


def test_a_check_that_never_ends_costs_itself_only(execute):
    """Its verdict is not that of a wrong answer, and the next check runs."""
    outputs = execute(
        ADD,
        test_cell("""
            try:
                while add: pass
            except Exception as error: print(error.verdict, error)
            print(add(1, 2))
        """),
        limits=SHORT,
    )
    assert outputs[1].startswith(
        "timed_out Checking what was returned takes longer than 1 seconds."
    )
    assert outputs[1].endswith("\n3\n")


def test_a_cell_of_plain_assertions_says_that_it_timed_out(execute):
    """As a student's cell does."""
    outputs = execute(test_cell("while True: pass"), "1 + 1", limits=SHORT)
    assert outputs[0].startswith("TimedOut: Checking")
    assert outputs[1] == "2"


def test_the_student_s_time_does_not_count_as_the_check_s(execute):
    """Each call has a deadline of its own."""
    outputs = execute(
        "import time\ndef wait(): time.sleep(0.6)",
        test_cell("wait(); wait(); print('done')"),
        limits=SHORT,
    )
    assert outputs[1] == "done\n"


def test_a_check_gets_no_more_memory_than_a_student(execute):
    """Afterwards this process has its own limit back."""
    outputs = execute(
        "def wide(): return 2**29",
        test_cell("""
            import numpy as np
            try: print(np.empty(wide(), "u1").size)
            except MemoryError: print("refused")
        """),
        limits=replace(LIMITS, memory_mb=256),
    )
    assert outputs[1] == "refused\n"
    assert np.empty(2**29, "u1").size == 2**29


def test_no_message_is_cut_in_two():
    """If time is up during an exchange with the student's process, the error comes after it."""
    deadline, exchanged = Deadline(LIMITS), []

    def exchange() -> None:
        with deadline.deferred():
            os.kill(os.getpid(), signal.SIGPROF)
            exchanged.append("all of it")

    with deadline.watched():
        with pytest.raises(StudentError, match="Checking"):
            exchange()
        assert exchanged == ["all of it"]
        with deadline.deferred():
            pass  # it was raised once


def test_outside_the_main_thread_there_is_no_deadline():
    """Signals come to the main thread only; a Dask worker, say, runs tasks in another one."""
    timers = []

    def read_timer() -> None:
        with Deadline(LIMITS).watched():
            timers.append(signal.getitimer(signal.ITIMER_PROF))

    thread = threading.Thread(target=read_timer)
    thread.start()
    thread.join()
    assert timers == [(0.0, 0.0)]


def test_the_signal_handler_is_restored():
    """A profiler may be using it."""
    before = signal.getsignal(signal.SIGPROF)
    with Deadline(LIMITS).watched():
        assert signal.getsignal(signal.SIGPROF) != before
    assert signal.getsignal(signal.SIGPROF) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_a_loop_in_c_is_ended_by_the_kernel():
    """No exception ends it: the process does, so that whoever started it can go on."""
    child = os.fork()
    if child == 0:
        try:
            np.random.set_state(("MT19937", np.zeros(624, np.uint32), 624, 0, 0.0))
            with Deadline(replace(LIMITS, cell_seconds=0.2)).watched():
                np.random.randn()
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGXCPU


def test_the_kernel_s_deadline_moves_on_with_each_check():
    """A cell of many checks, each of which times out, is not ended; afterwards there is none."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    start, expired = time.process_time(), 0
    with Deadline(replace(LIMITS, cell_seconds=0.2)).watched():
        while time.process_time() < start + 5.0:
            try:
                while True:
                    pass
            except StudentError:
                expired += 1
    assert expired > 5
    assert resource.getrlimit(resource.RLIMIT_CPU) == before


def test_the_kernel_s_deadline_is_told_by_the_kernel_s_clock(monkeypatch):
    """In a process that has run for hours, getrusage() differs from it by more than the grace."""
    own = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda clock: own(clock) + 1000.0)
    with Deadline(replace(LIMITS, cell_seconds=0.2)).watched():
        assert resource.getrlimit(resource.RLIMIT_CPU)[0] > 1002
