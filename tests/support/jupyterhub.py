"""A JupyterHub as ``deploy/jupyterhub/setup.py`` installs it, and its users, over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import websocket

from tests.support.solutions import ROOT

SETUP = ROOT / "deploy" / "jupyterhub" / "setup.py"
# the Python from which the deployment makes its environments: not that of a virtual environment
PYTHON = Path(sys.base_prefix).resolve() / "bin" / f"python3.{sys.version_info.minor}"
# installing takes minutes, and the first start of a server on a busy machine up to one
INSTALL_SECONDS = 1500
START_SECONDS = 180
ANSWER_SECONDS = 300


def as_root(*command: str | Path, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run a command as root, with sudo if the tests do not run as root."""
    settings = {"capture_output": True, "text": True, "timeout": INSTALL_SECONDS} | settings
    return subprocess.run(_root_command(*command), check=False, **settings)


def _root_command(*command: str | Path) -> list[str]:
    """What runs a command as root such that all accounts can run the tests' Python."""
    words = [str(word) for word in command]
    if os.geteuid():
        return ["sudo", "-n", *words]
    if not PYTHON.is_relative_to("/root"):
        return words
    return [
        "unshare",
        "-m",
        "sh",
        "-c",
        _OPEN_ROOT_HOME,
        "sh",
        str(Path(*PYTHON.parts[:3])),
        *words,
    ]


# For a Python in root's home: only it is visible in /root, to this command alone.
_OPEN_ROOT_HOME = """
set -e
python=$1; shift
hold=$(mktemp -d)
mount --bind "$python" "$hold"
mount -t tmpfs -o mode=755 tmpfs /root
mkdir -p "$python"
mount --bind "$hold" "$python"
umount "$hold"; rmdir "$hold"
exec "$@"
"""


def missing_requirement() -> str:
    """Why no hub can be set up on this machine; empty if one can."""
    if os.geteuid() and subprocess.run(["sudo", "-n", "true"], check=False).returncode:
        return "only root can make accounts, and there is no sudo without a password"
    tools = ("node", "npm", "useradd", "chpasswd", "unshare")
    missing = [tool for tool in tools if not shutil.which(tool)]
    return f"not on this machine: {', '.join(missing)}" if missing else ""


def free_port() -> int:
    """A free port on loopback, for which the two other ports of the hub are free as well."""
    while True:
        with contextlib.ExitStack() as sockets:
            try:
                first = sockets.enter_context(socket.socket())
                first.bind(("127.0.0.1", 0))
                port = first.getsockname()[1]
                for offset in (1, 81):
                    sockets.enter_context(socket.socket()).bind(("127.0.0.1", port + offset))
            except (OSError, OverflowError):
                continue
            return port


def setup(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the deployment's script as its README describes."""
    return as_root(PYTHON, SETUP, *words)


@contextlib.contextmanager
def running_hub(prefix: Path, port: int, log: Path) -> Iterator[str]:
    """Start the hub; at the end stop it, its proxy and all servers that it started."""
    command = [prefix / "hub/bin/jupyterhub", "-f", prefix / "etc/jupyterhub_config.py"]
    with log.open("w") as output:
        hub = subprocess.Popen(
            _root_command(*command), stdout=output, stderr=subprocess.STDOUT, cwd="/"
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(hub, f"{url}/hub/health", log)
            yield url
        finally:
            as_root("kill", str(hub.pid))
            try:
                hub.wait(timeout=60)
            except subprocess.TimeoutExpired:
                as_root("kill", "-9", str(hub.pid))
                hub.wait(timeout=60)


def _wait(hub: subprocess.Popen[bytes], health: str, log: Path) -> None:
    for _ in range(START_SECONDS * 2):
        with contextlib.suppress(requests.RequestException):
            if requests.get(health, timeout=5).ok:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            hub.wait(timeout=0.5)  # the pause between two questions
            break
    raise RuntimeError(f"the hub did not start:\n{log.read_text()[-3000:]}")


@dataclass
class HubUser:
    """A person with an account on the hub, logged in with a password, and their server."""

    hub: str
    name: str
    password: str
    token: str = ""
    kernel: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def log_in(self) -> None:
        """Log in through the hub's form, as a browser does, and get a token for later requests."""
        self.session.get(f"{self.hub}/hub/login", timeout=ANSWER_SECONDS).raise_for_status()
        form = {"username": self.name, "password": self.password, "_xsrf": self._xsrf()}
        answer = self.session.post(f"{self.hub}/hub/login?next=/hub/token", data=form, timeout=60)
        answer.raise_for_status()
        if not answer.url.endswith("/hub/token"):
            raise PermissionError(f"{self.name} could not log in")
        answer = self.session.post(
            f"{self.hub}/hub/api/users/{self.name}/tokens",
            headers={"X-XSRFToken": self._xsrf(), "Referer": f"{self.hub}/hub/token"},
            json={"note": "test"},
            timeout=60,
        )
        answer.raise_for_status()
        self.token = answer.json()["token"]

    def start(self) -> None:
        """Start this person's server, and wait until it is ready."""
        users = f"{self.hub}/hub/api/users/{self.name}"
        with self._token_session() as session:
            session.post(f"{users}/server", timeout=START_SECONDS).raise_for_status()
            events = session.get(f"{users}/server/progress", stream=True, timeout=START_SECONDS)
            for line in events.iter_lines():
                if line.startswith(b"data:"):
                    event = json.loads(line[5:])
                    if event.get("ready"):
                        return
                    if event.get("failed"):
                        break
        raise RuntimeError(f"{self.name}'s server did not start")

    def request(
        self, method: str, path: str, *, of: str = "", **settings: Any
    ) -> requests.Response:
        """Send a request with this person's token to their own server, or to that of ``of``."""
        with self._token_session() as session:
            url = f"{self.hub}/user/{of or self.name}/{path}"
            return session.request(method, url, timeout=ANSWER_SECONDS, **settings)

    def request_json(self, method: str, path: str, **settings: Any) -> Any:
        """Send a request that must succeed, as nbgrader's buttons do; returns the JSON."""
        answer = self.request(method, path, **settings)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[-2000:]}"
        data = answer.json()
        assert not isinstance(data, dict) or data.get("success", True) is True, f"{path}: {data}"
        return data

    def python(self, code: str) -> str:
        """Run code in a kernel on this person's server; returns what it printed, or its error."""
        if not self.kernel:
            self.kernel = self.request_json("POST", "api/kernels", json={"name": "python3"})["id"]
        url = f"{self.hub}/user/{self.name}/api/kernels/{self.kernel}/channels"
        socket_ = websocket.create_connection(
            url.replace("http", "ws", 1),
            header=[f"Authorization: token {self.token}"],
            timeout=ANSWER_SECONDS,
        )
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        try:
            socket_.send(
                json.dumps(
                    {
                        "channel": "shell",
                        "header": header
                        | {"session": uuid.uuid4().hex, "username": "", "date": ""},
                        "parent_header": {},
                        "metadata": {},
                        "content": content,
                    }
                )
            )
            return _printed(socket_, header["msg_id"])
        finally:
            socket_.close()

    def _token_session(self) -> requests.Session:
        """A session without cookies, in which only the token says who is asking."""
        session = requests.Session()
        session.headers["Authorization"] = f"token {self.token}"
        return session

    def _xsrf(self) -> str:
        values = [cookie.value for cookie in self.session.cookies if cookie.name == "_xsrf"]
        return values[-1] or ""


def _printed(socket_: websocket.WebSocket, request_id: str) -> str:
    texts = []
    while True:
        message = json.loads(socket_.recv())
        if message["parent_header"].get("msg_id") != request_id:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stdout":
            texts.append(content["text"])
        elif kind == "error":
            texts.append(f"{content['ename']}: {content['evalue']}")
        elif kind == "status" and content["execution_state"] == "idle":
            return re.sub(r"\x1b\[[0-9;]*m", "", "".join(texts))
