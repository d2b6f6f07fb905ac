"""Fuzzes the reading of submitted notebooks: each is refused in a sentence, or restored.

Run it like ``fuzz_wire`` (see there), as ``python -m tests.fuzz.fuzz_notebook``. The corpus is
filled with the repository's own notebooks, shortened, since whole ones are slow to mutate.
"""

from __future__ import annotations

import copy
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["autograder", "nbformat"]):
    import nbformat

    from autograder.course.notebook import is_instructors, is_test, read_notebook
    from autograder.engine.trusted.sanitizer import sanitize_notebook
    from autograder.errors import BadSubmissionError
    from autograder.grading.restore import restore

ROOT = Path(__file__).parents[2]
DEFAULTS = ("-timeout=20", "-rss_limit_mb=1024", "-max_len=65536")
WORDS = (
    *("cells", "metadata", "nbgrader", "grade_id", "tags", "source", "outputs", "id", "cell_type"),
    *("attachments", "widgets", "kernelspec", "worksheets", "nbformat", "nbformat_minor", "data"),
    *("code", "markdown", "raw", "heading", "stream", "display_data", "execute_result", "pyout"),
    *("text/html", "text/markdown", "image/png", "image/svg+xml", "solution", "grade", "points"),
)
SOURCE = read_notebook(ROOT / "source/regularization/regularization.ipynb").notebook
TESTS = {cell.metadata.nbgrader.grade_id: cell.source for cell in SOURCE.cells if is_test(cell)}


def seeds() -> list[dict[str, Any]]:
    """Short notebooks made of the repository's own cells, in each format that is read."""
    data = json.loads(nbformat.writes(SOURCE))
    cells = [cell for cell in data["cells"] if "nbgrader" in cell["metadata"]]
    display = {
        "output_type": "display_data",
        "metadata": {"image/png": {"width": 3}},
        "data": {"image/png": "iVBORw0KGgo=", "text/html": ["<b onclick='a'>"], "text/plain": "x"},
    }
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a"]}
    code_cell = {
        "cell_type": "code",
        "id": "mine",
        "metadata": {"tags": ["skip-execution", "mine"]},
        "source": ["1\n", "2"],
        "outputs": [display, error],
        "execution_count": 1,
    }
    markdown_cell = {
        "cell_type": "markdown",
        "id": "note",
        "metadata": {},
        "source": "![a](attachment:a.png) <script> $x$ [l](javascript:1)",
        "attachments": {"a.png": {"image/png": "iVBORw0KGgo="}},
    }
    notebooks = [
        {**data, "cells": [code_cell, markdown_cell, *cells[start : start + 4]]}
        for start in range(0, len(cells), 4)
    ]
    version_4_2 = copy.deepcopy(notebooks[0])
    version_4_2["nbformat_minor"] = 2
    code = {"cell_type": "code", "input": "1", "language": "python", "outputs": [], "metadata": {}}
    version_3 = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}}
    notebooks += [version_4_2, {**version_3, "worksheets": [{"cells": [code], "metadata": {}}]}]
    return notebooks


SEEDS = seeds()


def any_json(data: atheris.FuzzedDataProvider, depth: int = 0) -> Any:
    """Some JSON value."""
    kind = data.ConsumeIntInRange(0, 8 if depth < 4 else 5)
    if kind < 2:
        return data.PickValueInList(
            [None, True, False, 0, -1, 10**400, 1.5, "", [], {}, float("nan")]
        )
    if kind < 4:
        return data.PickValueInList(list(WORDS))
    if kind < 6:
        return data.ConsumeUnicode(data.ConsumeIntInRange(0, 40))
    if kind == 6:
        return copy.deepcopy(data.PickValueInList(SEEDS[0]["cells"]))
    count = data.ConsumeIntInRange(0, 4)
    if kind == 7:
        return [any_json(data, depth + 1) for _ in range(count)]
    return {data.PickValueInList(list(WORDS)): any_json(data, depth + 1) for _ in range(count)}


def mutated_notebook(data: atheris.FuzzedDataProvider) -> str:
    """A real notebook with a few of its parts replaced."""
    notebook = copy.deepcopy(data.PickValueInList(SEEDS))
    for _ in range(data.ConsumeIntInRange(1, 6)):
        node: Any = notebook
        for _ in range(data.ConsumeIntInRange(0, 8)):
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = data.PickValueInList(keys)
            if isinstance(node[key], dict | list) and node[key] and data.ConsumeBool():
                node = node[key]
            else:
                node[key] = any_json(data)
                break
        else:
            if isinstance(node, dict):
                node[data.PickValueInList(list(WORDS))] = any_json(data)
            else:
                node.append(any_json(data))
    return json.dumps(notebook)


def process(text: bytes, folder: Path) -> None:
    """Do everything that happens to a submission before and after it runs."""
    path = folder / "submission.ipynb"
    path.write_bytes(text)
    try:
        read = read_notebook(path)
    except BadSubmissionError as error:
        if len(str(error)) > 1000:
            raise
        return
    restored, _ = restore(read.notebook, SOURCE)
    nbformat.validate(restored, relax_add_props=True)
    tests = {
        cell.metadata.nbgrader.grade_id: cell.source for cell in restored.cells if is_test(cell)
    }
    assert tests == TESTS, "a test cell is not the instructor's"
    sanitize_notebook(restored, trusted=is_instructors)
    nbformat.writes(restored, version=nbformat.NO_CONVERT).encode()


def main() -> None:
    """Fill the corpus and fuzz until time is up."""
    folders = [Path(name) for name in sys.argv[1:] if not name.startswith("-")]
    for folder in folders[:1]:
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(SEEDS):
            (folder / f"seed-{number}").write_bytes(b"\0" + json.dumps(seed).encode())
    shared = Path("/dev/shm")  # noqa: S108  in memory, where the system has that
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as scratch:

        def fuzz_input(data: bytes) -> None:
            if data[:1] == b"\0":
                process(data[1:], Path(scratch))
            else:
                text = mutated_notebook(atheris.FuzzedDataProvider(data[1:]))
                process(text.encode("utf-8", "surrogatepass"), Path(scratch))

        atheris.Setup([sys.argv[0], *DEFAULTS, *sys.argv[1:]], fuzz_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
