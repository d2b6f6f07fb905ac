"""The pictures of the batch normalization notebook: what they show and how they are labelled."""

import numpy as np
import pytest

from utils import deepplots
from utils.datasets import load_digits
from utils.deepnet import DeepNet, train

pytestmark = pytest.mark.usefixtures("_rendered_figures")


def test_pictures_are_labelled():
    """Each picture has a title and named axes, and one line or node for each thing it shows."""
    digits = load_digits(100, 20)
    history = train(DeepNet([64, 8, 10], 0.1), digits, epochs=2)
    left, right = deepplots.plot_histories({"one": history}, window=2)
    assert left.get_title()
    assert right.get_ylabel()
    (errors,) = right.lines
    np.testing.assert_allclose(errors.get_ydata(), 1 - np.array(history.val))
    assert right.get_yscale() == "log"
    axes = deepplots.plot_features({"x": digits.X_train[:, 2:4], "y": digits.X_val[:, 2:4]}, "ab")
    assert [ax.get_title() for ax in axes] == ["x", "y"]
    ax = deepplots.plot_lines({"a": [1, 10]}, [1, 2], "t", "x", "y", logy=True, level=("l", 5))
    assert ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "l"]
    ax = deepplots.plot_times({"a": [1e-6, 2e-6, 3e-6], "b": [1e-6] * 3})
    assert "median 2" in ax.texts[0].get_text()
    labels = " ".join(text.get_text() for text in deepplots.plot_graph().texts)
    assert all(name in labels for name in ("$x$", "sigma", "gamma", "beta", "out"))
