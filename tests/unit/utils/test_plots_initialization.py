"""The pictures of the initialization notebook: what they show and how they are labelled."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from utils import plots_initialization as pictures

pytestmark = pytest.mark.usefixtures("_rendered_figures")


def test_spread_has_a_line_for_each_rule():
    """The lines are drawn over layers 1, 2, ... on a logarithmic scale, and the axes are named."""
    _, ax = plt.subplots()
    pictures.plot_spread({"a": [1.0, 10.0, 1e3], "b": [1.0, 0.5]}, ax, "Title", "spread")
    assert [line.get_label() for line in ax.get_lines()] == ["a", "b"]
    np.testing.assert_array_equal(ax.get_lines()[0].get_xdata(), [1, 2, 3])
    assert ax.get_yscale() == "log"
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("Title", "layer", "spread")
    assert len({line.get_marker() for line in ax.get_lines()}) == 2


def test_a_narrow_range_has_plain_numbers_as_labels():
    """Within two powers of ten the labels are 0.2, 0.5, 1 and so on, not powers."""
    figure, ax = plt.subplots()
    pictures.plot_spread({"a": [0.2, 1.0, 3.0]}, ax, "", "")
    figure.canvas.draw()
    assert {"0.2", "0.5", "1", "2"} <= {label.get_text() for label in ax.get_yticklabels()}


def test_neurons_are_counted_by_place():
    """Neurons with the same weights are drawn in one place, and the title says so."""
    rng = np.random.RandomState(0)
    before, after = rng.randn(10, 2), rng.randn(10, 2)
    axes = pictures.plot_neurons(
        {"alike": (np.ones((10, 2)), np.zeros((10, 2))), "random": (before, after)}
    )
    assert axes[0].get_title() == "alike\n10 neurons in one place"
    assert axes[1].get_title() == "random\n10 neurons in 10 places"
    assert all(ax.get_xlabel() for ax in axes)
    assert axes[0].get_xlim() == axes[1].get_xlim() == axes[1].get_ylim()
