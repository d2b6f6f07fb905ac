"""The course's files beside the source notebook, where the examiner's code finds them.

A test may open ``data.csv`` or import the course's ``testers.py``. It gets the course's own copies
in a folder of its own: never a file that a student handed in, and what it writes is thrown away.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from nbformat import NotebookNode

from autograder.course.data_files import data_files, select_data_files
from autograder.tempdirs import temporary_directory
from utils.checking.hints import FILE as HINTS
from utils.messages import current_language, load_messages

# Our own library, under a name that other courses give to theirs.
_OURS = "utils"
_IMPORTS_OURS = re.compile(rf"^[ \t]*(?:from|import)[ \t]+{_OURS}\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NotebookModules:
    """Modules that are special for the student's process.

    Attributes:
        own: Names of the course's own modules, which are imported before any others.
        hidden: Names of modules that a notebook cannot import.
    """

    own: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    @classmethod
    def of(cls, source: NotebookNode, folder: Path) -> NotebookModules:
        """Those of a source notebook: our library is there if one of its cells imports it."""
        own = module_names(select_data_files(folder)[0]) if folder.is_dir() else frozenset()
        code = (cell.source for cell in source.cells if cell.cell_type == "code")
        asked = any(_IMPORTS_OURS.search(text) for text in code)
        return cls(own, frozenset() if asked else frozenset({_OURS}) - own)


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
        load_messages(current_language())  # from our utils, which another may replace now
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
