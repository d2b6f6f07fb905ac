"""The course's files beside the source notebook, where the examiner's code finds them.

A test may open ``data.csv`` or import the course's ``testers.py``. It gets the course's own copies
in a folder of its own: never a file that a student handed in, and what it writes is thrown away.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from autograder.course.data_files import data_files
from autograder.tempdirs import temporary_directory
from utils.checking.hints import FILE as HINTS


@contextmanager
def available(folder: Path | None) -> Iterator[None]:
    """Make a folder's files readable by relative names and its modules importable.

    Where a module there has the name of one that is loaded, the course's is imported inside.
    """
    files = data_files(folder) if folder is not None and folder.is_dir() else {}
    files.pop(HINTS, None)
    if not files:
        yield
        return
    before = Path.cwd()
    with temporary_directory("course") as copy:
        for name, data in files.items():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(data)
        replaced = _take_out(module_names(files))
        sys.path.insert(0, str(copy))
        importlib.invalidate_caches()
        os.chdir(copy)
        try:
            yield
        finally:
            os.chdir(before)
            sys.path.remove(str(copy))
            _take_out(module_names(files))
            sys.modules.update(replaced)


def module_names(files: Iterable[str]) -> frozenset[str]:
    """The names under which Python files can be imported; of a package its own name."""
    return frozenset(
        name.split("/")[0].removesuffix(".py") for name in files if name.endswith(".py")
    )


def _take_out(names: frozenset[str]) -> dict[str, ModuleType]:
    """Take modules and what is inside of them out of the loaded ones; returns them."""
    loaded = [name for name in sys.modules if name.split(".")[0] in names]
    return {name: sys.modules.pop(name) for name in loaded}
