"""A runner in another process: the same results, and an end of it is told in a sentence."""

import multiprocessing

import pytest

from autograder.batch.process_runner import ProcessRunner, shared_process_runner
from autograder.course.grading_options import EngineChoice
from autograder.errors import RunnerError
from tests.support.cells import LIMITS, cell_text, execute_in, notebook, test_cell

DIVIDE = "def divide(x):\n    return 1 / x"
CALLS = "print(divide(2.0))\ntry: divide(0)\nexcept ZeroDivisionError as error: print(error)"


def test_what_it_gives_and_what_it_says_when_its_process_ends():
    """Outputs and recorded calls come over; after an end the next notebook gets another process."""
    runner = ProcessRunner(EngineChoice())
    try:
        with pytest.raises(RunnerError, match=r"without an answer \(it ended with exit code 7\)"):
            execute_in(runner, DIVIDE, test_cell("import os\nos._exit(7)"))
        made = notebook(DIVIDE, test_cell(CALLS, "a"))
        options = {"seed": "secret", "files": None, "rerun_experiments": False}
        result = runner.run(made, limits=LIMITS, **options)
        assert cell_text(made.cells[1]).startswith("0.5\n`divide` raised ZeroDivisionError")
        assert [call.function for call in result.calls["a"]] == ["divide", "divide"]
        assert result.calls["a"][1].error.ename == "ZeroDivisionError"
        assert runner.layers
    finally:
        runner.close()


def begin_and_leave():
    """Use a runner in a worker of multiprocessing, as formgrader's buttons do, and end."""
    assert shared_process_runner(EngineChoice(jail="none")).layers is not None


def test_a_worker_that_has_used_one_can_end():
    """Its own child does not keep it waiting."""
    process = multiprocessing.get_context("spawn").Process(target=begin_and_leave)
    process.start()
    process.join(60)
    try:
        assert process.exitcode == 0
    finally:
        process.kill()
