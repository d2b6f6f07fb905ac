"""The pictures: what they show, that every axis says what it is, and that nothing warns."""

import ast
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from utils import plots

mpl.use("Agg")
rng = np.random.default_rng(3)
X = rng.uniform(-1, 1, (2, 40))
Y = (X[1:] > X[:1]).astype(int)


def diagonal(points):
    """Predict label 1 above the diagonal, as predict_dec would: (1, n) of booleans."""
    return (points[:, 1] > points[:, 0])[None, :]


def always(label):
    """Give a model that says the same everywhere."""
    return lambda points: np.full((1, len(points)), label)


@pytest.fixture(autouse=True)
def no_figures():
    """Start and end without figures, and draw each one, since many warnings come only then."""
    plt.close("all")
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


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
def test_every_picture_says_what_it_is(name):
    """Each returns its axes with a title and both axes named."""
    ax = DRAWN[name]()
    assert all([ax.get_title(), ax.get_xlabel(), ax.get_ylabel()])


def test_own_axes_are_drawn_into():
    """A picture goes where it is told to, and opens no other figure."""
    _, axes = plt.subplots(2, 2)
    plots.plot_data(X, Y, axes[0, 0])
    plots.plot_decision_boundary(diagonal, X, Y, axes[0, 1])
    plots.plot_costs({"a": [2.0, 1.0]}, ax=axes[1, 0])
    plots.plot_dropout_mask(X > 0, ax=axes[1, 1])
    assert len(plt.get_fignums()) == 1
    assert all(ax.has_data() for ax in axes.flat)


def test_the_readers_settings_stay():
    """Drawing does not change matplotlib's settings for whatever is drawn next."""
    before = dict(mpl.rcParams)
    plots.compare_boundaries([("a", diagonal)], X, Y)
    assert dict(mpl.rcParams) == before


def test_what_the_backend_sets_meanwhile_stays():
    """Jupyter turns interactive on at the first figure; undone, later ones stay unseen."""

    def model(points):
        mpl.interactive(True)
        return diagonal(points)

    try:
        plots.plot_decision_boundary(model, X, Y)
        assert mpl.is_interactive()
    finally:
        mpl.interactive(False)


def test_style_is_made_of_known_settings():
    """The style can be given to rcParams as it is."""
    with plt.rc_context(plots.style()):
        assert mpl.rcParams["font.size"] == plots.style()["font.size"]


def contrast(one, other):
    """Compute the contrast ratio of two colours by WCAG 2.1, section 1.4.3."""

    def luminance(colour):
        parts = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)
        ]
        return np.dot([0.2126, 0.7152, 0.0722], parts)

    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_points_stand_out_from_both_regions():
    """Words reach WCAG's 4.5 and markers its 3 on every ground; the two classes differ in shape."""
    for ground in (*plots.TINTS, "white"):
        assert contrast(plots.INK, ground) > 4.5
        for _, colour, _, _ in plots.CLASSES:
            assert contrast(colour, ground) > 2.9
    assert len({marker for _, _, marker, _ in plots.CLASSES}) == 2


def test_every_example_is_drawn_once():
    """Points of both labels are there, each in its own place."""
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
def test_boundary_of_a_net_that_says_the_same_everywhere(label):
    """A dead net gives one colour and no warning."""
    ax = plots.plot_decision_boundary(always(label), X, Y)
    assert ax.get_title() == "Decision boundary"


def test_boundary_takes_probabilities_and_flat_predictions():
    """What the model returns may be booleans, labels or probabilities, a row or flat."""
    for model in (
        lambda points: diagonal(points).ravel(),
        lambda points: diagonal(points).astype(int),
        lambda points: 1 / (1 + np.exp(points[:, 0] - points[:, 1])),
    ):
        assert plots.plot_decision_boundary(model, X, Y).has_data()


def test_compare_boundaries_counts_both_sets():
    """Each title says the shares that are right on the drawn and on the other examples."""
    test_Y = Y.copy()
    test_Y[0, :4] = 1 - test_Y[0, :4]
    axes = plots.compare_boundaries([("good", diagonal), ("dead", always(0))], X, Y, X, test_Y)
    assert axes[0].get_title() == "good\ntrain 100.0%, test 90.0%"
    dead, dead_test = np.mean(Y == 0), np.mean(test_Y == 0)
    assert axes[1].get_title() == f"dead\ntrain {dead:.1%}, test {dead_test:.1%}"


def test_compare_boundaries_without_a_test_set():
    """Without other examples only the drawn ones are counted."""
    (ax,) = plots.compare_boundaries([("good", diagonal)], X, Y)
    assert ax.get_title() == "good\ntrain 100.0%"


def test_costs_stand_at_their_iterations():
    """A line's points lie record_every apart, and an infinite cost is marked instead of drawn."""
    ax = plots.plot_costs({"wild": [np.inf, 0.6, 0.5]}, record_every=500)
    x, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, [500, 1000])
    np.testing.assert_array_equal(y, [0.6, 0.5])
    assert [(text.get_text(), text.get_position()[0]) for text in ax.texts] == [(r"$\infty$", 0)]


def test_many_runs_are_told_apart():
    """Six runs differ in colour or dash, and a seventh is drawn all the same."""
    ax = plots.plot_costs({str(i): [i, i + 1] for i in range(7)})
    looks = [(line.get_color(), line.get_linestyle()) for line in ax.lines]
    assert len(looks) == 7
    assert len(set(looks)) == 6


def test_weight_histograms_count_every_weight():
    """A panel a model and layer; the bars hold all weights, biases are left out."""
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
    """What stands in one column can be compared: same bins, same range."""
    axes = plots.plot_histograms(
        {"He": {"A1": rng.normal(size=50)}, "big": {"A1": 9 * rng.normal(size=50)}}, "t", "x"
    )
    edges = [[bar.get_x() for bar in ax.patches] for ax in axes[:, 0]]
    assert edges[0] == edges[1]
    assert axes[0, 0].get_xlim() == axes[1, 0].get_xlim()


def test_dropped_cells_are_crossed():
    """A cross in each dropped cell, the first neuron on top, and the share kept in the title."""
    D = np.array([[1, 0, 1], [1, 1, 0]])
    ax = plots.plot_dropout_mask(D)
    x, y = ax.lines[0].get_data()
    assert sorted(zip(x, y, strict=True)) == [(1.5, 0.5), (2.5, 1.5)]
    assert ax.yaxis_inverted()
    assert "67% of 6" in ax.get_title()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "2", "3"]


TABLE = [("none", 0.948, 0.915), ("L2 <0.7>", 0.938, 0.93), ("untested", 0.5, None)]


def test_accuracy_table_prints_aligned():
    """As text: a line a model, percent, a dash for what was not measured."""
    lines = str(plots.accuracy_table(TABLE)).splitlines()
    assert [line.split() for line in lines] == [
        ["model", "train", "test"],
        ["none", "94.8%", "91.5%"],
        ["L2", "<0.7>", "93.8%", "93.0%"],
        ["untested", "50.0%", "–"],  # noqa: RUF001 - the dash of an empty cell
    ]
    assert len({len(line) for line in lines}) == 1


def test_accuracy_table_as_html():
    """In Jupyter: names are escaped and the best on the test stands out."""
    text = plots.accuracy_table(TABLE)._repr_html_()
    assert "L2 &lt;0.7&gt;" in text
    assert "<b>93.0%</b>" in text
    assert text.count("<b>") == 1
    assert text.count("<tr>") == 4


def test_accuracy_table_of_nothing():
    """No models make a table of its head alone."""
    assert str(plots.accuracy_table([])).split() == ["model", "train", "test"]
    assert "<table>" in plots.accuracy_table([])._repr_html_()


GRID = {(0.0, 1.0): diagonal, (0.7, 1.0): always(0), (0.0, 0.86): always(1)}


def test_slider_without_a_notebook_is_a_still_picture():
    """Every run at one glance, lambda down and keep_prob to the right; a gap says it is one."""
    axes = plots.regularization_slider(GRID, X, Y, X, Y)
    assert axes.shape == (2, 2)
    assert axes[0, 1].get_title() == "lambd = 0, keep_prob = 1\ntrain 100.0%, test 100.0%"
    assert "was not trained" in axes[1, 0].texts[0].get_text()


def test_explore_along_one_setting():
    """With one name the runs stand in a row."""
    seen = []
    axes = plots.explore(
        {(0.1,): "b", (0.0,): "a"}, lambda run, _ax, title: seen.append((run, title)), ["lambd"]
    )
    assert axes.shape == (1, 2)
    assert seen == [("a", "lambd = 0"), ("b", "lambd = 0.1")]


def test_slider_without_ipywidgets_is_a_still_picture(monkeypatch):
    """Where the package is missing the notebook goes on with the still picture."""
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert plots.regularization_slider(GRID, X, Y).shape == (2, 2)


@pytest.fixture
def notebook(monkeypatch):
    """Pretend to be in a notebook, and give what it is asked to display and to update."""
    IPython = pytest.importorskip("IPython")
    pytest.importorskip("ipywidgets")
    outputs = []
    handle = SimpleNamespace(update=outputs.append)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel="a kernel"))

    def display(shown, display_id=None):
        outputs.append(shown)
        return handle if display_id else None

    monkeypatch.setattr(IPython.display, "display", display)
    return outputs


def test_sliders_replace_the_picture(notebook):
    """In a notebook there is a slider a setting and one picture, redrawn when a slider moves."""
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


def test_nothing_of_ours_is_imported():
    """The pictures stand on the lowest floor: the module imports nothing from this project."""
    asked = [
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(Path(plots.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert "numpy" in asked
    assert not [name for name in asked if name.startswith(("utils", "autograder"))]
