"""Hostile cells that must be contained wherever work is graded: what ``autograder doctor`` runs.

A few of what ``tests/attacks`` holds, in the package itself: each cell tries one thing that the
engine and the jail are there to stop, and prints a word if it got there. Bounded in themselves.
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

from autograder.course.layout import Limits

LIMITS = Limits(cell_seconds=2.0, submission_seconds=60.0, memory_mb=512, output_mb=1, processes=16)
_OUT = "GOT OUT"
_TEST = {"grade": True, "solution": False, "locked": True, "points": 1}


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that a notebook may try.

    Attributes:
        name: What it is.
        sentence: What it means for a course if it succeeds.
        source: The cell; placeholders between at signs are filled in.
        test: A test cell that only a right answer passes, for answers that are wrong.
    """

    name: str
    sentence: str
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
        "Student code lives on after its grading.",
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
        "import mmap\nhoard = [mmap.mmap(-1, 2**28) for _ in range(4)]\nprint('@OUT@')",
    ),
    Probe(
        "starting processes",
        "A notebook can start processes until this machine stands still.",
        """
import subprocess
started = []
try:
    for _ in range(40):
        started.append(subprocess.Popen(["sleep", "30"]))
    print("@OUT@")
finally:
    for one in started:
        one.kill()
""",
    ),
    Probe(
        "never ending",
        "A loop that catches its interrupt is never ended.",
        """
while True:
    try:
        while True: pass
    except BaseException: pass
""",
    ),
)


def failed_probes(run: Callable[[NotebookNode], object]) -> list[Probe]:
    """Run the probes; those that were not contained.

    Each is a notebook of its own, whose last cell must be run whatever the first one does.

    Args:
        run: Executes a notebook's code cells in place, in the jail that is to be tested, within
            ``LIMITS``.

    Raises:
        autograder.engine.trusted.errors.EngineError: If the engine does not run here at all.
    """
    with _bait() as known:
        return [probe for probe in PROBES if _gets_out(probe, run, known)]


def _gets_out(probe: Probe, run: Callable[[NotebookNode], object], known: dict[str, str]) -> bool:
    source = probe.source
    for name, value in known.items():
        source = source.replace(f"@{name}@", value)
    notebook = new_notebook(
        cells=[
            new_code_cell(source),
            new_code_cell(probe.test, metadata={"nbgrader": {**_TEST, "grade_id": "test"}}),
            new_code_cell(
                "print('the next cell')", metadata={"nbgrader": {**_TEST, "grade_id": "next"}}
            ),
        ]
    )
    run(notebook)
    attack, test, last = notebook.cells
    return (
        known["OUT"] in _printed(attack)
        or bool(probe.test and all(out.output_type != "error" for out in test.outputs))
        or "the next cell" not in _printed(last)
        or _is_running(known["NUMBER"])
    )


@contextlib.contextmanager
def _bait() -> Iterator[dict[str, str]]:
    """A secret to be read, a folder to be written to, a server to be reached, all by anybody."""
    with (
        tempfile.TemporaryDirectory(prefix="probes-") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "secret").write_text(_OUT)
        (folder / "open").mkdir()
        (folder / "open").chmod(0o777)
        yield {
            "FOLDER": name,
            "PORT": str(server.getsockname()[1]),
            "GRADER": str(os.getpid()),
            "NUMBER": f"9{secrets.randbelow(10**8):08}",
            "OUT": _OUT,
        }


def _printed(cell: NotebookNode) -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


def _is_running(number: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if number.encode() in path.read_bytes().split(b"\0"):
                return True
    return False
