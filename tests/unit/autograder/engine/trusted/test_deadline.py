"""A test cell ends, and takes no more memory than it may, whatever was returned to it."""

import os
import signal
import threading
from dataclasses import replace

import numpy as np
import pytest

from autograder.engine.trusted.deadline import Deadline
from autograder.engine.trusted.errors import StudentError
from tests.support.cells import LIMITS, test_cell

BRIEF = replace(LIMITS, cell_seconds=1.0)
ADD = "def add(a, b):\n    return a + b"


def test_a_check_that_never_ends_costs_itself_only(execute):
    """It is told from a wrong answer, and the next check runs."""
    ran = execute(
        ADD,
        test_cell("""
            try:
                while add: pass
            except Exception as error: print(error.verdict, error)
            print(add(1, 2))
        """),
        limits=BRIEF,
    )
    assert ran[1].startswith("timed_out To check what was returned takes longer than 1 seconds.")
    assert ran[1].endswith("\n3\n")


def test_a_cell_of_plain_assertions_says_that_it_timed_out(execute):
    """As a cell of the student's does."""
    ran = execute(test_cell("while True: pass"), "1 + 1", limits=BRIEF)
    assert ran[0].startswith("TimedOut: To check")
    assert ran[1] == "2"


def test_the_student_s_time_does_not_count_as_the_check_s(execute):
    """Calls have their own deadline, each of them."""
    ran = execute(
        "import time\ndef wait(): time.sleep(0.6)",
        test_cell("wait(); wait(); print('done')"),
        limits=BRIEF,
    )
    assert ran[1] == "done\n"


def test_a_check_gets_no_more_memory_than_a_student(execute):
    """And this process has its own limit back afterwards."""
    ran = execute(
        "def wide(): return 2**29",
        test_cell("""
            import numpy as np
            try: print(np.empty(wide(), "u1").size)
            except MemoryError: print("refused")
        """),
        limits=replace(LIMITS, memory_mb=256),
    )
    assert ran[1] == "refused\n"
    assert np.empty(2**29, "u1").size == 2**29


def test_no_message_is_cut_in_two():
    """What falls due while the student's process is spoken to is raised afterwards."""
    deadline, spoken = Deadline(LIMITS), []

    def speak() -> None:
        with deadline.held():
            os.kill(os.getpid(), signal.SIGPROF)
            spoken.append("all of it")

    with deadline.watched():
        with pytest.raises(StudentError, match="To check"):
            speak()
        assert spoken == ["all of it"]
        with deadline.held():
            pass  # it was raised once


def test_outside_of_the_main_thread_a_cell_is_run_without():
    """Signals come to the main thread only; a Dask worker, say, runs tasks in another."""
    done = []

    def work() -> None:
        with Deadline(LIMITS).watched():
            done.append(signal.getitimer(signal.ITIMER_PROF))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [(0.0, 0.0)]


def test_the_signal_is_given_back():
    """Somebody may be profiling."""
    before = signal.getsignal(signal.SIGPROF)
    with Deadline(LIMITS).watched():
        assert signal.getsignal(signal.SIGPROF) != before
    assert signal.getsignal(signal.SIGPROF) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
