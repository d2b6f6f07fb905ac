"""Which language a notebook is in, by what it says of its kernel."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from autograder.errors import RunnerError

PYTHON = "Python"
# Kernels that are often written by name alone; those of Python have all sorts of names.
_OTHERS = re.compile(
    r"(ir|julia|java|ijava|javascript|deno|octave|xeus-octave|matlab|bash|xcpp|rust|scala|kotlin|"
    r"gophernotes|sql|xsql|ruby|haskell|ihaskell|perl|prolog|stata|sas)(\b|[\d_-].*)",
    re.IGNORECASE,
)


def language_of(notebook: NotebookNode) -> str:
    """The language's name; Python if the notebook says nothing else."""
    kernel, info = (_table(notebook, key) for key in ("kernelspec", "language_info"))
    names = [str(name) for name in (kernel.get("language"), info.get("name")) if name]
    if any("python" in name.lower() for name in names):
        return PYTHON
    if names:
        return names[0]
    name = str(kernel.get("name", ""))
    return name if _OTHERS.fullmatch(name) else PYTHON


def require_python(notebook: NotebookNode) -> None:
    """Make sure that the jailed engine can run a notebook.

    Raises:
        RunnerError: If it is in another language.
    """
    language = language_of(notebook)
    if language != PYTHON:
        raise RunnerError(
            f"The notebook is in {language}, and the jailed engine runs Python only. Grade it with "
            "--engine kernel, which runs tests and student code in one kernel without a jail, or "
            "with plain nbgrader."
        )


def kernel_name(notebook: NotebookNode) -> str:
    """The kernel that the notebook names; empty if it names none."""
    return str(_table(notebook, "kernelspec").get("name") or "")


def _table(notebook: NotebookNode, key: str) -> NotebookNode:
    value = notebook.metadata.get(key)
    return value if isinstance(value, dict) else NotebookNode()
