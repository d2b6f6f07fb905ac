"""The pictures of the gradient-checking notebook: what they show and how they are labelled."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from utils import plots_gradients as pictures

pytestmark = pytest.mark.usefixtures("_rendered_figures")


def test_secant_shows_both_slopes():
    """For x squared the chord has the slope of the tangent, whatever epsilon is."""
    _, ax = plt.subplots()
    pictures.plot_secant(np.square, 1.0, 2.0, 0.5, ax, "epsilon 0.5")
    assert ax.get_title() == "epsilon 0.5\nchord 2.000, tangent 2.000"
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_error_curves_go_to_smaller_epsilon():
    """Epsilon gets smaller to the right; an error of zero is left out; a threshold is marked."""
    _, ax = plt.subplots()
    epsilons = np.array([1e-1, 1e-2, 1e-3])
    pictures.plot_error_curves(
        epsilons, {"a": [1e-2, 0.0, 1e-6]}, ax, "T", thresholds={"2e-7": 2e-7}
    )
    left, right = ax.get_xlim()
    assert left > 1e-1
    assert right < 1e-3
    assert np.isnan(ax.get_lines()[0].get_ydata()[1])
    assert [text.get_text() for text in ax.texts] == ["2e-7"]
    assert (ax.get_title(), ax.get_ylabel()) == ("T", "relative error")


def test_large_errors_are_printed_in_their_squares():
    """Each gradient has its own axes, and only large errors are printed."""
    errors = {"dW1": np.array([[1e-9, 1 / 3], [0.0, 1e-8]]), "db1": np.array([[0.6], [1e-12]])}
    axes = pictures.plot_entry_errors(errors, "Errors")
    assert [ax.get_title() for ax in axes] == ["dW1", "db1"]
    assert [[text.get_text() for text in ax.texts] for ax in axes] == [["0.33"], ["0.6"]]


def test_gap_marks_the_threshold_between_the_groups():
    """The legend has each group and the threshold."""
    _, ax = plt.subplots()
    pictures.plot_gap({"right": [1e-9, 2e-9], "wrong": [1e-3, 2.0]}, 2e-7, ax, "Gap")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(labels) == ["right", "threshold 2e-07", "wrong"]
    assert ax.get_xscale() == "log"
