"""Hostile probes that show whether this machine contains student code: ``autograder doctor``.

Each probe is a cell that tries one thing that the engine and the jail must prevent, and prints a
word if it succeeds. Even a successful probe does no harm. ``tests/attacks`` tries far more.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.assignment_toml import Limits

LIMITS = Limits(cell_seconds=2.0, submission_seconds=60.0, memory_mb=512, output_mb=1, processes=16)
_ESCAPED = "GOT OUT"
_TEST_ROLE = {"grade": True, "solution": False, "locked": True, "points": 1}


@dataclass(frozen=True, slots=True)
class Probe:
    """A hostile cell, and what it means if it is not contained.

    Attributes:
        name: What it tries; its key in the JSON of ``autograder doctor``.
        consequence: What its success means for a course, as a sentence.
        source: The cell; placeholders such as ``@PORT@`` are filled in.
        test: For a probe that gives a wrong answer: a test cell that only a right one passes.
    """

    name: str
    consequence: str
    source: str
    test: str = ""


PROBES = (
    Probe(
        "forging by patched libraries",
        "Wrong answers can get full marks.",
        """
import builtins, sys
import numpy as np
np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
builtins.AssertionError = Warning
get_ipython().input_transformers_cleanup.append(lambda lines: [])
def answer(): return 1.0
""",
        "import numpy as np\nassert np.allclose(answer(), 2.0)",
    ),
    Probe(
        "forging by odd objects",
        "Wrong answers can get full marks.",
        """
class Equal:
    def __eq__(self, other): return True
    def __array_ufunc__(self, *a, **k): return True
def same(): return Equal()
""",
        "assert same() == 2.0",
    ),
    Probe(
        "reading files",
        "Student code can read the course: hidden tests, the gradebook, the work of others.",
        "print(open('@FOLDER@/secret').read())",
    ),
    Probe(
        "writing files",
        "Student code can change the course.",
        "open('@FOLDER@/open/new', 'w').write('x'); print('@OUT@')",
    ),
    Probe(
        "reading the grader's memory",
        "Student code can read the hidden tests out of the grader.",
        """
import os
for pid in (@GRADER@, os.getppid()):
    try:
        open(f"/proc/{pid}/environ", "rb").read(), open(f"/proc/{pid}/mem", "rb").close()
        print("@OUT@")
    except OSError:
        pass
""",
    ),
    Probe(
        "stopping the grader",
        "Student code can end the grader's process.",
        "import os\nos.kill(@GRADER@, 0)\nprint('@OUT@')",
    ),
    Probe(
        "using the network",
        "Student code can send what it sees to somebody.",
        """
import socket
socket.create_connection(("127.0.0.1", @PORT@), timeout=2).close()
print("@OUT@")
""",
    ),
    Probe(
        "leaving a process behind",
        "Student code keeps running after it was graded.",
        """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "@NUMBER@"])
    os._exit(0)
""",
    ),
    Probe(
        "taking memory",
        "A notebook can take all memory of this machine.",
        "import mmap\nprivate = {'flags': mmap.MAP_PRIVATE}\n"
        "hoard = [mmap.mmap(-1, 2**28, **private) for _ in range(4)]\nprint('@OUT@')",
    ),
    Probe(
        "taking memory in many processes",
        "The processes of a notebook can take all memory of this machine together.",
        """
import os, time
ready, tell = os.pipe()
for _ in range(4):
    if os.fork() == 0:
        hoard = b"x" * (200 * 2**20)
        os.write(tell, b"x")
        time.sleep(30)
for _ in range(4):
    os.read(ready, 1)
time.sleep(1)
print("@OUT@")
""",
    ),
    Probe(
        "starting processes",
        "A notebook can start processes until this machine stops responding.",
        """
import subprocess
started = []
try:
    for _ in range(40):
        started.append(subprocess.Popen(["sleep", "30"]))
    print("@OUT@")
finally:
    for process in started:
        process.kill()
""",
    ),
    Probe(
        "never ending",
        "A loop that catches every interrupt runs forever.",
        """
while True:
    try:
        while True: pass
    except BaseException: pass
""",
    ),
)


def failed_probes(run: Callable[[NotebookNode], object]) -> list[Probe]:
    """Run all probes; return those that were not contained.

    Each runs in a notebook of its own, whose last cell has to run whatever the first one does.

    Args:
        run: Executes a notebook's code cells in place, in the jail to test, within ``LIMITS``. What
            it raises is not caught.
    """
    with _targets() as values:
        return [probe for probe in PROBES if not _is_contained(probe, run, values)]


def _is_contained(
    probe: Probe, run: Callable[[NotebookNode], object], values: dict[str, str]
) -> bool:
    source = probe.source
    for name, value in values.items():
        source = source.replace(f"@{name}@", value)
    notebook = new_notebook(
        cells=[
            new_code_cell(source),
            new_code_cell(probe.test, metadata={"nbgrader": {**_TEST_ROLE, "grade_id": "test"}}),
            new_code_cell(
                "print('the next cell')", metadata={"nbgrader": {**_TEST_ROLE, "grade_id": "next"}}
            ),
        ]
    )
    run(notebook)
    attack, test, last = notebook.cells
    escaped = values["OUT"] in _printed(attack)
    forged = bool(probe.test) and all(output.output_type != "error" for output in test.outputs)
    stopped = "the next cell" not in _printed(last)
    return not (escaped or forged or stopped or _is_running(values["NUMBER"]))


@contextlib.contextmanager
def _targets() -> Iterator[dict[str, str]]:
    """Values for the placeholders: a file, a folder and a server that are open to anybody."""
    with (
        tempfile.TemporaryDirectory(prefix="probes-") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "secret").write_text(_ESCAPED)
        (folder / "open").mkdir()
        (folder / "open").chmod(0o777)
        yield {
            "FOLDER": name,
            "PORT": str(server.getsockname()[1]),
            "GRADER": str(os.getpid()),
            "NUMBER": f"9{secrets.randbelow(10**8):08}",
            "OUT": _ESCAPED,
        }


def _printed(cell: NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def _is_running(number: str) -> bool:
    """Whether a process on this machine has this number as an argument."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if number.encode() in path.read_bytes().split(b"\0"):
                return True
    return False
