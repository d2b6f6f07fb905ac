"""Code written for the classic notebooks finds its helpers in each of ours."""

import ast

import pytest

from tests.support.solutions import ASSIGNMENTS, text_master

CLASSIC = frozenset(
    {
        *("np", "math", "sigmoid", "relu", "compute_cost", "forward_propagation"),
        *("backward_propagation", "update_parameters", "predict", "initialize_parameters"),
        *("dictionary_to_vector", "vector_to_dictionary", "gradients_to_vector"),
        *("load_2D_dataset", "plot_decision_boundary"),
    }
)


@pytest.mark.parametrize("name", sorted(path.stem for path in ASSIGNMENTS.glob("*/*.md")))
def test_every_notebook_has_the_classic_names(name):
    """Imported by its first cell of code, or the name of one of its exercises."""
    cells = [cell.source for cell in text_master(name).cells if cell.cell_type == "code"]
    namespace: dict[str, object] = {}
    exec("\n".join(line for line in cells[0].splitlines() if line[:1] != "%"), namespace)  # noqa: S102
    exercises = {
        node.name
        for source in cells
        if "START CODE HERE" in source
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }
    assert namespace.keys() | exercises >= CLASSIC
    # an exercise that is not written yet is "not defined", and nobody else's function
    assert exercises.isdisjoint(namespace)
