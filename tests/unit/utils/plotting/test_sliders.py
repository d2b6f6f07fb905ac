"""Sliders in a notebook, and pictures of all runs elsewhere."""

import sys
from types import SimpleNamespace

import IPython
import IPython.display
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
    """With one setting the runs are in a row, or in rows of three."""
    drawn = []
    axes = plots.explore(
        {(0.1,): "b", (0.0,): "a"}, lambda run, _ax, title: drawn.append((run, title)), ["lambd"]
    )
    assert axes.shape == (1, 2)
    assert drawn == [("a", "lambd = 0"), ("b", "lambd = 0.1")]
    many = {(float(n),): n for n in range(4)}
    axes = plots.explore(many, lambda run, ax, title: ax.plot([run, run]), ["n"])
    assert [bool(ax.lines) for ax in axes.ravel()] == [True] * 4 + [False] * 2


@pytest.fixture
def displayed(monkeypatch):
    """Pretend to be in a notebook; return the list of what is displayed."""
    outputs = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel="a kernel"))
    monkeypatch.setattr(IPython.display, "display", outputs.append)
    return outputs


def test_the_whole_grid_is_a_picture_without_a_kernel(displayed):
    """It comes first, as an ordinary output that moving a slider does not change."""
    assert plots.regularization_slider(GRID, X, Y) is None
    grid, box = displayed
    forms, metadata = grid._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" not in forms
    assert "lambd = 0, 0.7; keep_prob = 0.86, 1" in metadata["image/png"]["alt"]
    box.children[1].value = 0.7
    assert grid._repr_mimebundle_()[0] == forms
    assert displayed == [grid, box]
    assert "run this cell" in repr(box)


def test_a_slider_enlarges_a_picture(displayed):
    """There is one for each setting; before one is moved, nothing is enlarged."""
    plots.regularization_slider(GRID, X, Y)
    _, first, second, picture = displayed[1].children
    assert [slider.description for slider in (first, second)] == ["lambd", "keep_prob"]
    assert [label for label, _ in first.options] == ["0", "0.7"]
    assert (first.value, second.value) == next(iter(GRID))
    assert picture.layout.display == "none"
    shown = []
    for slider, value in ((first, 0.7), (second, 0.86)):
        slider.value = value
        shown.append(bytes(picture.value))
    assert picture.layout.display == ""
    assert all(one.startswith(b"\x89PNG") for one in shown)
    assert len(set(shown)) == 2
    assert plt.get_fignums() == []


def test_without_ipywidgets_the_grid_is_shown(displayed, monkeypatch):
    """The notebook goes on without the package."""
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    plots.regularization_slider(GRID, X, Y)
    assert len(displayed) == 1
