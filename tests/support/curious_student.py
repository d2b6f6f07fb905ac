"""What a curious student tries on a JupyterHub: the data of ``test_jupyterhub.py``.

Grace is curious, Ada is another student, and Robin teaches.
"""

from __future__ import annotations

import textwrap

from tests.conftest import ASSIGNMENT

NOTEBOOK = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
# Forged submissions: in Ada's name and dated in the future; with links to what only Robin can read,
# so that it comes back as feedback; one that is itself a link; one whose date cannot be parsed.
FORGERIES = textwrap.dedent("""
    import os, shutil
    inbound = "{place.shared}/inbound"
    later = "2099-01-01 00:00:00.000000 UTC"
    for name, when in (("df-ada", later), ("df-grace", later), ("df-x", "some day")):
        to = f"{{inbound}}/{{name}}+regularization+{{when}}+x"
        shutil.copytree("regularization", to)
        open(to + "/timestamp.txt", "w").write(when)
        open(to + "/submission_secret.txt", "w").write("known to Grace")
    mine = f"{{inbound}}/df-grace+regularization+{{later}}+x"
    os.symlink("{home}/source/regularization/regularization.ipynb", mine + "/source.html")
    os.symlink("{home}/nbgrader_config.py", mine + "/seed.html")
    os.symlink("{home}/assignments", mine + "/assignments")
    os.mkfifo(mine + "/pipe.html")
    newer = later.replace("2099-01", "2099-02")
    os.symlink("{home}/source/regularization", f"{{inbound}}/df-grace+regularization+{{newer}}+x")
    for name in ("df-ada", "df-grace"):
        os.system(f"chmod -R a+rwX '{{inbound}}/{{name}}+regularization+{{later}}+x'")
    print("done")
""")

DATA = "/home/df-ada/.local/share/jupyter"
READ = "open({0!r}, 'rb').read(1)"
LIST = "os.listdir({0!r})"
WRITE = "open({0!r}, 'ab')"
MAKE = "open({0!r}, 'xb')"
MOVE = "os.rename({0!r}, {0!r} + '-gone')"
# What Grace attempts, and on which path. Each path exists, except those that she wants to make.
ATTEMPTS = {
    "the source notebook": (READ, "{course}/source/" + NOTEBOOK),
    "the text that it is built from": (READ, "{course}/assignments/regularization/mistakes.toml"),
    "the secret seed": (READ, "{course}/nbgrader_config.py"),
    "the gradebook": (READ, "{course}/gradebook.db"),
    "a collected submission": (READ, "{course}/submitted/df-ada/" + NOTEBOOK),
    "the folder of the course": (LIST, "{course}"),
    "another's notebook": (READ, "/home/df-ada/" + NOTEBOOK),
    "another's fetched feedback": (READ, "/home/df-ada/regularization/feedback/*/*.html"),
    "another's copy of the submission": (
        READ,
        DATA + "/nbgrader_cache/*/*/*.ipynb",
    ),
    "another's home": (LIST, "/home/df-ada"),
    "all names in inbound": (LIST, "{shared}/inbound"),
    "a submission whose name is known": (
        READ,
        "{shared}/inbound/df-ada+*+20[2-8]*/regularization.ipynb",
    ),
    "to move another's submission": (MOVE, "{shared}/inbound/df-ada+*+20[2-8]*"),
    "all names of feedback": (LIST, "{shared}/feedback"),
    "to leave false feedback": (MAKE, "{shared}/feedback/false.html"),
    "to change the release": (WRITE, "{shared}/outbound/" + NOTEBOOK),
    "to release something": (MAKE, "{shared}/outbound/more"),
    "to move the exchange": (MOVE, "{shared}"),
    "the hub's database": (READ, "{prefix}/state/jupyterhub.sqlite"),
    "the hub's cookie secret": (READ, "{prefix}/state/cookie_secret"),
    "to change the hub": (WRITE, "{prefix}/etc/jupyterhub_config.py"),
    "to change the grader": (
        WRITE,
        "{prefix}/env/lib/python3*/site-packages/autograder/grading/grade.py",
    ),
}

# A kernel sends what it runs and prints to every subscriber; over TCP that can be any account.
LISTEN = textwrap.dedent("""
    import os, pwd, zmq
    from jupyter_client import KernelManager
    uids = {str(pwd.getpwnam("df-ada").pw_uid), str(os.getuid())}
    own = KernelManager(transport="tcp")
    own.start_kernel()
    client = own.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    rows = [line.split() for line in open("/proc/net/tcp")]
    ports = [int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[7] in uids]
    context = zmq.Context()
    sockets = [context.socket(zmq.SUB) for _ in ports]
    for subscriber, port in zip(sockets, ports):
        subscriber.subscribe(b"")
        subscriber.connect(f"tcp://127.0.0.1:{port}")
    # until the subscriptions are in force
    received = b""
    while b"Grace whispers" not in received:
        client.execute("print('Grace whispers')")
        received += b"".join(b"".join(s.recv_multipart()) for s in sockets if s.poll(500))
    print("ready")
""")
RECEIVED = textwrap.dedent("""
    for subscriber in sockets:
        while subscriber.poll(1000):
            received += b"".join(subscriber.recv_multipart())
    own.shutdown_kernel(now=True)
    print(b"Grace whispers" in received, b"Ada whispers" in received)
""")
