"""The optimization notebook: printed figures, published runs, optimizers of libraries."""

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from tests.support.solutions import solution_namespace
from utils.cases import optimization as cases
from utils.networks import accuracy

PRINTED = {"rtol": 0, "atol": 5.1e-9}  # half of the last printed place

GD = {
    "W1": [[1.63535156, -0.62320365, -0.53718766], [-1.07799357, 0.85639907, -2.29470142]],
    "b1": [[1.74604067], [-0.75184921]],
    "W2": [
        [0.32171798, -0.25467393, 1.46902454],
        [-2.05617317, -0.31554548, -0.3756023],
        [1.1404819, -1.09976462, -0.1612551],
    ],
    "b2": [[-0.88020257], [0.02561572], [0.57539477]],
}
MOMENTUM = {
    "W1": [[1.62544598, -0.61290114, -0.52907334], [-1.07347112, 0.86450677, -2.30085497]],
    "b1": [[1.74493465], [-0.76027113]],
    "W2": [
        [0.31930698, -0.24990073, 1.4627996],
        [-2.05974396, -0.32173003, -0.38320915],
        [1.13444069, -1.0998786, -0.1713109],
    ],
    "b2": [[-0.87809283], [0.04055394], [0.58207317]],
}
VELOCITY = {
    "dW1": [[-0.11006192, 0.11447237, 0.09015907], [0.05024943, 0.09008559, -0.06837279]],
    "db1": [[-0.01228902], [-0.09357694]],
    "dW2": [
        [-0.02678881, 0.05303555, -0.06916608],
        [-0.03967535, -0.06871727, -0.08452056],
        [-0.06712461, -0.00126646, -0.11173103],
    ],
    "db2": [[0.02344157], [0.16598022], [0.07420442]],
}
ADAM = {
    "W1": [[1.63178673, -0.61919778, -0.53561312], [-1.08040999, 0.85796626, -2.29409733]],
    "b1": [[1.75225313], [-0.75376553]],
    "W2": [
        [0.32648046, -0.25681174, 1.46954931],
        [-2.05269934, -0.31497584, -0.37661299],
        [1.14121081, -1.09244991, -0.16498684],
    ],
    "b2": [[-0.88529979], [0.03477238], [0.57537385]],
}
SQUARES = {
    "dW1": [[0.00121136, 0.00131039, 0.00081287], [0.0002525, 0.00081154, 0.00046748]],
    "db1": [[1.51020075e-05], [8.75664434e-04]],
}
# the cost of the last mini-batch every 1000 epochs, and the accuracy; for momentum no costs were
# published
RUNS = {
    "gd": (
        "0.690736 0.685273 0.647072 0.619525 0.576584 0.607243 0.529403 0.460768 0.465586 0.464518",
        0.7966666666666666,
    ),
    "momentum": (None, 0.7966666666666666),
    "adam": (
        "0.690552 0.185567 0.150852 0.074454 0.125936 0.104235 0.100552 0.031601 0.111709 0.197648",
        0.94,
    ),
}


@pytest.fixture(scope="module")
def notebook():
    """The names that the notebook defines when it is run with its solutions."""
    return solution_namespace("optimization")


def agree(got, expected, **tolerance):
    """Compare two dictionaries of arrays, name by name."""
    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value, err_msg=name, **tolerance)


def steps(count, seed=5):
    """Draw a network and its gradients for several steps."""
    rng = np.random.RandomState(seed)
    parameters = {name: rng.randn(*shape) for name, shape in cases.SHAPES.items()}
    history = [
        {f"d{name}": rng.randn(*shape) for name, shape in cases.SHAPES.items()}
        for _ in range(count)
    ]
    return parameters, history


def test_gradient_descent_gives_the_printed_figures(notebook):
    """Seed 1 and a learning rate of 0.01 give the published table."""
    parameters, grads = cases.update_parameters()
    agree(notebook["update_parameters_with_gd"](parameters, grads, 0.01), GD, **PRINTED)


def test_momentum_gives_the_printed_figures(notebook):
    """From a velocity of zero, beta 0.9 and rate 0.01 give the published figures."""
    result = notebook["update_parameters_with_momentum"](*cases.momentum(), 0.9, 0.01)
    agree(result[0], MOMENTUM, **PRINTED)
    agree(result[1], VELOCITY, **PRINTED)


def test_adam_gives_the_printed_figures(notebook):
    """From averages of zero, t = 2 gives the published parameters and averages."""
    parameters, v, s = notebook["update_parameters_with_adam"](*cases.adam(), t=2)
    agree(parameters, ADAM, **PRINTED)
    agree(v, VELOCITY, **PRINTED)
    agree(s, SQUARES, **PRINTED)


def test_epsilon_under_the_root_gives_the_classic_table(notebook):
    """The last digits of the classic table differ since its epsilon is under the root."""
    _, v, s = notebook["update_parameters_with_adam"](*cases.adam(), t=2)
    parameters, _ = cases.update_parameters()

    def classic(name):
        mean, square = v[f"d{name}"] / (1 - 0.9**2), s[f"d{name}"] / (1 - 0.999**2)
        return parameters[name] - 0.01 * mean / np.sqrt(square + 1e-8)

    np.testing.assert_allclose(classic("W2")[2, 1], -1.09245036, **PRINTED)
    np.testing.assert_allclose(classic("b2")[0, 0], -0.88529978, **PRINTED)


def test_velocity_and_averages_start_at_zero(notebook):
    """They have the shapes of the parameters and the names of the gradients."""
    parameters, _ = cases.update_parameters()
    starts = [notebook["initialize_velocity"](parameters), *notebook["initialize_adam"](parameters)]
    for start in starts:
        assert {name: value.shape for name, value in start.items()} == {
            f"d{name}": shape for name, shape in cases.SHAPES.items()
        }
        assert not any(value.any() for value in start.values())


def test_adam_starts_with_two_separate_averages(notebook):
    """Writing into v does not write into s."""
    v, s = notebook["initialize_adam"](cases.update_parameters()[0])
    assert not any(np.shares_memory(v[name], s[name]) for name in v)


def test_mini_batches_give_the_printed_figures(notebook):
    """148 examples give batches of 64, 64 and 20; the first begins with the published numbers."""
    batches = notebook["random_mini_batches"](*cases.random_mini_batches(), 64)
    assert [X.shape for X, _ in batches] == [(12288, 64), (12288, 64), (12288, 20)]
    assert [Y.shape for _, Y in batches] == [(1, 64), (1, 64), (1, 20)]
    first = batches[0][0][0][0:3]
    np.testing.assert_allclose(first, [0.90085595, -0.7612069, 0.2344157], **PRINTED)


def test_decay_gives_the_fractions_of_the_lesson(notebook):
    """1/2 becomes 1/4, 1/6 and 1/8, each for a whole interval."""
    rates = [notebook["decay_learning_rate"](0.5, e, 1.0, 10) for e in (0, 9, 10, 19, 20, 30)]
    np.testing.assert_allclose(rates, [1 / 2, 1 / 2, 1 / 4, 1 / 4, 1 / 6, 1 / 8], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", RUNS)
def test_training_gives_the_published_run(notebook, optimizer):
    """After 10000 epochs on the moons the costs agree to six digits, the accuracy exactly."""
    X, Y = notebook["train_X"], notebook["train_Y"]
    parameters, costs = notebook["model"](
        X, Y, [2, 5, 2, 1], optimizer, num_epochs=10000, record_every=1000
    )
    printed, right = RUNS[optimizer]
    if printed:
        np.testing.assert_allclose(costs, np.array(printed.split(), float), rtol=0, atol=5.1e-7)
    assert accuracy(X, Y, parameters) == right


@pytest.mark.slow
def test_momentum_without_the_average_trains_to_the_published_accuracy(notebook):
    """With the mistake v = beta v + dW the accuracy is .9333, better than with the right rule."""
    X, Y = notebook["train_X"], notebook["train_Y"]

    def summed(parameters, grads, v, beta, learning_rate):
        v = {name: beta * value + grads[name] for name, value in v.items()}
        return {
            name: value - learning_rate * v[f"d{name}"] for name, value in parameters.items()
        }, v

    wrong = solution_namespace("optimization")
    wrong["update_parameters_with_momentum"] = summed
    parameters, _ = wrong["model"](X, Y, [2, 5, 2, 1], "momentum", record_every=1000)
    assert round(accuracy(X, Y, parameters), 4) == 0.9333


@pytest.mark.parametrize("beta", [0.0, 0.6, 0.9])
def test_gradient_descent_and_momentum_agree_with_scikit_learn(notebook, beta):
    """Its velocity has no factor 1 - beta, so its learning rate gets the factor."""
    parameters, history = steps(6)
    theirs = [value.copy() for value in parameters.values()]
    sgd = SGDOptimizer(theirs, 0.1 * (1 - beta), momentum=beta, nesterov=False)
    v, plain = cases.at_rest(), dict(parameters)
    for grads in history:
        sgd.update_params(theirs, list(grads.values()))
        plain = notebook["update_parameters_with_gd"](plain, grads, 0.1)
        parameters, v = notebook["update_parameters_with_momentum"](parameters, grads, v, beta, 0.1)
    agree(parameters, dict(zip(parameters, theirs, strict=True)), rtol=1e-12)
    if not beta:
        agree(plain, dict(zip(parameters, theirs, strict=True)), rtol=1e-12)


def test_adam_agrees_with_scikit_learn(notebook):
    """Six steps with unusual settings; a tiny epsilon, since it is applied differently there."""
    parameters, history = steps(6)
    theirs = [value.copy() for value in parameters.values()]
    adam = AdamOptimizer(theirs, 0.05, beta_1=0.8, beta_2=0.95, epsilon=1e-15)
    v, s = cases.at_rest(), cases.at_rest()
    for t, grads in enumerate(history, 1):
        adam.update_params(theirs, list(grads.values()))
        parameters, v, s = notebook["update_parameters_with_adam"](
            parameters, grads, v, s, t, 0.05, 0.8, 0.95, 1e-15
        )
    agree(parameters, dict(zip(parameters, theirs, strict=True)), rtol=1e-10)


def test_adamw_is_scikit_learns_adam_with_weight_decay(notebook):
    """Each step also subtracts learning rate times weight decay from W, but not from b."""
    parameters, history = steps(5)
    theirs = [value.copy() for value in parameters.values()]
    adam = AdamOptimizer(theirs, 0.05, beta_1=0.8, beta_2=0.95, epsilon=1e-15)
    v, s = cases.at_rest(), cases.at_rest()
    for t, grads in enumerate(history, 1):
        for name, value in zip(parameters, theirs, strict=True):
            if name[0] == "W":
                value[:] = value - 0.05 * 0.4 * value
        adam.update_params(theirs, list(grads.values()))
        parameters, v, s = notebook["update_parameters_with_adamw"](
            parameters, grads, v, s, t, 0.05, 0.8, 0.95, 1e-15, weight_decay=0.4
        )
    agree(parameters, dict(zip(parameters, theirs, strict=True)), rtol=1e-10)


def test_momentum_without_the_average_is_a_tenfold_learning_rate(notebook):
    """As the model answer to question 1 says, the sum is the average with 10 alpha."""
    parameters, history = steps(6)
    summed = {name: value.copy() for name, value in parameters.items()}
    v, total = cases.at_rest(), cases.at_rest()
    for grads in history:
        total = {name: 0.9 * value + grads[name] for name, value in total.items()}
        summed = {name: value - 0.0007 * total[f"d{name}"] for name, value in summed.items()}
        parameters, v = notebook["update_parameters_with_momentum"](
            parameters, grads, v, 0.9, 0.007
        )
    agree(parameters, summed, rtol=1e-12)


def test_the_notebook_has_the_classic_names(notebook):
    """Code from the classic homework finds its helpers, with He's initialization."""
    names = (
        "np math sigmoid relu compute_cost forward_propagation backward_propagation "
        "update_parameters predict initialize_parameters plot_decision_boundary"
    )
    assert not [name for name in names.split() if name not in notebook]
    W1 = notebook["initialize_parameters"]([2, 5, 2, 1])["W1"]
    drawn = np.random.RandomState(3).randn(5, 2)
    np.testing.assert_allclose(W1, drawn * np.sqrt(2 / 2), rtol=1e-12)
