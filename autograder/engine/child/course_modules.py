"""Which modules a notebook imports from the course's own files, and which of ours it cannot see.

In Jupyter the folder of a notebook comes first: a course's ``tests.py`` or ``utils`` is imported,
whatever else has that name. Here only the course's own modules come first, so that a ``numpy.py``
among a student's files replaces nothing. And a course that does not know our ``utils`` has none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class CourseModules(MetaPathFinder):
    """Finds the course's modules before any others, and hides some.

    Args:
        folder: Where the course's modules are.
        own: Their names.
        hidden: Names of modules that do not exist for the notebook.
    """

    def __init__(self, folder: str, own: Iterable[str], hidden: Iterable[str]) -> None:
        self._folder = folder
        self._own = frozenset(own) - sys.stdlib_module_names
        self._hidden = frozenset(hidden) - self._own

    def install(self) -> None:
        """Begin: modules of these names that are loaded are forgotten."""
        sys.path.append(self._folder)  # for what students handed in beside the notebook
        names = self._own | self._hidden
        if not names:
            return
        for name in list(sys.modules):
            if name.partition(".")[0] in names:
                del sys.modules[name]
        sys.meta_path.insert(0, self)

    def find_spec(
        self,
        fullname: str,
        _: Sequence[str] | None = None,  # of the package that it is in
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find a module at the top level; what is inside of one is found as always."""
        if fullname in self._hidden:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        if fullname in self._own:
            return PathFinder.find_spec(fullname, [self._folder], target)
        return None
