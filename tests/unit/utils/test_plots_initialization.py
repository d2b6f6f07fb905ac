"""The pictures of the initialization notebook: what they show and how they are labelled."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from utils import plots_initialization as pictures

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_figures():
    """Draw each figure, since many warnings come only then, and close it."""
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


def test_spread_has_a_line_a_rule_on_a_logarithmic_scale():
    """Each rule's curve stands over layers 1, 2, ..., and the axes say what they are."""
    _, ax = plt.subplots()
    pictures.plot_spread({"a": [1.0, 10.0, 1e3], "b": [1.0, 0.5]}, ax, "Title", "spread")
    assert [line.get_label() for line in ax.get_lines()] == ["a", "b"]
    np.testing.assert_array_equal(ax.get_lines()[0].get_xdata(), [1, 2, 3])
    assert ax.get_yscale() == "log"
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("Title", "layer", "spread")
    assert len({line.get_marker() for line in ax.get_lines()}) == 2


def test_narrow_spread_is_labelled_in_plain_numbers():
    """Within two powers of ten the ticks read 0.2, 0.5, 1, not powers."""
    figure, ax = plt.subplots()
    pictures.plot_spread({"a": [0.2, 1.0, 3.0]}, ax, "", "")
    figure.canvas.draw()
    assert {"0.2", "0.5", "1", "2"} <= {label.get_text() for label in ax.get_yticklabels()}


def test_neurons_are_counted_by_place():
    """Neurons that are alike stand in one place, and the title says so."""
    rng = np.random.RandomState(0)
    before, after = rng.randn(10, 2), rng.randn(10, 2)
    axes = pictures.plot_neurons(
        {"alike": (np.ones((10, 2)), np.zeros((10, 2))), "random": (before, after)}
    )
    assert axes[0].get_title() == "alike\n10 neurons in one place"
    assert axes[1].get_title() == "random\n10 neurons in 10 places"
    assert all(ax.get_xlabel() for ax in axes)
