"""A real JupyterLab on a folder, and a real Chromium to open it with."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as NotInTimeError

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY_SECONDS = 120
BEGIN_SECONDS = 20
RUN_TRIES = 3
PROMPTS = """[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
    .map(prompt => prompt.innerText.trim()).filter(text => text)"""  # a folded cell shows none
THROUGH = f"() => {PROMPTS}.every(p => /[0-9]/.test(p))"
BEGUN = f"() => {PROMPTS}.some(p => p === '[*]:') || ({THROUGH})()"
IDLE = "document.querySelector(\".jp-Notebook-ExecutionIndicator[data-status='idle']\") !== null"
FINISHED = f"() => ({THROUGH})() || ({IDLE} && {PROMPTS}.every(p => p !== '[*]:'))"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    url: str
    token: str

    def open_notebook(self, page: Page, path: str) -> None:
        """Open a notebook in a clean workspace and wait until its kernel is idle."""
        page.goto(f"{self.url}/lab/tree/{path}?token={self.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=READY_SECONDS * 1000)
        page.wait_for_selector(
            ".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=READY_SECONDS * 1000
        )

    def run_all(self, page: Page, seconds: float = READY_SECONDS) -> None:
        """Run all cells, and wait until all have run or one has stopped the rest."""
        for _ in range(RUN_TRIES):
            page.locator("li.lm-MenuBar-item:has-text('Run')").click()
            page.locator("li[data-command='runmenu:run-all']").click()
            # A notebook whose kernel has only just started may drop all that it should run, or all
            # but the first cells.
            with contextlib.suppress(NotInTimeError):
                page.wait_for_function(BEGUN, timeout=BEGIN_SECONDS * 1000)
                page.wait_for_function(FINISHED, timeout=seconds * 1000)
                if page.evaluate(THROUGH):
                    return
        page.wait_for_function(FINISHED, timeout=seconds * 1000)


@contextlib.contextmanager
def jupyter_lab(
    root: Path,
    home: Path,
    prefix: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> Iterator[Lab]:
    """Start JupyterLab on ``root`` with its own settings below ``home``; stop it at the end.

    Args:
        root: The folder that it shows.
        home: The home folder of its user.
        prefix: What comes before the command, to run it as another user.
        variables: Additional environment variables.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    token = secrets.token_hex(16)
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        **(variables or {}),
    }
    _settings(home)
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [
                *prefix,
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                f"--ServerApp.root_dir={root}",
                f"--ServerApp.port={port}",
                "--ServerApp.port_retries=0",
                "--ServerApp.ip=127.0.0.1",
                f"--IdentityProvider.token={token}",
                "--LabApp.news_url=",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            env=environment,
            cwd=root,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, token, server)
            yield Lab(url, token)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _settings(home: Path) -> None:
    """Do not ask about news or kernels, and render all cells, so that tests find them."""
    wanted = {
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "notebook-extension/tracker": {"autoStartDefaultKernel": True, "windowingMode": "none"},
    }
    for name, values in wanted.items():
        path = home / "config/lab/user-settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def _wait(url: str, token: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    request = urllib.request.Request(  # noqa: S310  our own server
        f"{url}/api/status", headers={"Authorization": f"token {token}"}
    )
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5):  # noqa: S310
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.2)  # the pause between two questions
    raise RuntimeError("JupyterLab did not start")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
