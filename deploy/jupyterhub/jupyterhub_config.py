# ruff: noqa: INP001, F821  jupyterhub runs it and defines get_config
"""The hub's config: each account of this machine has a server that no other account can read.

``setup.py`` puts this file beside ``hub.json``, which has the names of the people and the paths.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from tornado.web import RedirectHandler

c = get_config()
etc = Path(__file__).parent
hub = json.loads((etc / "hub.json").read_text("utf-8"))
prefix = etc.parent
students = sorted(hub["students"])
instructor = hub["instructor"]


class PrivateSpawner(LocalProcessSpawner):
    """Runs servers as their account, with new files that only the account can read."""

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Become the user, as usual, and then let new files have no mode wider than 700."""
        become_user = super().make_preexec_fn(name)

        def become_user_in_private() -> None:
            become_user()
            os.umask(0o077)

        return become_user_in_private


def set_role(spawner: PrivateSpawner) -> None:
    """Use the settings of the user's role: only the instructor's include formgrader."""
    role = "instructor" if spawner.user.name == instructor else "student"
    folders = (etc / role, etc / "shared")
    spawner.environment["JUPYTER_CONFIG_PATH"] = os.pathsep.join(map(str, folders))
    # nbgrader, autograder and alembic are run by name
    spawner.environment["PATH"] = f"{prefix / 'env/bin'}{os.pathsep}/usr/local/bin:/usr/bin:/bin"


c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allowed_users = {instructor, *students}
c.Authenticator.allow_all = False
# Somebody who is no longer in hub.json cannot log in any more.
c.Authenticator.allow_existing_users = False
c.JupyterHub.load_groups = {
    f"formgrade-{hub['course']}": {"users": [instructor]},
    f"nbgrader-{hub['course']}": {"users": students},
}

c.JupyterHub.spawner_class = PrivateSpawner
c.Spawner.cmd = [str(prefix / "env/bin/jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.pre_spawn_hook = set_role
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
# The usual two, and the groups of the server's own user, which nbgrader asks for.
c.Spawner.server_token_scopes = [
    "users:activity!user",
    "access:servers!server",
    "read:users:name!user",
    "read:users:groups!user",
]

# In a browser tab of its own (see instructor/labconfig) formgrader links to pages of Jupyter
# Notebook; JupyterLab has the same pages under other addresses.
c.JupyterHub.extra_handlers = [
    (
        r"/(?:edit|notebooks|tree)/(.*)",
        RedirectHandler,
        {"url": "/hub/user-redirect/lab/tree/{0}", "permanent": False},
    )
]

# Only this machine can connect; put a server in front that speaks HTTPS.
port = int(hub["port"])
c.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{port + 81}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{port + 1}"
c.ConfigurableHTTPProxy.command = [
    str(prefix / "proxy/node_modules/.bin/configurable-http-proxy"),
]
c.ConfigurableHTTPProxy.pid_file = str(prefix / "state/proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{prefix / 'state/jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(prefix / "state/cookie_secret")
