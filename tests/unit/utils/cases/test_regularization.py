"""The regularization notebook: printed figures, and gradients against measured slopes."""

import numpy as np
import pytest

from tests.support.solutions import solution_namespace
from utils.cases import draw_parameters
from utils.cases import regularization as cases
from utils.networks import forward_propagation

PRINTED = 5.1e-9  # half of the last printed place

L2_GRADIENTS = {
    "dW1": [[-0.25604646, 0.12298827, -0.28297129], [-0.17706303, 0.34536094, -0.4410571]],
    "dW2": [[0.79276486, 0.85133918], [-0.0957219, -0.01720463], [-0.13100772, -0.03750433]],
    "dW3": [[-1.77691347, -0.11832879, -0.09397446]],
}
DROPOUT_GRADIENTS = {
    "dA1": [[0.36544439, 0, -0.00188233, 0, -0.17408748], [0.65515713, 0, -0.00337459, 0, 0]],
    "dA2": [
        [0.58180856, 0, -0.00299679, 0, -0.27715731],
        [0, 0.53159854, 0, 0.53159854, -0.34089673],
        [0, 0, -0.00292733, 0, 0],
    ],
}
LAMBD, KEEP = 0.7, 0.65


@pytest.fixture(scope="module")
def notebook():
    """The names that the notebook defines when it is run with its solutions."""
    return solution_namespace("regularization")


@pytest.fixture
def setting():
    """A network with examples, labels, and masks drawn for it."""
    rng = np.random.default_rng(17)
    parameters = {
        name: rng.normal(scale=0.6, size=shape)
        for name, shape in {
            "W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1),
        }.items()
    }  # fmt: skip
    masks = rng.random((5, 7)) < KEEP, rng.random((3, 7)) < KEEP
    return rng.normal(size=(4, 7)), rng.integers(0, 2, (1, 7)), parameters, masks


def forward(X, p, masks=None, keep_prob=1.0):
    """Compute the network as the lecture does, with all intermediate values."""
    D1, D2 = masks or (np.ones((len(p["W1"]), X.shape[1])), np.ones((len(p["W2"]), X.shape[1])))
    Z1 = np.dot(p["W1"], X) + p["b1"]
    A1 = np.maximum(Z1, 0) * D1 / keep_prob
    Z2 = np.dot(p["W2"], A1) + p["b2"]
    A2 = np.maximum(Z2, 0) * D2 / keep_prob
    Z3 = np.dot(p["W3"], A2) + p["b3"]
    return Z1, D1, A1, Z2, D2, A2, Z3, 1 / (1 + np.exp(-Z3))


def cost(X, Y, p, *, lambd=0.0, masks=None, keep_prob=1.0):
    """Compute the cross-entropy plus the penalty, by the formula in the notebook."""
    A3 = forward(X, p, masks, keep_prob)[-1]
    entropy = -np.mean(Y * np.log(A3) + (1 - Y) * np.log(1 - A3))
    squares = sum(float((p[name] ** 2).sum()) for name in ("W1", "W2", "W3"))
    return entropy + lambd / 2 / X.shape[1] * squares


def slopes(f, parameters, h=1e-6):
    """Measure the gradient entry by entry, independently of ``utils.gradients``."""
    for name, value in parameters.items():
        slope = np.zeros_like(value)
        for place in np.ndindex(value.shape):
            step = np.zeros_like(value)
            step[place] = h
            up, down = {**parameters, name: value + step}, {**parameters, name: value - step}
            slope[place] = (f(up) - f(down)) / (2 * h)
        yield f"d{name}", slope


def caches(X, p, masks=None, keep_prob=1.0):
    """Make the caches of a plain forward pass and of one with dropout."""
    Z1, D1, A1, Z2, D2, A2, Z3, A3 = forward(X, p, masks, keep_prob)
    W1, b1, W2, b2, W3, b3 = p.values()
    plain = (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)
    return plain, (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)


def test_printed_cost(notebook):
    """The published cost with L2, to all its digits."""
    got = notebook["compute_cost_with_regularization"](*cases.cost_with_regularization(), 0.1)
    assert got == pytest.approx(1.7864859451590758, rel=1e-12)


def test_printed_l2_gradients(notebook):
    """The published dW1, dW2, dW3 with L2."""
    case = cases.backward_propagation_with_regularization()
    grads = notebook["backward_propagation_with_regularization"](*case, 0.7)
    for name, printed in L2_GRADIENTS.items():
        np.testing.assert_allclose(grads[name], printed, rtol=0, atol=PRINTED)


def test_printed_dropout_pass(notebook):
    """The published A3 with the masks of seed 1."""
    X, parameters = cases.forward_propagation_with_dropout()
    np.random.seed(1)
    A3, cache = notebook["forward_propagation_with_dropout"](X, parameters, keep_prob=0.7)
    printed = [[0.36974721, 0.00305176, 0.04565099, 0.49683389, 0.36974721]]
    np.testing.assert_allclose(A3, printed, rtol=0, atol=PRINTED)
    assert len(cache) == 14


def test_printed_dropout_gradients(notebook):
    """The published dA1 and dA2 with dropout."""
    case = cases.backward_propagation_with_dropout()
    grads = notebook["backward_propagation_with_dropout"](*case, 0.8)
    for name, printed in DROPOUT_GRADIENTS.items():
        np.testing.assert_allclose(grads[name], printed, rtol=0, atol=PRINTED)


def test_the_cost_is_the_formula(notebook, setting):
    """With other numbers, and with several values of lambda."""
    X, Y, parameters, _ = setting
    A3 = forward(X, parameters)[-1]
    for lambd in (0.0, 0.3, 5.0):
        got = notebook["compute_cost_with_regularization"](A3, Y, parameters, lambd)
        assert got == pytest.approx(cost(X, Y, parameters, lambd=lambd), rel=1e-12)


@pytest.mark.parametrize("lambd", [0.0, LAMBD, 6.0])
def test_l2_gradients_are_slopes(notebook, setting, lambd):
    """Every dW and db is the measured slope of the cost with L2."""
    X, Y, parameters, _ = setting
    cache, _ = caches(X, parameters)
    grads = notebook["backward_propagation_with_regularization"](X, Y, cache, lambd)
    for name, slope in slopes(lambda p: cost(X, Y, p, lambd=lambd), parameters):
        np.testing.assert_allclose(grads[name], slope, rtol=1e-6, atol=1e-8)


def test_dropout_gradients_are_slopes(notebook, setting):
    """With fixed masks every dW and db is the slope of the thinned network's cost."""
    X, Y, parameters, masks = setting
    how = {"masks": masks, "keep_prob": KEEP}
    _, cache = caches(X, parameters, **how)
    grads = notebook["backward_propagation_with_dropout"](X, Y, cache, KEEP)
    for name, slope in slopes(lambda p: cost(X, Y, p, **how), parameters):
        np.testing.assert_allclose(grads[name], slope, rtol=1e-6, atol=1e-8)


def test_gradients_of_both_are_slopes(notebook, setting):
    """With L2 and dropout together."""
    X, Y, parameters, masks = setting
    how = {"masks": masks, "keep_prob": KEEP}
    _, cache = caches(X, parameters, **how)
    grads = notebook["backward_propagation_with_both"](X, Y, cache, LAMBD, KEEP)
    for name, slope in slopes(lambda p: cost(X, Y, p, lambd=LAMBD, **how), parameters):
        np.testing.assert_allclose(grads[name], slope, rtol=1e-6, atol=1e-8)


def inner(p, Y, masks, keep_prob):
    """For each inner value compute the cost from it; here each mask is applied to its A."""
    D1, D2 = (mask / keep_prob for mask in masks)

    def from_Z3(Z3):
        return -np.sum(Y * np.log(1 / (1 + np.exp(-Z3))) + (1 - Y) * np.log(1 / (1 + np.exp(Z3))))

    def from_A2(A2):
        return from_Z3(np.dot(p["W3"], A2 * D2) + p["b3"])

    def from_Z2(Z2):
        return from_A2(np.maximum(Z2, 0))

    def from_A1(A1):
        return from_Z2(np.dot(p["W2"], A1 * D1) + p["b2"])

    def from_Z1(Z1):
        return from_A1(np.maximum(Z1, 0))

    return {"dZ3": from_Z3, "dA2": from_A2, "dZ2": from_Z2, "dA1": from_A1, "dZ1": from_Z1}


@pytest.mark.parametrize("which", ["regularization", "dropout", "both"])
def test_inner_gradients_are_slopes(notebook, setting, which):
    """Each dZ and dA is the slope of the sum of losses: the lecture leaves out their 1/m."""
    X, Y, parameters, masks = setting
    kept, keep_prob = (masks, KEEP) if which != "regularization" else ([1, 1], 1.0)
    how = {} if which == "regularization" else {"masks": masks, "keep_prob": KEEP}
    plain, dropped = caches(X, parameters, **how)
    settings = {"regularization": (plain, LAMBD), "dropout": (dropped, KEEP)}
    settings["both"] = (dropped, LAMBD, KEEP)
    grads = notebook[f"backward_propagation_with_{which}"](X, Y, *settings[which])
    Z1, _, _, Z2, _, _, Z3, _ = forward(X, parameters, **how)
    values = {"dZ3": Z3, "dA2": np.maximum(Z2, 0), "dZ2": Z2, "dA1": np.maximum(Z1, 0), "dZ1": Z1}
    for name, loss in inner(parameters, Y, kept, keep_prob).items():
        ((_, slope),) = slopes(lambda moved, loss=loss: loss(moved["it"]), {"it": values[name]})
        np.testing.assert_allclose(grads[name], slope, rtol=1e-6, atol=1e-8, err_msg=name)


def test_the_mask_is_applied_to_the_gradients_of_activations(notebook, setting):
    """DA is zero exactly where a unit was dropped, which neither the cost nor dW shows."""
    X, Y, parameters, masks = setting
    _, cache = caches(X, parameters, masks=masks, keep_prob=KEEP)
    grads = notebook["backward_propagation_with_dropout"](X, Y, cache, KEEP)
    for name, mask in zip(("dA1", "dA2"), masks, strict=True):
        assert not grads[name][~mask].any()
        assert grads[name][mask].any()


def test_dropout_keeps_the_expected_activation(notebook, setting):
    """The mean of the scaled activations over many draws is the activation without dropout."""
    X, _, parameters, _ = setting
    np.random.seed(8)
    wide = np.tile(X, 4000)
    _, cache = notebook["forward_propagation_with_dropout"](wide, parameters, KEEP)
    mean = cache[2].reshape(5, 4000, 7).mean(axis=1)
    plain = np.maximum(parameters["W1"] @ X + parameters["b1"], 0)
    # standard error of the mean, six times
    allowed = 6 * plain * np.sqrt((1 - KEEP) / KEEP / 4000)
    assert np.all(np.abs(mean - plain) <= allowed)
    assert cache[1].mean() == pytest.approx(KEEP, abs=0.01)


def test_no_solution_changes_its_arguments(notebook, setting):
    """After each of the five functions caches and parameters are as they were."""
    X, Y, parameters, masks = setting
    plain, dropped = caches(X, parameters, masks=masks, keep_prob=KEEP)
    kept = [value.copy() for value in (X, Y, *parameters.values(), *plain, *dropped)]
    notebook["compute_cost_with_regularization"](plain[9], Y, parameters, LAMBD)
    notebook["backward_propagation_with_regularization"](X, Y, plain, LAMBD)
    notebook["forward_propagation_with_dropout"](X, parameters, KEEP)
    notebook["backward_propagation_with_dropout"](X, Y, dropped, KEEP)
    notebook["backward_propagation_with_both"](X, Y, dropped, LAMBD, KEEP)
    for now, before in zip((X, Y, *parameters.values(), *plain, *dropped), kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_no_seed_is_set_inside(notebook):
    """Two calls drop different units: the seed is for the caller to set."""
    X, parameters = cases.forward_propagation_with_dropout()
    masks = {
        notebook["forward_propagation_with_dropout"](X, parameters, 0.5)[1][1].tobytes()
        for _ in range(20)
    }
    assert len(masks) > 10


def test_thinned_without_dropout_is_the_network(setting):
    """If nothing is dropped, ``thinned`` computes the whole network."""
    X, _, parameters, _ = setting
    all_kept = np.ones((5, 7)), np.ones((3, 7))
    np.testing.assert_allclose(
        cases.thinned(X, parameters, *all_kept, 1.0), forward_propagation(X, parameters)[0]
    )


def test_thinned_is_the_pass_with_masks(setting):
    """Thinning the network gives the same as masking its activations."""
    X, _, parameters, masks = setting
    wanted = forward(X, parameters, masks, KEEP)[-1]
    np.testing.assert_allclose(cases.thinned(X, parameters, *masks, KEEP), wanted, rtol=1e-12)


def test_stacks_of_networks_are_thinned_one_by_one(setting):
    """One parameter or all may be stacks; the outputs are those of each network by itself."""
    X, _, parameters, masks = setting
    for names in (["W2"], ["b3"], list(parameters)):
        stack = {**parameters, **{n: np.stack([parameters[n], -parameters[n]]) for n in names}}
        answers = cases.thinned(X, stack, *masks, KEEP)
        for place in (0, 1):
            one = {n: v[place] if n in names else v for n, v in stack.items()}
            np.testing.assert_allclose(answers[place], forward(X, one, masks, KEEP)[-1], rtol=1e-12)


def test_parameters_are_drawn_in_the_lectures_order():
    """W1, b1, W2, b2, … from one generator; the printed figures depend on the order."""
    stream = np.random.RandomState(1)
    drawn = draw_parameters(np.random.RandomState(1), [3, 2, 1], scale=0.5)
    assert list(drawn) == ["W1", "b1", "W2", "b2"]
    for value in drawn.values():
        np.testing.assert_array_equal(value, 0.5 * stream.randn(*value.shape))


@pytest.mark.parametrize(
    "case",
    [
        cases.cost_with_regularization,
        cases.backward_propagation_with_regularization,
        cases.forward_propagation_with_dropout,
        cases.backward_propagation_with_dropout,
    ],
)
def test_cases_are_made_anew(case):
    """Each call returns new arrays and does not touch NumPy's global random state."""
    state = np.random.get_state()[1].copy()
    first, second = case(), case()
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    for one, other in zip(first, second, strict=True):
        values = one.values() if isinstance(one, dict) else one if isinstance(one, tuple) else [one]
        others = (
            other.values()
            if isinstance(other, dict)
            else other
            if isinstance(other, tuple)
            else [other]
        )
        for a, b in zip(values, others, strict=True):
            np.testing.assert_array_equal(a, b)
            assert not np.shares_memory(a, b)
