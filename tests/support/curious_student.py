"""What a curious student tries on the hub: data of test_jupyterhub.py.

Grace is the curious one, Ada another student, Robin teaches.
"""

from __future__ import annotations

import textwrap

from tests.conftest import ASSIGNMENT

NOTEBOOK = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
# In Ada's name, with a time to come; links to what only Robin can read, to come back as feedback
# and, newer still, a submission that is a link; a name that nobody can read a time from.
MISCHIEF = textwrap.dedent("""
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
# What Grace tries, and on which path; each path is there (but for those to make).
TRIES = {
    "the source notebook": (READ, "{course}/source/" + NOTEBOOK),
    "the text that it is made from": (READ, "{course}/assignments/regularization/mistakes.toml"),
    "the secret seed": (READ, "{course}/nbgrader_config.py"),
    "the gradebook": (READ, "{course}/gradebook.db"),
    "what was collected": (READ, "{course}/submitted/df-ada/" + NOTEBOOK),
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
    "to change the grader": (WRITE, "{prefix}/env/lib/python3*/site-packages/autograder/grade.py"),
}

# A kernel sends what it runs and prints to whoever subscribes; with ports that is any account.
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
    ears = [context.socket(zmq.SUB) for _ in ports]
    for ear, port in zip(ears, ports):
        ear.subscribe(b"")
        ear.connect(f"tcp://127.0.0.1:{port}")
    # until the subscription has come through
    heard = b""
    while b"Grace whispers" not in heard:
        client.execute("print('Grace whispers')")
        heard += b"".join(b"".join(e.recv_multipart()) for e in ears if e.poll(500))
    print("ready")
""")
HEARD = textwrap.dedent("""
    for ear in ears:
        while ear.poll(1000):
            heard += b"".join(ear.recv_multipart())
    own.shutdown_kernel(now=True)
    print(b"Grace whispers" in heard, b"Ada whispers" in heard)
""")
