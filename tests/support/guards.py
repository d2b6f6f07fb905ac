"""Guards of the trust line: what a student's process has loaded, and what is in its memory.

``loaded``, ``in_objects``, ``in_memory`` and what they call run in the student's process: their
text is sent there as a student's cell, so each of them imports what it needs. They only look. What
they saw is judged by the tests, in a process that the student's code cannot reach.
"""

from __future__ import annotations

import ast
import inspect
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.support import hidden_cell
from tests.support.cells import REPOSITORY, test_cell

# -- modules ----------------------------------------------------------------------------------

OURS = frozenset({"autograder", "utils", "tests"})

# The modules of ours that the zygote and a student's process load: these and no others. Adding a
# module of the grader puts it within reach of the student's code. ``utils`` is loaded as a whole:
# it is on the student's own disk, too.
# Loaded only by a process that meets values of the library that they are about.
WHERE_USED = frozenset(
    {"autograder.engine.protocol.pandas_values", "autograder.engine.protocol.sparse_values"}
)
ALLOWED = frozenset(
    {
        "autograder",
        "autograder.engine",
        "autograder.engine.child",
        "autograder.engine.child.course_modules",
        "autograder.engine.child.libraries",
        "autograder.engine.child.operations",
        "autograder.engine.child.shell",
        "autograder.engine.child.student_process",
        "autograder.engine.child.test_objects",
        "autograder.engine.child.zygote",
        "autograder.engine.protocol",
        "autograder.engine.protocol.arrays",
        "autograder.engine.protocol.channel",
        "autograder.engine.protocol.outputs",
        "autograder.engine.protocol.plain_values",
        "autograder.engine.protocol.random_state",
        "autograder.engine.protocol.records",
        "autograder.engine.protocol.size_limits",
        "autograder.engine.protocol.standard_values",
        "autograder.engine.protocol.wire",
        "autograder.sandbox",
        "autograder.sandbox.jail",
        "autograder.sandbox.layer_checks",
        "autograder.sandbox.namespaces",
        "autograder.sandbox.process_tree",
        "autograder.sandbox.root_filesystem",
        "autograder.sandbox.seccomp",
        "autograder.sandbox.syscalls",
        "utils",
        "utils.cases",
        "utils.cases.batchnorm",
        "utils.cases.features",
        "utils.cases.gradient_checking",
        "utils.cases.initialization",
        "utils.cases.optimization",
        "utils.cases.regularization",
        "utils.checking",
        "utils.checking.calls",
        "utils.checking.check",
        "utils.checking.compare",
        "utils.checking.exceptions",
        "utils.checking.failures",
        "utils.checking.grading_pass",
        "utils.checking.hints",
        "utils.checking.located",
        "utils.checking.mentions",
        "utils.checking.report",
        "utils.checking.validation",
        "utils.checking.values",
        "utils.checks",
        "utils.compare",
        "utils.datasets",
        "utils.deepnet",
        "utils.deepplots",
        "utils.gradients",
        "utils.kernel",
        "utils.labreport",
        "utils.labreport.cover",
        "utils.labreport.history",
        "utils.messages",
        "utils.messages.catalogues",
        "utils.messages.sentence",
        "utils.networks",
        "utils.paths",
        "utils.pictures",
        "utils.pictures.cache",
        "utils.pictures.cifar10",
        "utils.pictures.features",
        "utils.pictures.pictograms",
        "utils.plots",
        "utils.plots_features",
        "utils.plots_gradients",
        "utils.plots_initialization",
        "utils.plotting",
        "utils.plotting.accuracy",
        "utils.plotting.axes",
        "utils.plotting.showing",
        "utils.plotting.sliders",
        "utils.plotting.style",
        "utils.progress",
        "utils.receipt",
        "utils.seeds",
        "utils.smallnet",
        "utils.stubs",
        "utils.timing",
        "utils.training",
    }
)

# Libraries that only the grader and its tests use: where one of them is loaded, a module of the
# grader was imported, under whatever name.
GRADER_LIBRARIES = frozenset(
    {
        "_pytest",
        "alembic",
        "click",
        "dask",
        "distributed",
        "hypothesis",
        "jupytext",
        "math_core",
        "nbclient",
        "nbconvert",
        "nbformat",
        "nbgrader",
        "nh3",
        "pytest",
        "sqlalchemy",
    }
)

Modules = Iterable[tuple[str, str]]


def loaded() -> list[tuple[str, str]]:
    """Name and file of each module of this process, those taken out of ``sys.modules`` too."""
    import gc
    import sys
    from types import ModuleType

    gc.unfreeze()  # what the zygote loaded is frozen, and get_objects leaves that out
    living = [thing for thing in gc.get_objects() if issubclass(type(thing), ModuleType)]
    found = {(name, "") for name in sys.modules}
    for module in living:
        content = object.__getattribute__(module, "__dict__")  # a lazy module stays unloaded
        found.add((str(content.get("__name__")), str(content.get("__file__") or "")))
    return sorted(found)


def intruders(modules: Modules) -> list[str]:
    """The modules that a student's process must not have, and of libraries only the name.

    Modules of ours are known by name and, in case one was loaded under another name, by file.

    Args:
        modules: As ``loaded`` gives them.
    """
    found = set()
    for name, file in modules:
        library = name.partition(".")[0]
        if library in GRADER_LIBRARIES:
            found.add(library)
        elif name in ALLOWED or name in WHERE_USED:
            continue
        elif library in OURS:
            found.add(name)
        elif _is_in_repository(file):
            found.add(f"{name} ({file})")
    return sorted(found)


def _is_in_repository(file: str) -> bool:
    path = Path(file or "/")
    return path.is_relative_to(REPOSITORY) and not path.is_relative_to(sys.prefix)


# -- memory -----------------------------------------------------------------------------------

# What every text among the secrets begins with, and what follows it.
KEY = "7d3f9c21b8e64a05"
TEXTS = (
    "as text",
    "as bytes",
    "in a nested tuple",
    "as a default value",
    "in code",
)
NUMBERS = {
    "as a number": hidden_cell.NUMBER,
    "in an array": float(hidden_cell.ARRAY[1]),
}
IN_CELL = {*TEXTS, *NUMBERS}
SEED = "in the seed"
# The student's own secret: a search that does not find it does not work.
PLANTED = "planted"

# Each secret is in two parts, since a search for the whole of it would find its own question:
# for each first part, the names of the secrets by their second parts.
Secrets = dict[bytes, dict[bytes, str]]
SECRETS: Secrets = {KEY.encode(): {f" {name}".encode(): name for name in (*TEXTS, SEED, PLANTED)}}
for _name, _value in NUMBERS.items():
    _data = struct.pack("=d", _value)
    SECRETS[_data[:4]] = {_data[4:]: _name}


def reachable() -> Iterator[object]:
    """Every object of this process that the collector tracks or that one of those leads to."""
    import gc
    from types import CodeType

    gc.unfreeze()
    seen: set[int] = set()
    things = gc.get_objects()
    while things:
        fresh = []
        for thing in things:
            if id(thing) not in seen:
                seen.add(id(thing))
                # get_referents does not look into code
                fresh.append(thing.co_consts if type(thing) is CodeType else thing)
                yield thing
        things = gc.get_referents(*fresh)


def names_in(data: bytes, secrets: Secrets) -> set[str]:
    """Names of the secrets that are in ``data``."""
    found = set()
    for first, names in secrets.items():
        for rest in data.split(first)[1:]:
            found.update(name for second, name in names.items() if rest.startswith(second))
    return found


def in_objects(secrets: Secrets) -> list[str]:
    """Names of the secrets that are in a text, bytes or a float that can be reached."""
    import gc
    import struct

    found = set()
    gc.disable()  # a search makes many objects, and would be interrupted again and again
    for thing in reachable():
        if type(thing) is str:
            found |= names_in(thing.encode(errors="replace"), secrets)
        elif type(thing) is bytes:
            found |= names_in(thing, secrets)
        elif type(thing) is float:
            found |= names_in(struct.pack("=d", thing), secrets)
    gc.enable()
    return sorted(found)


def in_memory(secrets: Secrets) -> list[str]:
    """Names of the secrets that are in the memory around any object, in use or freed.

    There is no ``/proc`` in the jail to tell which memory is mapped. So the search starts from the
    pages with objects, and from the stack, and goes on in both directions as long as pages can be
    read. They are read by way of a file: where a page is not mapped, or not any more, writing it
    to the file fails, but looking at it would crash the process.
    """
    import ctypes
    import gc
    import os
    import tempfile

    libc = ctypes.CDLL(None)
    libc.pwrite.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long]
    page, pages = os.sysconf("SC_PAGE_SIZE"), 64  # so many at once

    gc.unfreeze()
    gc.disable()
    tracked = gc.get_objects()
    waiting = {id(thing) // page for thing in (*tracked, *gc.get_referents(*tracked))}
    command = ctypes.c_void_p.in_dll(libc, "program_invocation_name")
    waiting.add(command.value // page)  # on the stack, beside the environment given at the start
    seen, readable, found = set(), set(), set()
    with tempfile.TemporaryFile() as file:
        while waiting:
            number = waiting.pop()
            seen.add(number)
            if libc.pwrite(file.fileno(), number * page, page, 0) == page:
                readable.add(number)
                waiting |= {number - 1, number + 1} - seen
        for number in readable:
            if number % pages == 0 or number - 1 not in readable:
                size = libc.pwrite(file.fileno(), number * page, (pages + 1) * page, 0)
                found |= names_in(os.pread(file.fileno(), max(size, 0), 0), secrets)
    gc.enable()
    return sorted(found)


# -- in a notebook ----------------------------------------------------------------------------


def modules_of_the_student(execute: Callable[..., list[str]]) -> dict[str, Modules]:
    """What is loaded where the student's cells run: at once, while it is called, at the end."""
    at_once, _, _, while_called, at_the_end = execute(
        f"{_cell(loaded)}\nprint(loaded())",
        "from utils import checks, plots\nimport numpy as np\n"
        "plots.plot_data(np.eye(2), np.eye(1, 2));",
        "def add(a, b):\n    return a + b\n1 / 0",
        test_cell("from utils import checks\nassert add(1, 2) == 3\nprint(loaded())"),
        "print(loaded())",
    )
    return {
        "at once, so by the zygote": ast.literal_eval(at_once),
        "while it is called": ast.literal_eval(while_called),
        "at the end": ast.literal_eval(at_the_end),
    }


def secrets_of_the_student(
    execute: Callable[..., list[str]],
) -> dict[str, tuple[list[str], list[str]]]:
    """Which secrets are found around a hidden test cell: among objects, and in raw memory."""
    hidden = Path(hidden_cell.__file__).read_text()
    before, while_called, afterwards = execute(
        f"{_cell(reachable, names_in, in_objects, in_memory)}\n"
        f"secrets = {SECRETS!r}\n"
        f"planted = ''.join([{KEY!r}, {f' {PLANTED}'!r}])\n"
        "def search():\n    return in_objects(secrets), in_memory(secrets)\n"
        "print(search())",
        test_cell(f"{hidden}\nfound = search()\ncheck(found)\nprint(found)"),
        "print(search())",
        seed=f"{KEY} {SEED}",
    )
    return {
        "before the test": ast.literal_eval(before),
        "while it is called": ast.literal_eval(while_called),
        "after the test": ast.literal_eval(afterwards),
    }


def _cell(*functions: Callable[..., object]) -> str:
    """The text of a cell that defines these functions."""
    lines = ["from __future__ import annotations", *map(inspect.getsource, functions)]
    return "\n\n".join(lines)
