"""Formgrader's buttons, done by a process beside the Jupyter server.

Plain nbgrader does what a button asks for in the server's own loop: until it is done, no page, no
kernel and no terminal of that server gets an answer. Here the server hands it over and goes on.
The process stays for the next button, with its libraries loaded and the jail's warm parent up. As
the work is not done in the server, a grader that dies takes nobody's notebook with it, and no
kernel that is started meanwhile inherits nbgrader's marks in the environment.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import pickle
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader
from nbgrader.auth import Authenticator
from nbgrader.server_extensions.formgrader import apihandlers
from nbgrader.server_extensions.formgrader.base import (
    BaseApiHandler,
    check_notebook_dir,
    check_xsrf,
)
from tornado import web
from traitlets.config import Config

from autograder.batch.process_pool import end_with_parent

# Those of formgrader's handlers that do work, and the method of nbgrader's API that does it.
BUTTONS = {
    apihandlers.AssignHandler: "generate_assignment",
    apihandlers.ReleaseHandler: "release_assignment",
    apihandlers.UnReleaseHandler: "unrelease",
    apihandlers.CollectHandler: "collect",
    apihandlers.AutogradeHandler: "autograde",
    apihandlers.GenerateAllFeedbackHandler: "generate_feedback",
    apihandlers.GenerateFeedbackHandler: "generate_feedback",
    apihandlers.ReleaseAllFeedbackHandler: "release_feedback",
    apihandlers.ReleaseFeedbackHandler: "release_feedback",
}

_DIED = (
    "The process that does formgrader's work ended without an answer. Press the button again; if "
    "it ends again, look at the memory of this machine, and grade in a terminal to see more: "
    "autograder grade {}"
)


@dataclass(frozen=True, slots=True)
class Action:
    """What a button asks for, as it is sent to the process that does it.

    Attributes:
        method: Of nbgrader's API.
        arguments: The assignment, and for some a student.
        root: The course.
        folder: The server's working directory: nbgrader looks for a config there too.
        searches: Whether nbgrader's own folders and ``folder`` are searched for a config; not so
            for a course that was opened by its path.
        config: What the server itself was told, by section.
    """

    method: str
    arguments: tuple[str, ...]
    root: str
    folder: str
    searches: bool
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class ActionWorker:
    """Does what buttons ask for, one after the other, in a process of its own.

    Only one order is in the process's hands; the others wait here, so that a server that is
    stopped does not have to wait for them.
    """

    def __init__(self, perform: Callable[[Action], dict[str, Any]] | None = None) -> None:
        self._perform = perform or perform_action
        self._turn = asyncio.Lock()
        self._process: Executor | None = None

    async def do(self, order: Action) -> dict[str, Any]:
        """Have an order done; what nbgrader's API answers."""
        async with self._turn:
            if self._process is None:
                self._process = ProcessPoolExecutor(
                    1, multiprocessing.get_context("spawn"), initializer=end_with_parent
                )
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._process, self._perform, order)
            except BrokenExecutor:
                self.close()
                return {"success": False, "error": _DIED.format(order.arguments[0])}

    def close(self) -> None:
        """End the process; the next order gets another."""
        if self._process is not None:
            self._process.shutdown(wait=True, cancel_futures=True)
            self._process = None


def perform_action(order: Action) -> dict[str, Any]:
    """Do what a button asks for, with the course's config as it is now.

    The config is read as ``nbgrader autograde`` reads it in a terminal, but for one thing: if it
    fails, nothing is done. Nbgrader would go on without it, and so without the jail.
    """
    path = sys.path[:]
    # the one application of this process: where all parts of nbgrader look for the log
    app = NbGrader.instance(raise_config_file_errors=True)
    try:
        os.chdir(order.folder)
        if not order.searches:
            app.load_cwd_config, app.config_dir = False, order.root
        app.update_config(Config(order.config))
        app.initialize([], root=order.root)
        api = NbGraderAPI(app.coursedir, Authenticator(parent=app), parent=app)
        result: dict[str, Any] = getattr(api, order.method)(*order.arguments)
    except (Exception, SystemExit):  # noqa: BLE001
        # a config is Python and may raise anything; traitlets exits over a setting it refuses
        return {"success": False, "error": traceback.format_exc()}
    finally:
        app.reset()
        sys.path[:] = path
    return result


def install() -> None:
    """Let the buttons of this server's formgrader be done by a clerk."""
    for handler, method in BUTTONS.items():
        handler.post = _post(method)


def _post(method: str) -> Callable[..., Awaitable[None] | None]:
    """A handler for a button; the checks are those of nbgrader's own."""

    @web.authenticated
    @check_xsrf  # type: ignore[untyped-decorator]  # nbgrader has no types
    @check_notebook_dir  # type: ignore[untyped-decorator]
    async def post(self: BaseApiHandler, *arguments: str) -> None:
        formgrader = self.settings["nbgrader_formgrader"]
        searches = formgrader.load_cwd_config
        order = Action(
            method=method,
            arguments=arguments,
            root=self.coursedir.root,
            folder=str(Path.cwd()),
            searches=searches,
            config=_sendable(formgrader.parent.config) if searches else {},
        )
        clerk = self.settings.setdefault("autograder_clerk", ActionWorker())
        self.write(json.dumps(await clerk.do(order)))

    return post


def _sendable(config: Config) -> dict[str, dict[str, Any]]:
    """A server's config without what has no name elsewhere: functions from its config file."""
    sent: dict[str, dict[str, Any]] = {}
    for section, values in config.items():
        for name, value in values.items():
            try:
                pickle.dumps(value)
            except (pickle.PicklingError, AttributeError, TypeError):
                continue
            sent.setdefault(section, {})[name] = value
    return sent
