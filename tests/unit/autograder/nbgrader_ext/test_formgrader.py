"""What formgrader's buttons do, without a server."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.course.layout import CONFIG
from autograder.nbgrader_ext.config_sections import picklable
from autograder.nbgrader_ext.formgrader import Action, ActionWorker, perform_action
from tests.conftest import ASSIGNMENT


def action(root: Path, method: str = "autograde", *arguments: str) -> Action:
    """What a button of a server in the course's folder asks for."""
    arguments = arguments or (ASSIGNMENT, "ada")
    return Action(method, arguments, str(root), str(root), search_config=True)


def process_id(action: Action) -> dict:
    """Instead of the action: the id of the process that would perform it."""
    return {"success": True, "process": os.getpid()}


def die_for_mallory(action: Action) -> dict:
    """Instead of the action: end the process for one student, as the kernel does without memory."""
    if action.arguments[1] == "mallory":
        os.kill(os.getpid(), signal.SIGKILL)
    return process_id(action)


def run_in_thread(coroutine):
    """The result of a coroutine; in this thread Playwright leaves an event loop that runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(coroutine())).result()


@pytest.fixture
def _restore_working_directory():
    """An action changes to the working directory of its server."""
    before = Path.cwd()
    yield
    os.chdir(before)


@pytest.fixture
def broken_course(course) -> Path:
    """A course whose config cannot be loaded."""
    (course.root / CONFIG).write_text("raise RuntimeError('out of order')\n")
    return course.root


def test_all_actions_run_in_one_process_beside_the_server(tmp_path):
    """Its libraries are loaded once, and the server does not have to wait for it."""

    async def run():
        worker = ActionWorker(process_id)
        try:
            return await asyncio.gather(*(worker.run(action(tmp_path)) for _ in range(5)))
        finally:
            worker.close()

    processes = {result["process"] for result in run_in_thread(run)}
    assert len(processes) == 1
    assert processes != {os.getpid()}


def test_an_action_that_kills_the_process(tmp_path):
    """The page gets a sentence with what to do, and the next action runs in a new process."""

    async def run():
        worker = ActionWorker(die_for_mallory)
        try:
            return await asyncio.gather(
                *(
                    worker.run(action(tmp_path, "autograde", ASSIGNMENT, student))
                    for student in ("ada", "mallory", "ben")
                )
            )
        finally:
            worker.close()

    ada, mallory, ben = run_in_thread(run)
    assert not mallory["success"]
    assert f"autograder grade {ASSIGNMENT}" in mallory["error"]
    assert ada["success"]
    assert ben["success"]
    assert ada["process"] != ben["process"]


@pytest.mark.usefixtures("_restore_working_directory")
def test_nothing_is_done_if_the_config_cannot_be_loaded(broken_course):
    """Plain nbgrader would go on without it, and run what students wrote outside the jail."""
    result = perform_action(action(broken_course, "generate_assignment", ASSIGNMENT))
    assert not result["success"]
    assert "out of order" in result["error"]
    assert not (broken_course / "gradebook.db").exists()


@pytest.mark.usefixtures("_restore_working_directory")
def test_a_wrong_setting_is_reported(course):
    """Traitlets ends the program over it, but the process must not end."""
    with (course.root / CONFIG).open("a") as file:
        file.write("\nc.NbGrader.log_level = 'very loud'\n")
    result = perform_action(action(course.root))
    assert not result["success"]


@pytest.mark.usefixtures("_restore_working_directory")
def test_a_course_that_was_opened_by_its_path(course, broken_course, tmp_path):
    """Only its own config is used, not the one in the server's working directory."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / CONFIG).write_text((broken_course / CONFIG).read_text())
    result = perform_action(
        Action("unrelease", ("nothing",), str(broken_course), str(tmp_path / "elsewhere"), False)
    )
    assert not result["success"]


def test_the_config_of_the_server_is_sent_along():
    """Except for functions of the server's config file, which another process cannot import."""
    config = Config()
    config.CourseDirectory.course_id = "foundations"
    config.FileContentsManager.pre_save_hook = lambda **_: None
    assert picklable(config) == {"CourseDirectory": {"course_id": "foundations"}}
