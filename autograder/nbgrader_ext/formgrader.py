"""Runs the actions of formgrader's buttons in a process beside the Jupyter server.

Plain nbgrader runs them in the server's own event loop: until an action is finished, no page, no
kernel and no terminal of that server responds. Here the server passes it on to another process and
goes on. That process stays for the next action, with its libraries loaded and the jail's zygote
running. And as nothing is graded in the server, a grader that dies takes nobody's notebook with it,
and kernels that are started meanwhile do not inherit nbgrader's environment variables.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import BrokenExecutor
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

from autograder.nbgrader_ext import formgrader_pages
from autograder.nbgrader_ext.config_sections import picklable
from autograder.nbgrader_ext.worker_process import WorkerProcess

# The methods of nbgrader's API that formgrader's buttons call, by the handler of the button.
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
    "The process that runs formgrader's actions ended without an answer. Press the button again; "
    "if it ends again, check the memory of this machine, and grade in a terminal to see more: "
    "autograder grade {}"
)


@dataclass(frozen=True, slots=True)
class Action:
    """What a button asks for, as it is sent to the other process.

    Attributes:
        method: A method of nbgrader's API.
        arguments: Its arguments: the assignment, and sometimes a student.
        root: The course.
        working_directory: The server's working directory, where nbgrader looks for a config, too.
        search_config: Whether nbgrader's own folders and ``working_directory`` are searched for a
            config; they are not for a course that was opened by its path.
        server_config: The server's own config, by section.
    """

    method: str
    arguments: tuple[str, ...]
    root: str
    working_directory: str
    search_config: bool
    server_config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class ActionWorker:
    """Runs actions one after the other in a process of its own.

    Args:
        run_action: Is called in the process with each action.
    """

    def __init__(self, run_action: Callable[[Action], dict[str, Any]] | None = None) -> None:
        self._run_action = run_action or perform_action
        self._process = WorkerProcess()

    async def run(self, action: Action) -> dict[str, Any]:
        """Have an action performed; returns what nbgrader's API returns."""
        try:
            return await self._process.run(self._run_action, action)
        except BrokenExecutor:
            return {"success": False, "error": _DIED.format(action.arguments[0])}

    def close(self) -> None:
        """End the process; the next action gets another one."""
        self._process.close()


def perform_action(action: Action) -> dict[str, Any]:
    """Do what a button asks for, with the course's config as it is now.

    The config is loaded as by ``nbgrader autograde`` in a terminal, except that nothing is done if
    it cannot be loaded: nbgrader would go on without it, and so without the jail.
    """
    path = sys.path[:]
    # the only application of this process, which all parts of nbgrader take the log from
    app = NbGrader.instance(raise_config_file_errors=True)
    try:
        os.chdir(action.working_directory)
        if not action.search_config:
            app.load_cwd_config, app.config_dir = False, action.root
        app.update_config(Config(action.server_config))
        app.initialize([], root=action.root)
        api = NbGraderAPI(app.coursedir, Authenticator(parent=app), parent=app)
        result: dict[str, Any] = getattr(api, action.method)(*action.arguments)
    except (Exception, SystemExit):  # noqa: BLE001
        # a config is Python code and may raise anything; traitlets exits over a wrong setting
        return {"success": False, "error": traceback.format_exc()}
    finally:
        app.reset()
        sys.path[:] = path
    return result


def install() -> None:
    """Replace the handlers of formgrader's buttons and of its pages in this server."""
    for handler, method in BUTTONS.items():
        handler.post = _make_post(method)
    formgrader_pages.install()


def _make_post(method: str) -> Callable[..., Awaitable[None] | None]:
    """The ``post`` of a button's handler, with the same checks as nbgrader's own."""

    @web.authenticated
    @check_xsrf  # type: ignore[untyped-decorator]  # nbgrader has no types
    @check_notebook_dir  # type: ignore[untyped-decorator]
    async def post(self: BaseApiHandler, *arguments: str) -> None:
        formgrader = self.settings["nbgrader_formgrader"]
        search_config = formgrader.load_cwd_config
        action = Action(
            method=method,
            arguments=arguments,
            root=self.coursedir.root,
            working_directory=str(Path.cwd()),
            search_config=search_config,
            server_config=picklable(formgrader.parent.config) if search_config else {},
        )
        worker = self.settings.setdefault("autograder_action_worker", ActionWorker())
        self.write(json.dumps(await worker.run(action)))

    return post
