"""Which libraries the zygote loads before it is forked: those that a course's notebooks name.

Loaded once, a library costs its import once and not in each student's process. A course that only
counts words waits for neither scikit-learn nor figures.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Iterable

# What every notebook needs, in this order: the first tells tqdm, for one, that this is a notebook.
BASE = (
    "ipykernel.zmqshell "
    "asyncio concurrent.futures csv dataclasses decimal fractions itertools json math random "
    "resource statistics subprocess tempfile timeit zipfile numpy numpy.testing "
    "IPython.display IPython.core.magics.execution IPython.core.magics.pylab encodings.idna"
)
_FIGURES = (
    "matplotlib.pyplot matplotlib_inline.backend_inline matplotlib.animation matplotlib.cm "
    "matplotlib.colors matplotlib.backends.backend_agg mpl_toolkits.mplot3d "
    "PIL.Image PIL.PngImagePlugin"
)
_SCIPY = "scipy.io scipy.optimize scipy.special scipy.stats"
_SKLEARN = (
    "sklearn sklearn.datasets sklearn.linear_model sklearn.metrics sklearn.model_selection "
    "sklearn.preprocessing"
)
_WIDGETS = "ipywidgets tqdm tqdm.auto tqdm.notebook"
_NOT_IN_NOTEBOOKS = "utils.labreport."  # for a terminal, and for JupyterLab's server

# Words in a notebook's code, and what is loaded for them. A figure may be a method of a table.
LIBRARIES = {
    "scipy": _SCIPY,
    "plot": _FIGURES,
    "pylab": _FIGURES,
    "seaborn": f"{_FIGURES} pandas seaborn",
    "PIL": "PIL.Image PIL.PngImagePlugin",
    "pandas": "pandas",
    "sklearn": f"{_SCIPY} {_SKLEARN}",
    "ipywidgets": _WIDGETS,
    "tqdm": _WIDGETS,
    "utils": f"{_SCIPY} {_FIGURES} {_SKLEARN} {_WIDGETS}",
}


def words_in(sources: Iterable[str]) -> frozenset[str]:
    """The words of ``LIBRARIES`` that stand in a notebook's code."""
    text = "\n".join(sources)
    return frozenset(word for word in LIBRARIES if word in text)


def load_for(words: Iterable[str]) -> None:
    """Load what belongs to these words, as far as it is installed.

    A module that cannot be imported fails again in the notebook that needs it, if any does.
    """
    words = [word for word in LIBRARIES if word in set(words)]
    for name in " ".join(LIBRARIES[word] for word in words).split():
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if "utils" in words:
        _load_utils()
    if "sklearn" in words or "utils" in words:
        _remember_thread_libraries()


def _load_utils() -> None:
    """Load the library of this course's own notebooks."""
    import utils  # noqa: PLC0415  the notebooks' own library

    for module in pkgutil.walk_packages(utils.__path__, "utils."):
        if not module.name.startswith(_NOT_IN_NOTEBOOKS):
            with contextlib.suppress(Exception):
                importlib.import_module(module.name)


def _remember_thread_libraries() -> None:
    """Let threadpoolctl, which scikit-learn uses, work in children: it searches /proc otherwise."""
    try:
        import threadpoolctl  # type: ignore[import-untyped]  # noqa: PLC0415  comes with scikit-learn
    except ImportError:
        return
    kind = threadpoolctl.ThreadpoolController
    loaded = kind().lib_controllers
    kind._load_libraries = lambda self: self.lib_controllers.extend(loaded)  # noqa: SLF001
