"""The deep network of the batch normalization experiments, its data and its timing."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from tests.support.solutions import solution_namespace
from utils import deepplots
from utils.datasets import load_digits
from utils.deepnet import DeepNet, train, train_all
from utils.gradients import eval_numerical_gradient_array, numerical_gradient
from utils.timing import quartiles, race


@pytest.fixture(scope="module")
def batch_norm():
    """The solution's batch normalization, as an experiment hands it in."""
    solution = solution_namespace("batchnorm")
    return solution["batchnorm_forward"], solution["batchnorm_backward_alt"]


@pytest.fixture(autouse=True)
def _no_figures():
    """Close what a test has drawn."""
    yield
    plt.close("all")


def test_digits_are_disjoint_rows_without_their_mean():
    """1000 + 400 images of 64 pixels; the training mean is taken off; no image is in both."""
    digits = load_digits()
    assert digits.X_train.shape == (1000, 64)
    assert digits.X_val.shape == (400, 64)
    np.testing.assert_allclose(digits.X_train.mean(axis=0), 0, atol=1e-12)
    assert set(digits.y_train) == set(range(10))
    raw = np.vstack([digits.X_train, digits.X_val]) + digits.mean
    assert raw.min() == pytest.approx(0)
    assert raw.max() == pytest.approx(1)
    assert len(np.unique(raw.round(6), axis=0)) == 1400


@pytest.mark.parametrize("normalized", [False, True])
def test_gradients_are_the_slopes_of_the_loss(batch_norm, normalized):
    """Every parameter's gradient, with and without normalization, against measured slopes."""
    stream = np.random.RandomState(0)
    X, y = stream.randn(7, 4), stream.randint(0, 3, 7)
    net = DeepNet([4, 6, 5, 3], 0.6, batch_norm if normalized else None)
    _, grads = net.loss(X, y)
    assert set(grads) == set(net.parameters)
    for name, value in list(net.parameters.items()):

        def loss_at(moved, name=name, value=value):
            net.parameters[name] = moved
            loss, _ = net.loss(X, y)
            net.parameters[name] = value
            return loss

        slope = numerical_gradient(loss_at, value, h=1e-5)
        np.testing.assert_allclose(grads[name], slope, rtol=1e-5, atol=1e-8)


def test_training_learns_and_can_be_repeated(batch_norm):
    """A few epochs with batch norm read most digits; the same seeds give the same run."""
    digits = load_digits(300, 100)
    runs = [
        train(DeepNet([64, 30, 30, 10], 0.05, batch_norm), digits, epochs=6, batch_size=25)
        for _ in range(2)
    ]
    assert runs[0].losses == runs[1].losses
    assert len(runs[0].losses) == 6 * 12
    assert len(runs[0].val) == 6
    assert runs[0].val[-1] > 0.8


def test_a_batch_that_is_not_full_is_left_out(batch_norm):
    """100 examples in batches of 30 are three steps an epoch, each run with its own settings."""
    digits = load_digits(100, 20)
    runs = {"plain": DeepNet([64, 8, 10], 0.1)}
    runs["normalized"] = DeepNet([64, 8, 10], 0.1, batch_norm), {"batch_size": 30}
    histories = train_all(runs, digits, epochs=2)
    assert len(histories["plain"].losses) == 4
    assert len(histories["normalized"].losses) == 6


def test_measured_slopes_of_an_array():
    """For a linear map the slope of sum(f(x) df) is exact, and x is left as it was."""
    A, x, df = np.arange(6.0).reshape(2, 3), np.array([1.0, 2, 3]), np.array([2.0, -1])
    slope = eval_numerical_gradient_array(lambda v: A @ v, x, df)
    np.testing.assert_allclose(slope, A.T @ df)
    np.testing.assert_array_equal(x, [1, 2, 3])
    np.testing.assert_allclose(eval_numerical_gradient_array(lambda v: v, x, x), x)


def test_race_takes_turns():
    """Each function is called once to warm up, then in turn, as often as asked."""
    calls = []
    times = race(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=3, calls=2
    )
    assert "".join(calls) == "ab" + "aabb" * 3
    assert [len(seconds) for seconds in times.values()] == [3, 3]
    assert quartiles([4, 1, 3, 2, 5]) == (2, 3, 4)


def test_pictures_say_what_they_show(batch_norm):
    """Each picture has a title and names on its axes, and one line or box for what it is given."""
    digits = load_digits(100, 20)
    history = train(DeepNet([64, 8, 10], 0.1, batch_norm), digits, epochs=2)
    left, right = deepplots.plot_histories({"one": history}, window=2)
    assert left.get_title()
    assert right.get_ylabel()
    assert len(right.lines) == 2
    axes = deepplots.plot_features({"x": digits.X_train[:, 2:4], "y": digits.X_val[:, 2:4]}, "ab")
    assert [ax.get_title() for ax in axes] == ["x", "y"]
    ax = deepplots.plot_lines({"a": [1, 10]}, [1, 2], "t", "x", "y", logy=True, level=("l", 5))
    assert ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "l"]
    ax = deepplots.plot_times({"a": [1e-6, 2e-6, 3e-6], "b": [1e-6] * 3})
    assert "median 2" in ax.texts[0].get_text()
    words = " ".join(text.get_text() for text in deepplots.plot_graph().texts)
    assert all(name in words for name in ("$x$", "sigma", "gamma", "beta", "out"))
