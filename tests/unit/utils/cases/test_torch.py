"""The solutions against PyTorch, if it is installed: the optional dependencies ``torch``."""

import os
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from tests.support.solutions import solution_namespace
from utils.cases import batchnorm as layers
from utils.cases import draw_parameters
from utils.cases import gradient_checking as checking
from utils.cases import optimization as updates

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[torch]'")
functional = torch.nn.functional

SAME = {"rtol": 1e-9, "atol": 1e-12}  # double precision on both sides


@pytest.fixture(scope="module", autouse=True)
def _cache_folder(tmp_path_factory):
    """Give PyTorch a cache folder; otherwise it sets one in the environment at first use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path_factory.mktemp("torch")))
        before = set(os.environ)
        still = torch.zeros(1, requires_grad=True)
        torch.optim.Adam([still]).step()
        yield
        for name in set(os.environ) - before:
            if name.startswith("TORCH"):
                del os.environ[name]


@pytest.fixture(scope="module")
def notebooks():
    """For each notebook the names that it defines when it is run with its solutions."""
    names = ("initialization", "gradient_checking", "optimization", "regularization", "batchnorm")
    return {name: solution_namespace(name) for name in names}


def leaves(values):
    """Turn a dictionary of arrays into tensors that collect gradients."""
    return {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}


def agree(got, tensors, **tolerance):
    """Compare arrays with tensors, name by name."""
    for name, tensor in tensors.items():
        np.testing.assert_allclose(
            got[name], tensor.detach().numpy(), err_msg=name, **(tolerance or SAME)
        )


class TestInitialization:
    """He and Xavier: the distributions of ``torch.nn.init``, with the fans of each layer."""

    DIMS = (90, 200, 60, 150)

    @pytest.mark.parametrize(
        ("rule", "theirs", "others"),
        [
            (
                "he",
                lambda W: torch.nn.init.kaiming_normal_(W, mode="fan_in", nonlinearity="relu"),
                lambda W: torch.nn.init.kaiming_normal_(W, mode="fan_out", nonlinearity="relu"),
            ),
            (
                "xavier",
                torch.nn.init.xavier_normal_,
                lambda W: torch.nn.init.kaiming_normal_(W, mode="fan_in", nonlinearity="linear"),
            ),
        ],
        ids=["He", "Xavier"],
    )
    def test_weights_have_the_same_distribution(self, notebooks, rule, theirs, others):
        """It is that of PyTorch's rule of the same name, and not that of another rule."""
        np.random.seed(5)
        torch.manual_seed(5)
        ours = notebooks["initialization"][f"initialize_parameters_{rule}"](list(self.DIMS))
        for layer, (fan_in, units) in enumerate(pairwise(self.DIMS), 1):
            W = ours[f"W{layer}"]
            drawn, wrong = (
                f(torch.empty(units, fan_in, dtype=torch.float64)).numpy() for f in (theirs, others)
            )
            assert W.shape == drawn.shape
            assert stats.ks_2samp(W.ravel(), drawn.ravel()).pvalue > 1e-3
            assert stats.ks_2samp(W.ravel(), wrong.ravel()).pvalue < 1e-3
            # The standard error of the standard deviation of n draws is 1 / sqrt(2n).
            assert abs(np.log(W.std() / drawn.std())) < 5 / np.sqrt(W.size)
            assert abs(W.mean() - drawn.mean()) < 5 * drawn.std() * np.sqrt(2 / W.size)


def steps(count):
    """Draw a network and its gradients for several steps."""
    rng = np.random.RandomState(5)
    parameters = {name: rng.randn(*shape) for name, shape in updates.SHAPES.items()}
    history = [
        {f"d{name}": rng.randn(*shape) for name, shape in updates.SHAPES.items()}
        for _ in range(count)
    ]
    return parameters, history


def trajectory(optimizer, theirs, history):
    """The parameters of PyTorch's optimizer after each step."""
    for grads in history:
        for name, tensor in theirs.items():
            tensor.grad = torch.tensor(grads[f"d{name}"])
        optimizer.step()
        yield {name: tensor.detach().clone() for name, tensor in theirs.items()}


class TestOptimizers:
    """Six steps on random gradients: after each the parameters are those of ``torch.optim``."""

    RATE = 0.05

    def test_gradient_descent_is_sgd(self, notebooks):
        """``torch.optim.SGD`` without momentum."""
        parameters, history = steps(6)
        theirs = leaves(parameters)
        sgd = torch.optim.SGD(theirs.values(), lr=self.RATE)
        for grads, expected in zip(history, trajectory(sgd, theirs, history), strict=True):
            parameters = notebooks["optimization"]["update_parameters_with_gd"](
                parameters, grads, self.RATE
            )
            agree(parameters, expected)

    @pytest.mark.parametrize("beta", [0.5, 0.8, 0.9])
    def test_momentum_is_sgd_with_its_velocity_scaled(self, notebooks, beta):
        """PyTorch sums, v = beta v + g, the lecture averages; so its rate gets the 1 - beta."""
        parameters, history = steps(6)
        theirs, v = leaves(parameters), updates.at_rest()
        sgd = torch.optim.SGD(theirs.values(), lr=self.RATE * (1 - beta), momentum=beta)
        for grads, expected in zip(history, trajectory(sgd, theirs, history), strict=True):
            parameters, v = notebooks["optimization"]["update_parameters_with_momentum"](
                parameters, grads, v, beta, self.RATE
            )
            agree(parameters, expected)

    @pytest.mark.parametrize("beta", [0.5, 0.8, 0.9])
    def test_momentum_is_sgd_with_dampening(self, notebooks, beta):
        """With dampening beta it is the lecture's average, except for the first velocity."""
        parameters, history = steps(6)
        theirs = leaves(parameters)
        v = {name: grad.copy() for name, grad in history[0].items()}
        sgd = torch.optim.SGD(theirs.values(), lr=self.RATE, momentum=beta, dampening=beta)
        for grads, expected in zip(history, trajectory(sgd, theirs, history), strict=True):
            parameters, v = notebooks["optimization"]["update_parameters_with_momentum"](
                parameters, grads, v, beta, self.RATE
            )
            agree(parameters, expected)

    @pytest.mark.parametrize("epsilon", [1e-8, 0.1])
    @pytest.mark.parametrize("betas", [(0.9, 0.999), (0.8, 0.95)])
    def test_adam(self, notebooks, betas, epsilon):
        """``torch.optim.Adam``, whose epsilon is outside the root, as a large one shows."""
        parameters, history = steps(6)
        theirs, v, s = leaves(parameters), updates.at_rest(), updates.at_rest()
        adam = torch.optim.Adam(theirs.values(), lr=self.RATE, betas=betas, eps=epsilon)
        for t, expected in enumerate(trajectory(adam, theirs, history), 1):
            parameters, v, s = notebooks["optimization"]["update_parameters_with_adam"](
                parameters, history[t - 1], v, s, t, self.RATE, *betas, epsilon
            )
            agree(parameters, expected)

    @pytest.mark.parametrize("decay", [0.0, 0.01, 0.4])
    def test_adamw(self, notebooks, decay):
        """``torch.optim.AdamW`` with the biases in a group of their own, without decay."""
        parameters, history = steps(6)
        theirs, v, s = leaves(parameters), updates.at_rest(), updates.at_rest()
        groups = [
            {"params": [theirs["W1"], theirs["W2"]], "weight_decay": decay},
            {"params": [theirs["b1"], theirs["b2"]], "weight_decay": 0.0},
        ]
        adamw = torch.optim.AdamW(groups, lr=self.RATE, betas=(0.8, 0.95), eps=1e-3)
        for t, expected in enumerate(trajectory(adamw, theirs, history), 1):
            parameters, v, s = notebooks["optimization"]["update_parameters_with_adamw"](
                parameters, history[t - 1], v, s, t, self.RATE, 0.8, 0.95, 1e-3, decay
            )
            agree(parameters, expected)


@pytest.fixture
def net():
    """A [4, 6, 5, 1] network with 9 examples and their labels."""
    rng = np.random.RandomState(12)
    return rng.randn(4, 9), rng.randint(0, 2, (1, 9)), draw_parameters(rng, [4, 6, 5, 1], 0.6)


def network(X, p, drop=(lambda A: A, lambda A: A)):
    """The lecture's network in PyTorch: A3 and both hidden activations before dropout."""
    A1 = torch.relu(p["W1"] @ torch.tensor(X) + p["b1"])
    A2 = torch.relu(p["W2"] @ drop[0](A1) + p["b2"])
    return torch.sigmoid(p["W3"] @ drop[1](A2) + p["b3"]), A1, A2


def entropy(A3, Y):
    """The mean cross-entropy."""
    return functional.binary_cross_entropy(A3, torch.tensor(Y, dtype=A3.dtype))


def penalty(p, lambd, m):
    """The L2 part of the cost."""
    return lambd / (2 * m) * sum((p[name] ** 2).sum() for name in ("W1", "W2", "W3"))


class TestGradients:
    """Autograd's gradients of the same network."""

    def test_the_fixed_backward_pass(self, notebooks):
        """Every gradient of the fixed function of the gradient-checking notebook."""
        X, Y, parameters = checking.network()
        notebook, p = notebooks["gradient_checking"], leaves(parameters)
        _, cache = notebook["forward_propagation_n"](X, Y, parameters)
        entropy(network(X, p)[0], Y).backward()
        grads = notebook["backward_propagation_n"](X, Y, cache)
        agree(grads, {f"d{name}": leaf.grad for name, leaf in p.items()}, rtol=1e-8, atol=1e-12)

    @pytest.mark.parametrize("lambd", [0.0, 0.7, 5.0])
    def test_l2(self, notebooks, net, lambd):
        """Cost and gradients with the penalty."""
        X, Y, parameters = net
        notebook, p = notebooks["regularization"], leaves(parameters)
        A3, cache = notebook["forward_propagation"](X, parameters)
        cost = entropy(network(X, p)[0], Y) + penalty(p, lambd, X.shape[1])
        cost.backward()
        got = notebook["compute_cost_with_regularization"](A3, Y, parameters, lambd)
        assert got == pytest.approx(cost.item(), rel=1e-9)
        grads = notebook["backward_propagation_with_regularization"](X, Y, cache, lambd)
        agree(grads, {f"d{name}": leaf.grad for name, leaf in p.items()})


def masked_draws(monkeypatch, masks, keep_prob):
    """Let ``np.random.rand`` return draws for which exactly these units are kept."""
    turn = iter(masks)

    def rand(*shape):
        mask = next(turn)
        assert mask.shape == shape
        return np.where(mask, keep_prob / 2, (1 + keep_prob) / 2)

    monkeypatch.setattr(np.random, "rand", rand)


class TestDropout:
    """Inverted dropout, as ``torch.nn.functional.dropout`` does it."""

    @pytest.mark.parametrize("keep_prob", [0.5, 0.86])
    def test_forward_and_backward_with_their_masks(self, notebooks, net, monkeypatch, keep_prob):
        """With the units that PyTorch drops, A3 and the gradients are the same."""
        X, Y, parameters = net
        notebook, p = notebooks["regularization"], leaves(parameters)

        def dropping(seed):
            def drop(A):
                torch.manual_seed(seed)
                return functional.dropout(A, p=1 - keep_prob)

            return drop

        masks = [
            dropping(seed)(torch.ones(units, 9, dtype=torch.float64)).numpy() != 0
            for seed, units in ((1, 6), (2, 5))
        ]
        assert 0 < sum(mask.sum() for mask in masks) < sum(mask.size for mask in masks)
        theirs, A1, A2 = network(X, p, (dropping(1), dropping(2)))
        A1.retain_grad()
        A2.retain_grad()
        entropy(theirs, Y).backward()

        masked_draws(monkeypatch, masks, keep_prob)
        A3, cache = notebook["forward_propagation_with_dropout"](X, parameters, keep_prob)
        np.testing.assert_allclose(A3, theirs.detach().numpy(), **SAME)
        grads = notebook["backward_propagation_with_dropout"](X, Y, cache, keep_prob)
        agree(grads, {f"d{name}": leaf.grad for name, leaf in p.items()})
        # The lecture's inner gradients are of one example's loss, which is m times the mean's.
        agree(grads, {"dA1": 9 * A1.grad, "dA2": 9 * A2.grad})

        p = leaves(parameters)
        theirs, _, _ = network(X, p, (dropping(1), dropping(2)))
        (entropy(theirs, Y) + penalty(p, 0.7, 9)).backward()
        grads = notebook["backward_propagation_with_both"](X, Y, cache, 0.7, keep_prob)
        agree(grads, {f"d{name}": leaf.grad for name, leaf in p.items()})

    @pytest.mark.parametrize("keep_prob", [0.3, 0.5, 0.86])
    def test_scaling_and_share_are_the_same(self, notebooks, net, keep_prob):
        """Units are kept with the same probability and scaled by the same factor."""
        X, _, parameters = net
        np.random.seed(3)
        torch.manual_seed(3)
        wide = np.tile(X, 2000)
        _, cache = notebooks["regularization"]["forward_propagation_with_dropout"](
            wide, parameters, keep_prob
        )
        before, after = np.maximum(cache[0], 0), cache[2]
        theirs = functional.dropout(torch.tensor(before), p=1 - keep_prob).numpy()
        alive, n = before > 0, np.count_nonzero(before)
        for activations in (after, theirs):
            kept = activations[alive] > 0
            np.testing.assert_allclose(activations[alive][kept], before[alive][kept] / keep_prob)
            # five standard errors of a share of n
            tolerance = 5 * np.sqrt(keep_prob * (1 - keep_prob) / n)
            assert abs(kept.mean() - keep_prob) < tolerance
        tolerance = 5 * np.sqrt(2 * (1 - keep_prob) / keep_prob * (before**2).mean() / before.size)
        assert abs(after.mean() - theirs.mean()) < tolerance


class TestNormalization:
    """Batch norm and layer norm: forward, backward, and the running statistics."""

    @pytest.mark.parametrize("eps", [1e-5, 0.3])
    @pytest.mark.parametrize("backward", ["batchnorm_backward", "batchnorm_backward_alt"])
    def test_batch_norm_in_training(self, notebooks, backward, eps):
        """Output and the three gradients of ``torch.nn.functional.batch_norm``."""
        x, gamma, beta, dout = layers.backward(6, 5)
        notebook = notebooks["batchnorm"]
        out, cache = notebook["batchnorm_forward"](x, gamma, beta, {"mode": "train", "eps": eps})
        p = leaves({"x": x, "gamma": gamma, "beta": beta})
        theirs = functional.batch_norm(
            p["x"], None, None, p["gamma"], p["beta"], training=True, eps=eps
        )
        np.testing.assert_allclose(out, theirs.detach().numpy(), **SAME)
        theirs.backward(torch.tensor(dout))
        got = dict(zip(p, notebook[backward](dout, cache), strict=True))
        agree(got, {name: leaf.grad for name, leaf in p.items()}, rtol=1e-8, atol=1e-11)

    @pytest.mark.parametrize("momentum", [0.9, 0.6])
    def test_running_statistics_and_the_test_pass(self, notebooks, momentum):
        """Three batches, then a test pass.

        PyTorch's momentum is the weight of the new batch, so it is 1 - ours. Its running variance
        is unbiased, N / (N - 1) times ours, and starts at 1, ours at 0.
        """
        notebook, N, D = notebooks["batchnorm"], 6, 5
        rng = np.random.RandomState(4)
        gamma, beta = rng.randn(D), rng.randn(D)
        theirs = torch.nn.BatchNorm1d(D, momentum=1 - momentum, dtype=torch.float64)
        theirs.running_var.zero_()
        with torch.no_grad():
            theirs.weight.copy_(torch.tensor(gamma))
            theirs.bias.copy_(torch.tensor(beta))
        bn_param = {"mode": "train", "momentum": momentum}
        for _ in range(3):
            x = 3 * rng.randn(N, D) + 2
            out, _ = notebook["batchnorm_forward"](x, gamma, beta, bn_param)
            np.testing.assert_allclose(out, theirs(torch.tensor(x)).detach().numpy(), **SAME)
            running = {"running_mean": theirs.running_mean, "running_var": theirs.running_var}
            unbiased = {**bn_param, "running_var": bn_param["running_var"] * N / (N - 1)}
            agree(unbiased, running)
        theirs.eval()
        x, bn_param["mode"] = rng.randn(4, D), "test"
        theirs.running_var.mul_((N - 1) / N)
        out, _ = notebook["batchnorm_forward"](x, gamma, beta, bn_param)
        np.testing.assert_allclose(out, theirs(torch.tensor(x)).detach().numpy(), **SAME)

    @pytest.mark.parametrize("eps", [1e-5, 0.3])
    @pytest.mark.parametrize("shape", [(6, 5), (1, 4), (3, 8)])
    def test_layer_norm(self, notebooks, shape, eps):
        """Output and the three gradients of ``torch.nn.functional.layer_norm``."""
        x, gamma, beta, dout = layers.backward(*shape)
        notebook = notebooks["batchnorm"]
        out, cache = notebook["layernorm_forward"](x, gamma, beta, {"eps": eps})
        p = leaves({"x": x, "gamma": gamma, "beta": beta})
        theirs = functional.layer_norm(p["x"], shape[1:], p["gamma"], p["beta"], eps=eps)
        np.testing.assert_allclose(out, theirs.detach().numpy(), **SAME)
        theirs.backward(torch.tensor(dout))
        got = dict(zip(p, notebook["layernorm_backward"](dout, cache), strict=True))
        agree(got, {name: leaf.grad for name, leaf in p.items()}, rtol=1e-8, atol=1e-11)
