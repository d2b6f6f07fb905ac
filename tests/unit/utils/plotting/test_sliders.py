"""Sliders in a notebook, and pictures of all runs elsewhere."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot as plt

from utils import plots

pytestmark = pytest.mark.usefixtures("_rendered_figures")
rng = np.random.default_rng(3)
X = rng.uniform(-1, 1, (2, 40))
Y = (X[1:] > X[:1]).astype(int)


def diagonal(points):
    """Predict label 1 above the diagonal, as predict_dec would: (1, n) of booleans."""
    return (points[:, 1] > points[:, 0])[None, :]


def always(label):
    """Make a model that predicts the same label everywhere."""
    return lambda points: np.full((1, len(points)), label)


GRID = {(0.0, 1.0): diagonal, (0.7, 1.0): always(0), (0.0, 0.86): always(1)}


def test_without_a_notebook_all_runs_are_drawn():
    """Rows are lambda, columns keep_prob; where there is no run, the picture says so."""
    axes = plots.regularization_slider(GRID, X, Y, X, Y)
    assert axes.shape == (2, 2)
    assert axes[0, 1].get_title() == "lambd = 0, keep_prob = 1\ntrain 100.0%, test 100.0%"
    assert "was not trained" in axes[1, 0].texts[0].get_text()


def test_explore_along_one_setting():
    """With one setting the runs are in a row."""
    drawn = []
    axes = plots.explore(
        {(0.1,): "b", (0.0,): "a"}, lambda run, _ax, title: drawn.append((run, title)), ["lambd"]
    )
    assert axes.shape == (1, 2)
    assert drawn == [("a", "lambd = 0"), ("b", "lambd = 0.1")]


def test_without_ipywidgets_all_runs_are_drawn(monkeypatch):
    """The notebook goes on without the package."""
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert plots.regularization_slider(GRID, X, Y).shape == (2, 2)


@pytest.fixture
def notebook(monkeypatch):
    """Pretend to be in a notebook; return the list of what is displayed and updated."""
    IPython = pytest.importorskip("IPython")
    pytest.importorskip("ipywidgets")
    outputs = []
    handle = SimpleNamespace(update=outputs.append)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel="a kernel"))

    def display(output, display_id=None):
        outputs.append(output)
        return handle if display_id else None

    monkeypatch.setattr(IPython.display, "display", display)
    return outputs


def test_sliders_replace_the_picture(notebook):
    """In a notebook there is a slider for each setting; moving it replaces the picture."""
    assert plots.regularization_slider(GRID, X, Y) is None
    box, first = notebook
    assert [slider.description for slider in box.children] == ["lambd", "keep_prob"]
    assert [label for label, _ in box.children[0].options] == ["0", "0.7"]
    assert tuple(slider.value for slider in box.children) == next(iter(GRID))
    box.children[0].value = 0.7
    box.children[1].value = 0.86
    pictures = [picture.data for picture in notebook[1:]]
    assert len(pictures) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in [first.data, *pictures])
    assert len(set(pictures)) == 3
    assert plt.get_fignums() == []
