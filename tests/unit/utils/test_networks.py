"""The network of the course, against other libraries, finite differences, published figures."""

import warnings

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from utils import networks
from utils.datasets import load_circles

DIMS = [2, 5, 4, 1]


@pytest.fixture
def net():
    """A small network with biases that are not zero, examples and labels."""
    rng = np.random.default_rng(11)
    parameters = networks.initialize_parameters(DIMS)
    for name in ("b1", "b2", "b3"):
        parameters[name] = rng.normal(size=parameters[name].shape)
    return parameters, rng.normal(size=(2, 9)), rng.integers(0, 2, (1, 9))


def slopes(f, x, h=1e-6):
    """Measure df/dx entry by entry with central differences."""
    result = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        result[i] = (f(x + step) - f(x - step)) / (2 * h)
    return result


def test_sigmoid_agrees_with_scipy():
    """The sigmoid is SciPy's, over the whole range in which floats differ."""
    z = np.linspace(-40, 40, 161).reshape(7, 23)
    np.testing.assert_allclose(networks.sigmoid(z), expit(z), rtol=1e-13)


def test_sigmoid_of_huge_numbers_does_not_warn():
    """It is 0 or 1, without an overflow warning."""
    np.testing.assert_array_equal(networks.sigmoid(np.array([-1e5, 1e5])), [0, 1])


def test_relu_keeps_positive_entries():
    """Negative entries become zero and the others stay."""
    np.testing.assert_array_equal(networks.relu(np.array([[-2.0, 0.0, 3.5]])), [[0, 0, 3.5]])


def test_initialize_parameters_draws_weights_only():
    """Weights are drawn from the legacy generator, layer by layer; biases are zero."""
    stream = np.random.RandomState(3)
    parameters = networks.initialize_parameters([2, 20, 3, 1])
    for layer, (units, fan_in) in enumerate([(20, 2), (3, 20), (1, 3)], 1):
        expected = stream.randn(units, fan_in) / np.sqrt(fan_in)
        np.testing.assert_array_equal(parameters[f"W{layer}"], expected)
        np.testing.assert_array_equal(parameters[f"b{layer}"], np.zeros((units, 1)))
    assert list(parameters) == ["W1", "b1", "W2", "b2", "W3", "b3"]


def test_initialize_parameters_without_seed_uses_the_global_state():
    """With seed None the caller's seed decides."""
    np.random.seed(8)
    drawn = networks.initialize_parameters([3, 2], seed=None)
    np.testing.assert_array_equal(drawn["W1"], np.random.RandomState(8).randn(2, 3) / np.sqrt(3))


def test_initialize_parameters_with_gain_two_is_he():
    """With He's start the first cost of the published run on the circles is the printed one."""
    X, Y, _, _ = load_circles()
    A3, _ = networks.forward_propagation(
        X, networks.initialize_parameters([2, 10, 5, 1], seed=3, gain=2)
    )
    assert networks.compute_cost(A3, Y) == pytest.approx(0.8830537463419761, rel=1e-12)


def test_forward_propagation_agrees_with_scikit_learn(net):
    """The same weights in scikit-learn's MLPClassifier give the same probabilities."""
    parameters, X, Y = net
    other = MLPClassifier(hidden_layer_sizes=DIMS[1:3], max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one step does not converge, and need not
        other.fit(X.T, Y.ravel())
    other.coefs_ = [parameters[f"W{i}"].T for i in (1, 2, 3)]
    other.intercepts_ = [parameters[f"b{i}"].ravel() for i in (1, 2, 3)]
    A3, cache = networks.forward_propagation(X, parameters)
    np.testing.assert_allclose(A3, other.predict_proba(X.T)[:, 1:].T, rtol=1e-12)
    assert [np.shape(value) for value in cache] == [
        *((5, 9), (5, 9), (5, 2), (5, 1)),
        *((4, 9), (4, 9), (4, 5), (4, 1)),
        *((1, 9), (1, 9), (1, 4), (1, 1)),
    ]


def test_compute_cost_agrees_with_scikit_learn(net):
    """The cost is scikit-learn's log loss."""
    parameters, X, Y = net
    A3, _ = networks.forward_propagation(X, parameters)
    assert networks.compute_cost(A3, Y) == pytest.approx(log_loss(Y[0], A3[0]), rel=1e-12)


def test_compute_cost_gives_the_printed_regularized_cost():
    """With the penalty added it is the printed cost for lambd 0.1."""
    np.random.seed(1)
    shapes = [(2, 3), (2, 1), (3, 2), (3, 1), (1, 3), (1, 1)]
    weights = [np.random.randn(*shape) for shape in shapes][::2]
    A3 = np.array([[0.40682402, 0.01629284, 0.16722898, 0.10118111, 0.40682402]])
    penalty = 0.1 / 2 / 5 * sum((W**2).sum() for W in weights)
    cost = networks.compute_cost(A3, np.array([[1, 1, 0, 1, 0]]))
    assert cost + penalty == pytest.approx(1.7864859451590758, rel=1e-12)


@pytest.mark.parametrize(("label", "cost"), [(1, 0.0), (0, np.inf)])
def test_compute_cost_of_certainty(label, cost):
    """A certain prediction costs 0 if it is right and inf if it is wrong, without a warning."""
    assert networks.compute_cost(np.array([[1.0]]), np.array([[label]])) == cost
    assert networks.compute_cost(np.array([[0.0]]), np.array([[1 - label]])) == cost


def test_random_times_ten_start_costs_inf():
    """So it did in the published run from weights of randn times 10."""
    X, Y, _, _ = load_circles()
    stream = np.random.RandomState(3)
    parameters = {}
    for i, (fan_in, units) in enumerate([(2, 10), (10, 5), (5, 1)], 1):
        parameters[f"W{i}"] = stream.randn(units, fan_in) * 10
        parameters[f"b{i}"] = np.zeros((units, 1))
    assert networks.compute_cost(networks.forward_propagation(X, parameters)[0], Y) == np.inf


def test_backward_propagation_agrees_with_finite_differences(net):
    """The gradient of every parameter is the measured slope of the cost."""
    parameters, X, Y = net
    _, cache = networks.forward_propagation(X, parameters)
    grads = networks.backward_propagation(X, Y, cache)
    for name, value in parameters.items():

        def cost(changed, name=name):
            A3, _ = networks.forward_propagation(X, {**parameters, name: changed})
            return networks.compute_cost(A3, Y)

        np.testing.assert_allclose(grads["d" + name], slopes(cost, value), rtol=1e-5, atol=1e-9)


def test_inner_gradients_are_of_one_examples_loss(net):
    """Each dA and dZ is m times the slope of the mean cost, as in the lecture."""
    parameters, X, Y = net
    W2, b2, W3, b3 = (parameters[name] for name in ("W2", "b2", "W3", "b3"))
    _, cache = networks.forward_propagation(X, parameters)
    Z1, A1, _, _, Z2, A2, _, _, Z3, _, _, _ = cache
    m = X.shape[1]
    up = {
        "dZ3": (Z3, lambda Z: Z),
        "dA2": (A2, lambda A: W3 @ A + b3),
        "dZ2": (Z2, lambda Z: W3 @ np.maximum(0, Z) + b3),
        "dA1": (A1, lambda A: W3 @ np.maximum(0, W2 @ A + b2) + b3),
        "dZ1": (Z1, lambda Z: W3 @ np.maximum(0, W2 @ np.maximum(0, Z) + b2) + b3),
    }
    grads = networks.backward_propagation(X, Y, cache)
    for name, (value, to_Z3) in up.items():
        measured = slopes(lambda v, to_Z3=to_Z3: m * log_loss(Y[0], expit(to_Z3(v))[0]), value)
        np.testing.assert_allclose(grads[name], measured, rtol=1e-5, atol=1e-8, err_msg=name)


def test_backward_propagation_gives_the_printed_regularized_gradient():
    """With lambd/m times W added it is the printed gradient for lambd 0.7."""
    np.random.seed(1)
    X = np.random.randn(3, 5)
    shapes = {"W1": (2, 3), "b1": (2, 1), "W2": (3, 2), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}
    parameters = {name: np.random.randn(*shape) for name, shape in shapes.items()}
    _, cache = networks.forward_propagation(X, parameters)
    grads = networks.backward_propagation(X, np.array([[1, 1, 0, 1, 0]]), cache)
    printed = {
        "W1": [[-0.25604646, 0.12298827, -0.28297129], [-0.17706303, 0.34536094, -0.4410571]],
        "W2": [[0.79276486, 0.85133918], [-0.0957219, -0.01720463], [-0.13100772, -0.03750433]],
        "W3": [[-1.77691347, -0.11832879, -0.09397446]],
    }
    for name, figures in printed.items():
        got = grads["d" + name] + 0.7 / 5 * parameters[name]
        np.testing.assert_allclose(got, figures, atol=1.5e-8)


def test_unsigned_labels_make_no_difference(net):
    """Unsigned bytes, as in a MATLAB file, give the same cost and gradients."""
    parameters, X, Y = net
    A3, cache = networks.forward_propagation(X, parameters)
    unsigned = Y.astype(np.uint8)
    assert networks.compute_cost(A3, unsigned) == networks.compute_cost(A3, Y)
    assert networks.accuracy(X, unsigned, parameters) == networks.accuracy(X, Y, parameters)
    plain = networks.backward_propagation(X, Y, cache)
    for name, grad in networks.backward_propagation(X, unsigned, cache).items():
        np.testing.assert_array_equal(grad, plain[name])


def test_update_parameters_gives_the_printed_step():
    """One step of the published test gives the printed figures; its arguments do not change."""
    np.random.seed(1)
    shapes = {"W1": (2, 3), "b1": (2, 1), "W2": (3, 3), "b2": (3, 1)}
    parameters = {name: np.random.randn(*shape) for name, shape in shapes.items()}
    grads = {"d" + name: np.random.randn(*shape) for name, shape in shapes.items()}
    before = {name: value.copy() for name, value in parameters.items()}
    after = networks.update_parameters(parameters, {**grads, "dA1": 0}, 0.01)
    printed = {
        "W1": [[1.63535156, -0.62320365, -0.53718766], [-1.07799357, 0.85639907, -2.29470142]],
        "b1": [[1.74604067], [-0.75184921]],
        "b2": [[-0.88020257], [0.02561572], [0.57539477]],
    }
    for name, figures in printed.items():
        np.testing.assert_allclose(after[name], figures, rtol=0, atol=5.1e-9)
    for name, value in before.items():
        np.testing.assert_array_equal(parameters[name], value)


def test_a_missing_gradient_is_named():
    """The error says which gradient is missing."""
    with pytest.raises(KeyError, match="dW1"):
        networks.update_parameters({"W1": np.ones((1, 1))}, {}, 0.1)


def test_predictions_agree_with_each_other(net, capsys):
    """The printed accuracy, the returned one and the decisions are about the same labels."""
    parameters, X, Y = net
    decided = networks.predict_dec(parameters, X)
    p = networks.predict(X, Y, parameters)
    assert p.shape == Y.shape
    assert set(np.unique(p)) <= {0, 1}
    np.testing.assert_array_equal(p, decided)
    right = sum(int(a) == int(b) for a, b in zip(p[0], Y[0], strict=True)) / 9
    assert networks.accuracy(X, Y, parameters) == pytest.approx(right)
    assert capsys.readouterr().out == f"Accuracy: {right}\n"
