"""The pictures: what they show, that all axes are labelled, and that nothing warns."""

import ast
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from utils import plots, plotting

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


DRAWN = {
    "data": lambda: plots.plot_data(X, Y),
    "boundary": lambda: plots.plot_decision_boundary(diagonal, X, Y),
    "costs": lambda: plots.plot_costs({"a": [3.0, 2.0, 1.0], "b": [2.0, 1.5, 1.2]}),
    "one infinite cost": lambda: plots.plot_costs({"a": [np.inf]}),
    "costs gone wrong": lambda: plots.plot_costs({"a": [np.inf, np.nan, 0.6, 0.5]}),
    "mask": lambda: plots.plot_dropout_mask(X > 0),
    "mask over activations": lambda: plots.plot_dropout_mask(X > 0, np.maximum(0, X)),
    "mask over a dead layer": lambda: plots.plot_dropout_mask(X > 0, 0 * X),
    "nothing dropped": lambda: plots.plot_dropout_mask(np.ones((3, 4))),
    "large mask": lambda: plots.plot_dropout_mask(rng.random((60, 90)) < 0.8),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_is_labelled(name):
    """Each function returns axes with a title and names for both axes."""
    ax = DRAWN[name]()
    assert all([ax.get_title(), ax.get_xlabel(), ax.get_ylabel()])


def test_the_readers_settings_are_restored():
    """Drawing does not change matplotlib's settings for what is drawn next."""
    before = dict(mpl.rcParams)
    plots.compare_boundaries([("a", diagonal)], X, Y)
    assert dict(mpl.rcParams) == before


def test_given_axes_are_used():
    """A picture is drawn into the given axes, and no other figure is opened."""
    _, axes = plt.subplots(2, 2)
    plots.plot_data(X, Y, axes[0, 0])
    plots.plot_decision_boundary(diagonal, X, Y, axes[0, 1])
    plots.plot_costs({"a": [2.0, 1.0]}, ax=axes[1, 0])
    plots.plot_dropout_mask(X > 0, ax=axes[1, 1])
    assert len(plt.get_fignums()) == 1
    assert all(ax.has_data() for ax in axes.flat)


def test_every_example_is_drawn_once():
    """Points of both labels are drawn, each in its place."""
    ax = plots.plot_data(X, Y)
    drawn = np.concatenate([points.get_offsets() for points in ax.collections])
    assert {tuple(point) for point in drawn} == {tuple(point) for point in X.T}


def test_boundary_keeps_the_classic_title_and_limits():
    """A title and limits set before the call, as classic notebooks do, are kept."""
    plt.title("Model without regularization")
    axes = plt.gca()
    axes.set_xlim([-0.75, 0.40])
    axes.set_ylim([-0.75, 0.65])
    ax = plots.plot_decision_boundary(diagonal, X, Y)
    assert ax is axes
    assert ax.get_title() == "Model without regularization"
    assert ax.get_xlim() == (-0.75, 0.40)
    assert ax.get_ylim() == (-0.75, 0.65)


def test_boundary_does_not_draw_over_another_picture():
    """After another picture in the same cell it opens a figure of its own."""
    first = plots.plot_data(X, Y)
    second = plots.plot_decision_boundary(diagonal, X, Y)
    assert second.figure is not first.figure


@pytest.mark.parametrize("label", [0, 1])
def test_boundary_of_a_constant_prediction(label):
    """A dead network gives one colour and no warning."""
    ax = plots.plot_decision_boundary(always(label), X, Y)
    assert ax.get_title() == "Decision boundary"


def test_boundary_takes_probabilities_and_flat_predictions():
    """A model may return booleans, labels or probabilities, as a row or flat."""
    for model in (
        lambda points: diagonal(points).ravel(),
        lambda points: diagonal(points).astype(int),
        lambda points: 1 / (1 + np.exp(points[:, 0] - points[:, 1])),
    ):
        assert plots.plot_decision_boundary(model, X, Y).has_data()


def test_compare_boundaries_counts_both_sets():
    """Each title has the accuracies on the examples that are drawn and on the test examples."""
    test_Y = Y.copy()
    test_Y[0, :4] = 1 - test_Y[0, :4]
    axes = plots.compare_boundaries([("good", diagonal), ("dead", always(0))], X, Y, X, test_Y)
    assert axes[0].get_title() == "good\ntrain 100.0%, test 90.0%"
    dead, dead_test = np.mean(Y == 0), np.mean(test_Y == 0)
    assert axes[1].get_title() == f"dead\ntrain {dead:.1%}, test {dead_test:.1%}"


def test_compare_boundaries_draws_two_in_a_row():
    """Three or four across would be too small to read; a place without a model stays empty."""
    for count, shape in ((2, (1, 2)), (3, (2, 2)), (4, (2, 2))):
        axes = plots.compare_boundaries([(str(i), diagonal) for i in range(count)], X, Y)
        assert len(axes) == count
        grid = axes[0].get_gridspec()
        assert (grid.nrows, grid.ncols) == shape
        drawn = [ax for ax in axes[0].figure.axes if ax.axison]
        assert drawn == list(axes)


def test_the_legend_uses_the_given_names():
    """Readers see whose dots these are, and what the second accuracy is of."""
    names = ("their team", "our team")
    ax = plots.plot_data(X, Y, names=names)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [*names]
    (ax,) = plots.compare_boundaries([("a", diagonal)], X, Y, X, Y, names=names, kind="validation")
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == [*names]
    assert "validation 100.0%" in ax.get_title()


def test_both_axes_have_the_same_scale():
    """A circle in the data is a circle on the screen."""
    for ax in (plots.plot_data(X, Y), plots.plot_decision_boundary(diagonal, X, Y)):
        assert ax.get_aspect() == 1


def test_compare_boundaries_without_a_test_set():
    """Without test examples the title has only the training accuracy."""
    (ax,) = plots.compare_boundaries([("good", diagonal)], X, Y)
    assert ax.get_title() == "good\ntrain 100.0%"


def test_costs_are_drawn_at_their_iterations():
    """Points are record_every apart, and an infinite cost is marked instead of drawn."""
    ax = plots.plot_costs({"wild": [np.inf, 0.6, 0.5]}, record_every=500)
    x, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, [500, 1000])
    np.testing.assert_array_equal(y, [0.6, 0.5])
    assert [(text.get_text(), text.get_position()[0]) for text in ax.texts] == [(r"$\infty$", 0)]


def test_many_runs_look_different():
    """Six runs differ in colour or dash, and a seventh is drawn too."""
    ax = plots.plot_costs({str(i): [i, i + 1] for i in range(7)})
    looks = [(line.get_color(), line.get_linestyle()) for line in ax.lines]
    assert len(looks) == 7
    assert len(set(looks)) == 6


def test_weight_histograms_count_every_weight():
    """There is a histogram for each model and layer; it counts all weights and no biases."""
    nets = {
        "a": {"W1": rng.normal(size=(4, 2)), "b1": np.ones((4, 1)), "W2": np.ones((1, 4))},
        "b": {"W1": rng.normal(size=(9, 2)), "b1": np.ones((9, 1))},
    }
    axes = plots.plot_weight_histograms(nets)
    counts = [[sum(bar.get_height() for bar in ax.patches) for ax in row] for row in axes]
    assert counts == [[8, 4], [18, 0]]
    assert axes[0, 0].get_title() == "W1"
    assert axes[1, 0].get_ylabel() == "b"
    assert axes[0, 0].figure.get_suptitle() == "Weights by layer"
    assert axes[0, 0].figure.get_supxlabel() == "weight"


def test_histograms_of_a_column_share_their_bins():
    """Histograms in one column can be compared: same bins, same range."""
    axes = plots.plot_histograms(
        {"He": {"A1": rng.normal(size=50)}, "big": {"A1": 9 * rng.normal(size=50)}}, "t", "x"
    )
    edges = [[bar.get_x() for bar in ax.patches] for ax in axes[:, 0]]
    assert edges[0] == edges[1]
    assert axes[0, 0].get_xlim() == axes[1, 0].get_xlim()


def test_dropped_cells_are_crossed():
    """Each dropped unit has a cross, the first neuron is on top, the title has the share kept."""
    D = np.array([[1, 0, 1], [1, 1, 0]])
    ax = plots.plot_dropout_mask(D)
    x, y = ax.lines[0].get_data()
    assert sorted(zip(x, y, strict=True)) == [(1.5, 0.5), (2.5, 1.5)]
    assert ax.yaxis_inverted()
    assert "67% of 6" in ax.get_title()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "2", "3"]


def test_the_pictures_need_no_other_module_of_ours():
    """The pictures and their plumbing import nothing else of this project."""
    files = [plots.__file__, *Path(plotting.__file__).parent.glob("*.py")]
    imported = [
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for file in files
        for node in ast.walk(ast.parse(Path(file).read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    ours = {name for name in imported if name.startswith(("utils", "autograder"))}
    assert ours
    assert all(name.startswith("utils.plotting.") for name in ours)
