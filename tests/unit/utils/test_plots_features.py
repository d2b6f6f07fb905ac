"""The pictures of the features notebook: what they show and how they are labelled."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from utils import plots_features as figures

mpl.use("Agg")

NAMES = ("one", "two", "three")


@pytest.fixture(autouse=True)
def no_figures():
    """Draw each figure, since many warnings come only then, and close it."""
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


@pytest.fixture
def pictures():
    """Twelve small pictures of three classes."""
    stream = np.random.RandomState(1)
    return stream.randint(0, 256, (12, 32, 32, 3)).astype(np.uint8), np.arange(12) % 3


def test_sheet_has_a_row_for_each_class(pictures):
    """Each class's pictures stand beside its name, in their order."""
    X, y = pictures
    ax = figures.plot_samples(X, y, NAMES, each=4)
    assert [label.get_text() for label in ax.get_yticklabels()] == list(NAMES)
    paper = ax.images[0].get_array()
    np.testing.assert_array_equal(paper[:32, 35:67], X[3])


def test_wrong_answers_stand_in_the_row_of_the_answer(pictures):
    """A picture stands where the network put it; under it is the truth."""
    X, y = pictures
    answers = y.copy()
    answers[0] = 2
    ax = figures.plot_mistaken(X, y, answers, NAMES)
    assert [text.get_text() for text in ax.texts] == ["one"]
    np.testing.assert_array_equal(ax.images[0].get_array()[82:114, :32], X[0])


def test_no_wrong_answer_is_a_picture_too(pictures):
    """A network that is always right leaves the rows empty."""
    X, y = pictures
    assert not figures.plot_mistaken(X, y, y, NAMES).texts


def test_strokes_run_along_edges(pictures):
    """A gradient to the right is an upright edge: its stroke is upright."""
    features = np.zeros((2, 2, 9))
    features[0, 1, 0] = 1.0
    axes = figures.plot_hog([pictures[0][0]], [features.ravel()])
    (lines,) = axes[1, 0].collections
    lengths = np.array([np.ptp(line, axis=0) for line in lines.get_segments()])
    longest = np.argmax(lengths.sum(axis=1))
    across, up = lengths[longest]
    assert up > 5 * across
    assert np.mean(lines.get_segments()[longest], axis=0).tolist() == [24, 8]


def test_hues_bars_and_rates_say_what_they_show(pictures):
    """Axes are labelled, each bar has its mean, each line its name."""
    axes = figures.plot_hues([pictures[0][0]], [np.full(10, 0.1)])
    assert axes[1, 0].get_xlabel() == "hue in degrees"
    ax = figures.plot_bars({"pixels": [0.3, 0.5], "HOG": [0.6]}, "T")
    assert [text.get_text() for text in ax.texts] == ["0.40", "0.60"]
    ax = figures.plot_rates({"a": {0.1: [0.2, 0.3], 0.01: [0.1, 0.1]}}, "T")
    assert ax.get_xscale() == "log"
    assert ax.lines[0].get_xydata().tolist() == [[0.01, 0.1], [0.1, 0.25]]
    ax = figures.plot_epochs({"a": [[0.1, 0.2], [0.3, 0.4]]}, "T")
    assert ax.lines[0].get_ydata().tolist() == pytest.approx([0.2, 0.3])


def test_search_rings_the_best():
    """Every setting is a dot with its accuracy, and the best has a ring."""
    settings = [{"learning_rate": 0.1**n, "weight_scale": 0.1} for n in (1, 2, 3)]
    ax = figures.plot_search(settings, [0.2, 0.7, 0.1])
    dots, ring = ax.collections
    assert len(dots.get_offsets()) == 3
    assert ring.get_offsets()[0].tolist() == pytest.approx([0.01, 0.1])
    assert [text.get_text() for text in ax.texts] == ["0.20", "0.70", "0.10"]
