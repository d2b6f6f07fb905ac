"""Hypothesis strategies: grades, valid and damaged notebooks, solution regions, arrays."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict

text = st.text(max_size=30)
words = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=12)
points = st.floats(0, 100, allow_nan=False)


def grades_of(
    names: st.SearchStrategy[str],
    messages: st.SearchStrategy[str],
    points: st.SearchStrategy[float],
) -> st.SearchStrategy[Grade]:
    """Grades with names, messages and points from these strategies."""
    checks = st.builds(
        CheckResult,
        name=names,
        verdict=st.sampled_from(Verdict),
        message=messages,
        points=points,
        max_points=points,
        mistake=st.none() | names,
    )
    cells = st.builds(
        CellResult,
        grade_id=names,
        max_points=points,
        points=st.none() | points,
        verdict=st.none() | st.sampled_from(Verdict),
        checks=st.lists(checks, max_size=4).map(tuple),
    )
    return st.builds(
        Grade,
        student=names,
        assignment=names,
        status=st.sampled_from(Status),
        max_score=points,
        cells=st.lists(cells, max_size=4).map(tuple),
        message=messages,
        # the JSON has four digits
        seconds=st.integers(0, 10**6).map(lambda n: round(n / 10**4, 4)),
        jail=st.lists(names, max_size=3).map(tuple),
        notes=st.lists(messages, max_size=2).map(tuple),
    )


grades = grades_of(words, text, points)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)

arrays = hnp.arrays("f8", hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e3, 1e3))


def small_notebook() -> dict[str, Any]:
    """A notebook in nbformat 4.5 with a title, an answer and its test, as JSON values."""

    def nbgrader(name: str, **more: Any) -> dict[str, Any]:
        role = {"grade": False, "solution": False, "locked": False, "task": False, **more}
        return {"nbgrader": {"grade_id": name, "schema_version": 3, **role}}

    code = {"cell_type": "code", "execution_count": None, "outputs": []}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# A title"},
            {**code, "id": "f", "metadata": nbgrader("f", solution=True), "source": "f = abs"},
            {
                **code,
                "id": "f-check",
                "metadata": nbgrader("f-check", grade=True, locked=True, points=5),
                "source": "assert f(-1) == 1",
                "outputs": [{"output_type": "stream", "name": "stdout", "text": ["fine\n"]}],
            },
        ],
    }


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The keys and indices that lead to each value inside ``value``."""
    paths = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            paths += _paths(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            paths += _paths(inner, (*path, index))
    return paths


@st.composite
def damaged_notebooks(draw: st.DrawFn) -> bytes:
    """The bytes of a damaged notebook: values replaced, keys removed, bytes cut out."""
    data = small_notebook()
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(_paths(data)))
        parent = data
        for step in path[:-1]:
            parent = parent[step]
        damage = draw(st.sampled_from(["replace", "remove", "duplicate"]))
        if damage == "remove":
            del parent[path[-1]]
        elif damage == "duplicate" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[path[-1]]))
        else:
            parent[path[-1]] = draw(json_values)
        if not _paths(data):
            break
    raw = json.dumps(data).encode()
    if draw(st.booleans()):
        return raw
    start = draw(st.integers(0, len(raw)))
    return raw[:start] + draw(st.binary(max_size=6)) + raw[start + draw(st.integers(0, 40)) :]


_names = st.sampled_from(["a", "b", "W1", "dA", "grads['dW1']", "cache[0]", "self.x"])
_simple = st.one_of(
    st.builds("{} = np.dot(W, X) + {}".format, _names, st.integers(0, 9)),
    st.builds("{}, {} = 1, 2  # both".format, _names, _names),
    st.builds("{} += 1  # (approx. 1 line)".format, _names),
    st.builds("{}: float = 0.5".format, st.sampled_from(["a", "b"])),
    st.builds("[{}, ({}, *rest)] = f()".format, _names, _names),
    st.builds("{} = (\n    1 +  # inside\n    2\n)".format, _names),
    st.just('s = """a\n# no comment\n  b"""'),
    st.just("# a hint of its own"),
    st.just("print('seen')"),
    st.just("return a"),
    st.just(""),
)


def _indented(block: str) -> str:
    return "\n".join("    " + line if line else line for line in block.split("\n"))


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    heads = st.sampled_from(
        ["for i in range(3):", "while a:", "if a:", "with f() as g:", "def h(x):"]
    )
    return st.builds(lambda head, body: f"{head}\n{_indented(body)}\n    pass", heads, inner)


statements = st.recursive(_simple, _compound, max_leaves=4)
solution_regions = st.lists(statements, max_size=5).map("\n".join)


@st.composite
def solution_functions(draw: st.DrawFn) -> tuple[str, list[str]]:
    """The source of a function with one to three marked regions, and the texts of the regions."""
    texts = draw(st.lists(solution_regions, min_size=1, max_size=3))
    lines = ["def f(X):"]
    for number, region in enumerate(texts):
        lines += [
            f"    m{number} = {number}",
            "    ### START CODE HERE ### (approx. 1 line)",
            _indented(region),
            "    ### END CODE HERE ###",
        ]
    return "\n".join([*lines, "    return X"]), texts
