"""What a student may hand in as a notebook: must be refused in a sentence or restored, no more.

Run as ``fuzz_wire`` is (see there), as ``python -m tests.fuzz.fuzz_notebook``. The corpus is
filled with the repository's own notebooks, cut short: a whole one is slow to mutate.
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
    """Short notebooks of the repository's own cells, in the formats that are read."""
    data = json.loads(nbformat.writes(SOURCE))
    cells = [cell for cell in data["cells"] if "nbgrader" in cell["metadata"]]
    shown = {
        "output_type": "display_data",
        "metadata": {"image/png": {"width": 3}},
        "data": {"image/png": "iVBORw0KGgo=", "text/html": ["<b onclick='a'>"], "text/plain": "x"},
    }
    wrong = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a"]}
    own = {
        "cell_type": "code",
        "id": "mine",
        "metadata": {"tags": ["skip-execution", "mine"]},
        "source": ["1\n", "2"],
        "outputs": [shown, wrong],
        "execution_count": 1,
    }
    noted = {
        "cell_type": "markdown",
        "id": "note",
        "metadata": {},
        "source": "![a](attachment:a.png) <script> $x$ [l](javascript:1)",
        "attachments": {"a.png": {"image/png": "iVBORw0KGgo="}},
    }
    made = [{**data, "cells": [own, noted, *cells[at : at + 4]]} for at in range(0, len(cells), 4)]
    old = copy.deepcopy(made[0])
    old["nbformat_minor"] = 2
    code = {"cell_type": "code", "input": "1", "language": "python", "outputs": [], "metadata": {}}
    three = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}}
    made += [old, {**three, "worksheets": [{"cells": [code], "metadata": {}}]}]
    return made


SEEDS = seeds()


def value(data: atheris.FuzzedDataProvider, depth: int = 0) -> Any:
    """Some JSON."""
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
        return [value(data, depth + 1) for _ in range(count)]
    return {data.PickValueInList(list(WORDS)): value(data, depth + 1) for _ in range(count)}


def changed(data: atheris.FuzzedDataProvider) -> str:
    """A real notebook with a few places in it replaced."""
    made = copy.deepcopy(data.PickValueInList(SEEDS))
    for _ in range(data.ConsumeIntInRange(1, 6)):
        node: Any = made
        for _ in range(data.ConsumeIntInRange(0, 8)):
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = data.PickValueInList(keys)
            if isinstance(node[key], dict | list) and node[key] and data.ConsumeBool():
                node = node[key]
            else:
                node[key] = value(data)
                break
        else:
            if isinstance(node, dict):
                node[data.PickValueInList(list(WORDS))] = value(data)
            else:
                node.append(value(data))
    return json.dumps(made)


def read(text: bytes, folder: Path) -> None:
    """Everything that happens to a submission before and after it is run."""
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
    tests = {c.metadata.nbgrader.grade_id: c.source for c in restored.cells if is_test(c)}
    assert tests == TESTS, "a test cell is not the instructor's"
    sanitize_notebook(restored, trusted=is_instructors)
    nbformat.writes(restored, version=nbformat.NO_CONVERT).encode()


def main() -> None:
    """Fill the corpus and go on until time is up."""
    folders = [Path(name) for name in sys.argv[1:] if not name.startswith("-")]
    for folder in folders[:1]:
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(SEEDS):
            (folder / f"seed-{number}").write_bytes(b"\0" + json.dumps(seed).encode())
    shared = Path("/dev/shm")  # noqa: S108  memory, where there is such a thing
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as scratch:

        def one(data: bytes) -> None:
            if data[:1] == b"\0":
                read(data[1:], Path(scratch))
            else:
                text = changed(atheris.FuzzedDataProvider(data[1:]))
                read(text.encode("utf-8", "surrogatepass"), Path(scratch))

        atheris.Setup([sys.argv[0], *DEFAULTS, *sys.argv[1:]], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
