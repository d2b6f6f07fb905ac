"""Parameters as vectors, and finite differences, against SciPy and the published figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from utils import gradients, networks


@pytest.fixture
def classic():
    """The published test case: inputs, labels, 47 parameters."""
    np.random.seed(1)
    X, Y = np.random.randn(4, 3), np.array([[1, 1, 0]])
    shapes = [(5, 4), (5, 1), (3, 5), (3, 1), (1, 3), (1, 1)]
    names = ("W1", "b1", "W2", "b2", "W3", "b3")
    drawn = {name: np.random.randn(*shape) for name, shape in zip(names, shapes, strict=True)}
    return X, Y, drawn


def test_dictionary_to_vector_goes_row_by_row(classic):
    """47 values in a column: W1 by rows, then b1, W2, b2, W3, b3, each with its name."""
    _, _, parameters = classic
    theta, keys = gradients.dictionary_to_vector(parameters)
    assert theta.shape == (47, 1)
    assert theta[1, 0] == parameters["W1"][0, 1]
    assert theta[4, 0] == parameters["W1"][1, 0]
    assert theta[20, 0] == parameters["b1"][0, 0]
    assert theta[46, 0] == parameters["b3"][0, 0]
    assert keys == ["W1"] * 20 + ["b1"] * 5 + ["W2"] * 15 + ["b2"] * 3 + ["W3"] * 3 + ["b3"]


def test_order_does_not_depend_on_the_dictionary(classic):
    """The vector is the same whatever the order of the dictionary."""
    _, _, parameters = classic
    backwards = dict(reversed(parameters.items()))
    expected, _ = gradients.dictionary_to_vector(parameters)
    np.testing.assert_array_equal(gradients.dictionary_to_vector(backwards)[0], expected)


def test_vectors_are_copies(classic):
    """Changing the vector, or the parameters made from it, changes nothing else."""
    _, _, parameters = classic
    before = parameters["W1"].copy()
    theta, _ = gradients.dictionary_to_vector(parameters)
    theta += 1
    np.testing.assert_array_equal(parameters["W1"], before)
    made = gradients.vector_to_dictionary(theta)
    made["b1"] += 1
    assert made["b1"][0, 0] == theta[20, 0] + 1


@given(st.lists(st.integers(1, 5), min_size=2, max_size=6))
def test_vector_to_dictionary_undoes_dictionary_to_vector(dims):
    """For any network both functions together are the identity, with parameters or shapes."""
    parameters = networks.initialize_parameters(dims)
    theta, _ = gradients.dictionary_to_vector(parameters)
    shapes = {name: value.shape for name, value in parameters.items()}
    for like in (parameters, shapes):
        back = gradients.vector_to_dictionary(theta, like)
        assert back.keys() == parameters.keys()
        for name, value in parameters.items():
            np.testing.assert_array_equal(back[name], value)


def test_vector_to_dictionary_knows_the_classic_net(classic):
    """Without shapes 47 values, even as a row, become the parameters of the published test."""
    _, _, parameters = classic
    theta, _ = gradients.dictionary_to_vector(parameters)
    for vector in (theta, theta.ravel()):
        for name, value in gradients.vector_to_dictionary(vector).items():
            np.testing.assert_array_equal(value, parameters[name])


def test_vector_of_the_wrong_length_is_refused():
    """The error says how many values there are, and how many are needed."""
    with pytest.raises(ValueError, match="46 numbers, the shapes need 47"):
        gradients.vector_to_dictionary(np.zeros((46, 1)))


def test_a_missing_layer_is_named(classic):
    """If a layer in the middle is missing, the error names it."""
    _, _, parameters = classic
    del parameters["W2"]
    with pytest.raises(KeyError, match="W2"):
        gradients.dictionary_to_vector(parameters)


def test_gradients_to_vector_leaves_the_inner_ones_out(classic):
    """Of all that backward_propagation returns, the vector has only dW and db, in order."""
    X, Y, parameters = classic
    _, cache = networks.forward_propagation(X, parameters)
    grads = networks.backward_propagation(X, Y, cache)
    expected = np.concatenate(
        [grads["d" + name].ravel() for name in ("W1", "b1", "W2", "b2", "W3", "b3")]
    )
    np.testing.assert_array_equal(gradients.gradients_to_vector(grads), expected[:, None])


@pytest.mark.parametrize(
    ("wrong", "difference", "digits"),
    [
        ({"dW2": 2, "db1": 4}, 0.2850931567761623, 1e-7),
        ({"dW2": 2}, 0.1734419685, 1e-7),
        ({"db1": 4}, 0.2544229715, 1e-7),
        ({}, 1.1890913023330276e-07, 0.01),
    ],
)
def test_the_published_gradient_check(classic, wrong, difference, digits):
    """These functions give the published differences, with and without the planted bugs."""
    X, Y, parameters = classic

    def cost(theta):
        A3, _ = networks.forward_propagation(X, gradients.vector_to_dictionary(theta))
        return networks.compute_cost(A3, Y)

    _, cache = networks.forward_propagation(X, parameters)
    grads = networks.backward_propagation(X, Y, cache)
    backward = gradients.gradients_to_vector(
        {name: value * wrong.get(name, 1) for name, value in grads.items()}
    )
    measured = gradients.numerical_gradient(
        cost, gradients.dictionary_to_vector(parameters)[0], h=1e-7
    )
    norm = np.linalg.norm
    got = norm(backward - measured) / (norm(backward) + norm(measured))
    assert got == pytest.approx(difference, rel=digits)


def test_numerical_gradient_agrees_with_scipy():
    """For a function of a matrix the slopes are those that SciPy measures."""
    x = np.random.default_rng(2).normal(size=(3, 4))

    def f(x):
        return float(np.sum(np.sin(x) * x[::-1]))

    other = approx_fprime(x.ravel(), lambda v: f(v.reshape(3, 4)), 1e-7).reshape(3, 4)
    np.testing.assert_allclose(gradients.numerical_gradient(f, x), other, atol=1e-5)


def test_numerical_gradient_of_a_cube():
    """For x**3 the central difference is 3 x**2 + h**2, to rounding."""
    x = np.array([-1.0, 0.5, 2.0])
    got = gradients.numerical_gradient(lambda x: float((x**3).sum()), x, h=0.1)
    np.testing.assert_allclose(got, 3 * x**2 + 0.01, rtol=1e-12)


@pytest.mark.parametrize("x", [np.array([[1, 2], [3, 4]]), np.float64(3.0), np.zeros((0, 2))])
def test_numerical_gradient_takes_any_array(x):
    """The array may hold integers, one number or nothing, and is not changed."""
    before = np.copy(x)
    got = gradients.numerical_gradient(lambda x: float(np.sum(x**2)), x)
    np.testing.assert_allclose(got, 2.0 * before, rtol=1e-9)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0], [-1.0], 1.0),
        ([0.0], [5.0], 1.0),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([1.0, 1.0], [1.0, 3.0], 0.5),
        ([], [], 0.0),
    ],
)
def test_relative_error_is_the_worst_entrys(a, b, error):
    """It is the largest |a - b| / (|a| + |b|), and 0 for two zeros."""
    assert gradients.relative_error(a, b) == error


def test_relative_error_does_not_hide_nan():
    """If an entry is nan, so is the error."""
    assert np.isnan(gradients.relative_error([1.0, np.nan], [1.0, 1.0]))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (1, 4), (2, 1, 2)])
def test_numerical_gradient_of_a_stack_is_the_same(shape):
    """With one call for all moved arrays it gives the same, for any shape of x."""
    x = np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)
    axes = tuple(range(1, 1 + len(shape)))
    shapes = []

    def cubes(stack):
        shapes.append(stack.shape)
        return np.sum(stack**3, axis=axes)

    slope = gradients.numerical_gradient(cubes, x, stacked=True)
    assert slope.shape == shape
    np.testing.assert_allclose(slope, 3 * x**2, rtol=1e-8)
    assert shapes == [(2 * x.size, *shape)]


def test_eval_numerical_gradient_array_of_a_linear_map():
    """The slope of sum(f(x) df) is exact, and x is not changed."""
    A, x, df = np.arange(6.0).reshape(2, 3), np.array([1.0, 2, 3]), np.array([2.0, -1])
    slope = gradients.eval_numerical_gradient_array(lambda v: A @ v, x, df)
    np.testing.assert_allclose(slope, A.T @ df)
    np.testing.assert_array_equal(x, [1, 2, 3])
    np.testing.assert_allclose(gradients.eval_numerical_gradient_array(lambda v: v, x, x), x)
