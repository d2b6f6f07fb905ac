"""The small network: gradients against measured slopes, and the arrays that are used again."""

import numpy as np
import pytest

from utils import smallnet
from utils.gradients import numerical_gradient


@pytest.fixture
def data():
    """Examples of two classes that a line divides."""
    stream = np.random.RandomState(5)
    X = stream.randn(60, 4)
    return {"X_train": X, "y_train": (X[:, 0] > 0).astype(int)}


SETTING = {"learning_rate": 0.5, "weight_scale": 0.5, "hidden": (7, 6)}


@pytest.mark.parametrize("reg", [0.0, 0.3])
def test_gradients_are_measured_slopes(data, reg):
    """Every gradient is the slope of the loss with its penalty."""
    net = smallnet.make_net(data, SETTING)
    X, y = data["X_train"][:9], data["y_train"][:9]
    _, gradients = smallnet.loss_and_gradients(net, X, y, reg)
    for name, value in net.items():

        def loss_at(moved, name=name, value=value):
            penalty = reg if name.startswith("W") else 0
            rest = sum(np.sum(net[f"W{layer}"] ** 2) for layer in (1, 2, 3)) * reg / 2
            if penalty:
                rest += (np.sum(moved**2) - np.sum(value**2)) * reg / 2
            return smallnet.loss_and_gradients({**net, name: moved}, X, y)[0] + rest

        slope = numerical_gradient(loss_at, value, h=1e-6)
        np.testing.assert_allclose(gradients["d" + name], slope, rtol=1e-5, atol=1e-8)


def test_next_network_has_the_same_arrays(data):
    """What the notebook teaches: a network that was kept by its name alone changes."""
    net = smallnet.make_net(data, SETTING)
    before = {name: value.copy() for name, value in net.items()}
    smallnet.train(net, data, SETTING)
    assert not np.array_equal(net["W1"], before["W1"])
    assert smallnet.make_net(data, SETTING) is net
    for name, value in before.items():
        np.testing.assert_array_equal(net[name], value)


def test_other_data_have_arrays_of_their_own(data):
    """A network for other examples does not overwrite this one, nor does one of other layers."""
    net = smallnet.make_net(data, SETTING)
    before = net["W1"].copy()
    smallnet.make_net({"X_train": data["X_train"].copy()}, SETTING, seed=3)
    smallnet.make_net(data, {**SETTING, "hidden": (7, 5)}, seed=3)
    np.testing.assert_array_equal(net["W1"], before)


def test_arrays_go_when_their_data_go(data):
    """Nothing is kept of data that nobody has any more."""
    known = len(smallnet._ARRAYS)
    short = {"X_train": np.zeros((3, 2))}
    smallnet.make_net(short, SETTING)
    assert len(smallnet._ARRAYS) == known + 1
    del short
    assert len(smallnet._ARRAYS) == known


def test_training_learns_and_tells_its_history(data):
    """A line is learned; each step's loss and each epoch is told."""
    net, history, epochs = smallnet.make_net(data, SETTING), [], []
    setting = {**SETTING, "epochs": 30}
    last = smallnet.train(net, data, setting, history=history, after_epoch=epochs.append)
    assert smallnet.accuracy(net, data["X_train"], data["y_train"]) > 0.95
    assert len(history) == len(epochs) == 30
    assert last == history[-1] < history[0]


def test_run_that_diverges_is_nan(data):
    """A rate that is far too large ends in nan, without a warning."""
    net = smallnet.make_net(data, SETTING)
    assert np.isnan(smallnet.train(net, data, {**SETTING, "learning_rate": 1e30}))


def test_he_has_the_spread_of_its_inputs():
    """``"he"`` is the square root of 2 / inputs, in each layer."""
    data = {"X_train": np.zeros((2, 300))}
    net = smallnet.make_net(data, {"weight_scale": "he", "hidden": (200, 100)})
    for layer, inputs in ((1, 300), (2, 200), (3, 100)):
        assert np.std(net[f"W{layer}"]) == pytest.approx((2 / inputs) ** 0.5, rel=0.08)


def test_batches_show_every_example_once_an_epoch(data):
    """Two epochs of 60 examples in batches of 50 are two batches; the seed decides which."""
    found = list(smallnet.batches(data, 4))
    assert all(X.shape == (50, 4) for X, _ in found)
    for X, y in found:
        assert len(np.unique(X, axis=0)) == 50
        np.testing.assert_array_equal(y, X[:, 0] > 0)
    again = list(smallnet.batches(data, 4))
    np.testing.assert_array_equal(found[3][0], again[3][0])
    assert not np.array_equal(found[0][0], next(smallnet.batches(data, 1, seed=11))[0])


def test_tracked_passes_everything_on():
    """A list and a generator come through whole, in order."""
    assert list(smallnet.tracked([3, 1, 2])) == [3, 1, 2]
    assert list(smallnet.tracked((n for n in (4, 5)), 2)) == [4, 5]
