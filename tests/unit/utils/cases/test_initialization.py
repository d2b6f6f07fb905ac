"""The initialization notebook: printed figures, published runs, and the test for draws."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from tests.support.solutions import solution_namespace
from utils.cases import initialization as cases
from utils.messages import speaking
from utils.networks import accuracy
from utils.seeds import over_seeds

PRINTED = {"rtol": 0, "atol": 5.1e-9}  # half of the last printed place


@pytest.fixture(scope="module")
def notebook():
    """The names that the notebook defines when it is run with its solutions."""
    return solution_namespace("initialization")


def test_zeros_have_the_printed_shapes(notebook):
    """[3, 2, 1] gives zeros of (2, 3), (2, 1), (1, 2), (1, 1)."""
    parameters = notebook["initialize_parameters_zeros"]([3, 2, 1])
    shapes = {name: value.shape for name, value in parameters.items()}
    assert shapes == {"W1": (2, 3), "b1": (2, 1), "W2": (1, 2), "b2": (1, 1)}
    assert not any(value.any() for value in parameters.values())


def test_random_gives_the_printed_figures(notebook):
    """Seed 3 and [3, 2, 1] give the published weights, times ten, and no bias."""
    np.random.seed(3)
    parameters = notebook["initialize_parameters_random"]([3, 2, 1])
    W1 = [[17.88628473, 4.36509851, 0.96497468], [-18.63492703, -2.77388203, -3.54758979]]
    np.testing.assert_allclose(parameters["W1"], W1, **PRINTED)
    np.testing.assert_allclose(parameters["W2"], [[-0.82741481, -6.27000677]], **PRINTED)
    assert not parameters["b1"].any()
    assert not parameters["b2"].any()


def test_he_gives_the_printed_figures(notebook):
    """Seed 3 and [2, 4, 1] give the published weights, and no bias."""
    np.random.seed(3)
    parameters = notebook["initialize_parameters_he"]([2, 4, 1])
    W1 = [
        [1.78862847, 0.43650985],
        [0.09649747, -1.8634927],
        [-0.2773882, -0.35475898],
        [-0.08274148, -0.62700068],
    ]
    W2 = [[-0.03098412, -0.33744411, -0.92904268, 0.62552248]]
    np.testing.assert_allclose(parameters["W1"], W1, **PRINTED)
    np.testing.assert_allclose(parameters["W2"], W2, **PRINTED)
    assert not parameters["b1"].any()
    assert not parameters["b2"].any()


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("random", lambda _in, _out: 100.0),
        ("he", lambda fan_in, _out: 2 / fan_in),
        ("xavier", lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    ],
)
def test_weights_are_normal_with_the_variance_of_the_paper(notebook, name, variance):
    """A Kolmogorov-Smirnov test accepts this variance for each layer, and no larger one."""
    np.random.seed(11)
    dims = [90, 200, 60, 150]
    parameters = notebook[f"initialize_parameters_{name}"](dims)
    for layer, (fan_in, fan_out) in enumerate(pairwise(dims), 1):
        values, std = parameters[f"W{layer}"].ravel(), variance(fan_in, fan_out) ** 0.5
        assert stats.kstest(values, "norm", (0, std)).pvalue > 1e-3
        assert stats.kstest(values, "norm", (0, 1.2 * std)).pvalue < 1e-3


@pytest.mark.parametrize(
    ("start", "costs", "right"),
    [
        ("zeros", (0.6931471805599453, 0.6931471805599453), (0.5, 0.5)),
        ("random", (np.inf, None), (0.83, 0.86)),
        ("he", (0.8830537463419761, 0.07357895962677366), (0.9933333333333333, 0.96)),
    ],
)
def test_published_runs(notebook, start, costs, right):
    """15000 steps from each start give the published costs and accuracies."""
    parameters, on_the_way = notebook["model"](
        notebook["train_X"], notebook["train_Y"], initialization=start
    )
    first, last = costs
    assert len(on_the_way) == 15  # the costs of iterations 0, 1000, ..., 14000
    # 15 of 16 digits: the last one depends on whether the code multiplies by 1 / m or divides by m
    np.testing.assert_allclose(on_the_way[0], first, rtol=1e-15)
    if last is not None:  # with a factor of 10 the run is chaotic and differs between machines
        np.testing.assert_allclose(on_the_way[-1], last, rtol=5e-15)
    for place, split in enumerate(("train", "test")):
        X, Y = notebook[f"{split}_X"], notebook[f"{split}_Y"]
        assert accuracy(X, Y, parameters) == right[place]
    if start == "zeros":
        np.testing.assert_allclose(on_the_way, first, rtol=1e-15)


@pytest.mark.parametrize(
    ("size", "right", "digits"),
    [
        (lambda _in, _out: 1, (0.9967, 0.96), 4),
        (lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out)), (0.99, None), 2),
        (lambda fan_in, _out: 2 / fan_in, (0.99, None), 2),
    ],
    ids=["no factor of ten", "Xavier", "no square root"],
)
def test_published_runs_of_mistakes(notebook, size, right, digits):
    """Without the ten, with Xavier and with 2 / n the accuracies are the published ones."""
    np.random.seed(3)
    start = {}
    for layer, (fan_in, units) in enumerate(pairwise([2, 10, 5, 1]), 1):
        start[f"W{layer}"] = size(fan_in, units) * np.random.randn(units, fan_in)
        start[f"b{layer}"] = np.zeros((units, 1))
    parameters, _ = notebook["model"](
        notebook["train_X"], notebook["train_Y"], initialization=start
    )
    for split, share in zip(("train", "test"), right, strict=True):
        reached = accuracy(notebook[f"{split}_X"], notebook[f"{split}_Y"], parameters)
        assert share is None or round(reached, digits) == share


def test_equal_neurons_stay_equal(notebook):
    """From equal weights the rows of a layer change, but stay equal to one another."""
    start = notebook["initialize_parameters_zeros"]([2, 10, 5, 1])
    start = {k: np.full(v.shape, 0.5) if k[0] == "W" else v for k, v in start.items()}
    trained, _ = notebook["model"](
        notebook["train_X"], notebook["train_Y"], initialization=start, num_iterations=300
    )
    for name in ("W1", "W2"):
        assert not np.allclose(trained[name], 0.5, atol=1e-4)
        assert np.ptp(trained[name], axis=0).max() < 1e-12


def test_spread_by_layer_as_computed_by_hand(notebook):
    """For 1 and -1 relu(2x + 1) and relu(-x) give 3, 0, 0, 1; the next layer gives 4 and 0."""
    X, parameters = cases.spread_by_layer()
    spread = notebook["spread_by_layer"](X, parameters, "relu")
    np.testing.assert_allclose(spread, [np.std([3, 0, 0, 1]), np.std([4, 0])])


def test_he_keeps_the_size_of_a_signal(notebook):
    """After thirty layers with ReLU the spread is the same within a factor of two."""
    np.random.seed(2)
    X = np.random.randn(300, 200)
    spread = notebook["spread_by_layer"](
        X, notebook["initialize_parameters_he"]([300] * 31), "relu"
    )
    assert 0.5 < spread[-1] / spread[0] < 2


def test_right_draws_pass():
    """Normal draws of the smallest size that is tested pass for each of 500 seeds."""
    for seed in range(500):
        W = 0.3 * np.random.RandomState(seed).randn(50, 100)
        assert cases.not_normal("W1", W, 0.3) == ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda rng: rng.randn(100, 60) / 2, "2 times too small"),
        (lambda rng: rng.randn(100, 60) * 3, "3 times too large"),
        (lambda rng: rng.uniform(-(3**0.5), 3**0.5, (100, 60)), "not drawn from the normal"),
        (lambda rng: rng.rand(100, 60) * 12**0.5, "is not close to 0"),
        (lambda rng: np.tile(rng.randn(1, 60), (100, 1)), "Numbers repeat"),
    ],
)
def test_wrong_draws_are_described(wrong, words):
    """Another spread, uniform draws, positive draws and repeated rows each have a message."""
    assert words in cases.not_normal("W1", wrong(np.random.RandomState(3)), 1.0)


def test_draws_are_described_in_the_courses_language():
    """What is said of wrong draws is a message like any other."""
    with speaking("zh_CN"):
        assert "是应有值的 3 倍" in cases.not_normal("W1", 3 * _normal(), 1.0)
        assert "均值不接近 0" in cases.not_normal("W2", abs(_normal()) * 1.66, 1.0)


def _normal():
    return np.random.RandomState(3).randn(100, 60)


def test_few_numbers_are_not_judged():
    """A few weights tell nothing about their distribution."""
    assert cases.not_normal("W3", np.ones((1, 90)), 0.1) == ""


class TestClaims:
    """What the notebook says of its own figures, so that a change breaks the build, not the lesson.

    Run them with ``-k Claims``.
    """

    def test_the_sigmoid_is_one_from_37_on(self, notebook):
        """Part 3: no digit is left between it and 1; at 36 there is."""
        assert notebook["sigmoid"](np.array([37.0, 63.0])).tolist() == [1.0, 1.0]
        assert notebook["sigmoid"](np.array([36.0]))[0] < 1
        np.random.seed(3)
        start = notebook["initialize_parameters_random"]([2, 10, 5, 1])
        Z3 = notebook["forward_propagation"](notebook["train_X"], start)[1][8]
        assert (round(Z3.min()), round(Z3.max())) == (63, 6929)

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_gradients_explode_although_units_are_saturated(self, seed):
        """Part 4: with tanh and weights times 10, through ten layers of 100."""
        rng = np.random.RandomState(seed)
        A, passed = rng.randn(100, 300), []
        for W in 10 * rng.randn(10, 100, 100):
            A = np.tanh(W @ A)
            passed.append((W, A))
        assert np.mean(np.abs(A) > 0.99) > 0.95
        dA = rng.randn(100, 300)
        for W, A in reversed(passed):
            dA = W.T @ (dA * (1 - A**2))
        assert np.std(dA) > 1e6

    def test_he_conserves_the_mean_square(self, notebook):
        """Part 5: over 20 draws, after ten layers; the deviation is 0.826 of its root."""
        ratios, roots = [], []
        for seed in range(20):
            np.random.seed(seed)
            A = np.random.randn(100, 500)
            parameters = notebook["initialize_parameters_he"]([100] * 11)
            spread = notebook["spread_by_layer"](A, parameters, "relu")
            for layer in range(1, 11):
                A = np.maximum(parameters[f"W{layer}"] @ A, 0)
                if layer == 1:
                    ratios.append(spread[0] / np.sqrt(np.mean(A**2)))
            roots.append(np.sqrt(np.mean(A**2)))
        assert np.mean(ratios) == pytest.approx(np.sqrt(1 - 1 / np.pi), abs=0.01)
        assert 0.8 < np.median(roots) < 1.25

    def test_xaviers_weights_in_the_rings_network(self):
        """The model answer of question 2: 0.41, 0.82 and 0.91 times He's, together 0.30."""
        ratios = [
            np.sqrt(2 / (before + after)) / np.sqrt(2 / before)
            for before, after in pairwise([2, 10, 5, 1])
        ]
        np.testing.assert_allclose(ratios, [0.41, 0.82, 0.91], atol=0.005)
        assert np.prod(ratios) == pytest.approx(0.304, abs=0.001)
        assert round(2**15, -3) == 33000

    def test_neurons_that_begin_alike_move_together(self, notebook):
        """Part 2: not far, and all ten to one place."""
        zeros = notebook["initialize_parameters_zeros"]([2, 10, 5, 1])
        start = {k: np.full(v.shape, 0.5) if k[0] == "W" else v for k, v in zeros.items()}
        trained, _ = notebook["model"](
            notebook["train_X"], notebook["train_Y"], initialization=start, progress=False
        )
        np.testing.assert_allclose(trained["W1"], trained["W1"][:1] + np.zeros((10, 1)), rtol=1e-9)
        assert 0.01 < np.abs(trained["W1"] - 0.5).max() < 0.1

    @pytest.mark.long  # twenty networks of 15000 steps: a minute
    def test_what_holds_with_five_seeds(self, notebook):
        """Part 7: the start times ten is last, He beats Xavier, and plain randn is no worse."""
        X, Y = notebook["train_X"], notebook["train_Y"]
        test = {}

        def run_from(rule):
            def run(seed):
                np.random.seed(seed)
                start = notebook["initialize_parameters_random"]([2, 10, 5, 1])
                start = {name: value / 10 for name, value in start.items()}
                parameters, costs = notebook["model"](
                    X,
                    Y,
                    initialization=start if rule == "randn" else rule,
                    seed=seed,
                    progress=False,
                )
                test[rule, seed] = accuracy(notebook["test_X"], notebook["test_Y"], parameters)
                return costs[-1]

            return run

        rules = ("random", "randn", "xavier", "he")
        costs = over_seeds({rule: run_from(rule) for rule in rules})
        accuracies = over_seeds({rule: lambda seed, r=rule: test[r, seed] for rule in rules})
        assert all(accuracies.wins(rule, "random") == 5 for rule in rules[1:])
        assert costs.wins("xavier", "he") == 5
        assert costs.wins("he", "randn") == 4
