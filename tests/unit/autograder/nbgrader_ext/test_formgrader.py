"""Who does the work of formgrader's buttons, without a server."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.course.layout import CONFIG
from autograder.nbgrader_ext.formgrader import Action, ActionWorker, _sendable, perform_action
from tests.conftest import ASSIGNMENT


def order(root: Path, method: str = "autograde", *arguments: str, **others) -> Action:
    """What a button of a server in the course's folder asks for."""
    settings = {"searches": True, **others}
    return Action(method, arguments or (ASSIGNMENT, "ada"), str(root), str(root), **settings)


def whom(order: Action) -> dict:
    """In place of the work: the number of the process that would do it."""
    return {"success": True, "process": os.getpid()}


def die_for_mallory(order: Action) -> dict:
    """In place of the work: one student's kills the process, as the kernel does without memory."""
    if order.arguments[1] == "mallory":
        os.kill(os.getpid(), signal.SIGKILL)
    return whom(order)


def in_a_loop(ask):
    """What a coroutine gives, in a thread: Playwright leaves a loop that runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(ask())).result()


@pytest.fixture
def _here():
    """The working directory is put back: an order goes where its server is."""
    before = Path.cwd()
    yield
    os.chdir(before)


@pytest.fixture
def broken(course) -> Path:
    """A course whose config cannot be loaded."""
    (course.root / CONFIG).write_text("raise RuntimeError('out of order')\n")
    return course.root


def test_all_orders_are_done_by_one_process_beside_the_server(tmp_path):
    """Its libraries are loaded once; whoever waits for it does not hold the server up."""

    async def ask():
        clerk = ActionWorker(whom)
        try:
            return await asyncio.gather(*(clerk.do(order(tmp_path)) for _ in range(5)))
        finally:
            clerk.close()

    processes = {answer["process"] for answer in in_a_loop(ask)}
    assert len(processes) == 1
    assert processes != {os.getpid()}


def test_an_order_that_kills_the_process_is_answered_and_the_next_is_done(tmp_path):
    """The page gets a sentence with what to do; the other students' buttons work."""

    async def ask():
        clerk = ActionWorker(die_for_mallory)
        try:
            return await asyncio.gather(
                *(
                    clerk.do(order(tmp_path, "autograde", ASSIGNMENT, student))
                    for student in ("ada", "mallory", "ben")
                )
            )
        finally:
            clerk.close()

    ada, mallory, ben = in_a_loop(ask)
    assert not mallory["success"]
    assert f"autograder grade {ASSIGNMENT}" in mallory["error"]
    assert ada["success"]
    assert ben["success"]
    assert ada["process"] != ben["process"]


@pytest.mark.usefixtures("_here")
def test_nothing_is_done_if_the_config_cannot_be_loaded(broken):
    """Plain nbgrader would go on without it, and run what students wrote outside the jail."""
    answer = perform_action(order(broken, "generate_assignment", ASSIGNMENT))
    assert not answer["success"]
    assert "out of order" in answer["error"]
    assert not (broken / "gradebook.db").exists()


@pytest.mark.usefixtures("_here")
def test_a_setting_that_is_refused_is_an_answer_too(course):
    """Traitlets ends the program over it; the server must not end."""
    with (course.root / CONFIG).open("a") as file:
        file.write("\nc.NbGrader.log_level = 'very loud'\n")
    answer = perform_action(order(course.root))
    assert not answer["success"]


@pytest.mark.usefixtures("_here")
def test_a_course_opened_by_its_path_is_not_mixed_with_the_server_s_own(course, broken, tmp_path):
    """Neither the config in the server's folder nor that of the server's start holds for it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / CONFIG).write_text((broken / CONFIG).read_text())
    answer = perform_action(
        Action("unrelease", ("nothing",), str(broken), str(tmp_path / "elsewhere"), False)
    )
    assert not answer["success"]


def test_what_the_server_was_told_goes_along_as_far_as_it_can():
    """A function from the server's config file has no name in another process."""
    config = Config()
    config.CourseDirectory.course_id = "foundations"
    config.FileContentsManager.pre_save_hook = lambda **_: None
    assert _sendable(config) == {"CourseDirectory": {"course_id": "foundations"}}
