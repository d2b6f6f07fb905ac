"""The features notebook: its functions against other libraries, and what it claims, over seeds."""

import colorsys
import math

import numpy as np
import pytest
import skimage.feature
from scipy.special import log_softmax, softmax
from sklearn.neural_network import _stochastic_optimizers as optimizers
from sklearn.preprocessing import StandardScaler

from tests.support.solutions import solution_namespace
from utils import smallnet
from utils.cases import features as cases
from utils.pictures.pictograms import draw_pictures

LAYERS = (100, 50, 10)


@pytest.fixture(scope="module")
def notebook():
    """The notebook's functions with their solutions."""
    return solution_namespace("features")


@pytest.fixture(scope="module")
def ten_pictures():
    """Ten pictures between 0 and 1."""
    return draw_pictures(10, 11)[0] / 255


def hog_by_votes(image, cell, bins):
    """Pixel by pixel, each giving its magnitude to the bin that holds its folded angle."""
    grey = image @ [0.299, 0.587, 0.114]
    height, width = grey.shape
    votes = np.zeros((height // cell, width // cell, bins))
    for i, j in np.ndindex(height, width):
        x = grey[i, j + 1] - grey[i, j - 1] if 0 < j < width - 1 else 0.0
        y = grey[i + 1, j] - grey[i - 1, j] if 0 < i < height - 1 else 0.0
        degrees = math.degrees(math.atan2(y, x))
        degrees += 180 * (degrees < 0) - 180 * (degrees >= 180)
        votes[i // cell, j // cell, int(degrees // (180 / bins))] += math.hypot(x, y) / 2
    return votes.ravel() / cell**2


class TestFunctions:
    """Each exercise's solution against something written by others, or in another way."""

    def test_hues_are_those_of_colorsys(self, notebook):
        """Python's own conversion, pixel by pixel, where no hue is on a border."""
        for image in np.random.RandomState(1).rand(3, 20, 16, 3):
            hues = [colorsys.rgb_to_hsv(*pixel)[0] for pixel in image.reshape(-1, 3)]
            expected = np.histogram(hues, 10, (0, 1))[0] / len(hues)
            np.testing.assert_allclose(notebook["color_histogram"](image), expected)

    @pytest.mark.parametrize(("cell", "bins"), [(8, 9), (4, 6), (16, 12)])
    def test_hog_counts_votes(self, notebook, ten_pictures, cell, bins):
        """On ten pictures, by a loop over pixels."""
        for image in ten_pictures:
            expected = hog_by_votes(image, cell, bins)
            np.testing.assert_allclose(notebook["hog"](image, cell, bins), expected, atol=1e-12)

    @pytest.mark.parametrize(("cell", "bins"), [(8, 9), (4, 6), (16, 12)])
    def test_hog_is_scikit_images(self, notebook, ten_pictures, cell, bins):
        """Theirs does not halve the slopes, and divides each histogram by its sum and a little."""
        options = {"cells_per_block": (1, 1), "block_norm": "L1"}
        for image in ten_pictures:
            grey = image @ [0.299, 0.587, 0.114]
            theirs = skimage.feature.hog(grey, bins, (cell, cell), **options)
            ours = 2 * notebook["hog"](image, cell, bins).reshape(-1, bins)
            ours /= ours.sum(axis=1, keepdims=True) + 1e-5
            np.testing.assert_allclose(ours.ravel(), theirs, atol=1e-6)

    def test_example_of_the_ramp(self, notebook):
        """The ramp's gradient is 0.02 at 30 degrees in each inner pixel."""
        inner = notebook["hog"](cases.ramp()[1:-1, 1:-1][:8, :8], cell=8)
        assert inner[1] == pytest.approx(36 * 0.02 / 64)

    def test_standardize_is_scikit_learns(self, notebook):
        """A constant column included."""
        stream = np.random.RandomState(2)
        train, val = stream.randn(40, 5) * [1, 9, 0, 0.1, 3] + 4, stream.randn(7, 5)
        scaler = StandardScaler().fit(train)
        for got, part in zip(notebook["standardize"](train, val), (train, val), strict=True):
            np.testing.assert_allclose(got, scaler.transform(part))

    def test_loss_is_scipys(self, notebook):
        """Loss and slope by SciPy's functions, scores of a thousand included."""
        stream = np.random.RandomState(3)
        for scale in (1.0, 1000.0):
            scores, y = scale * stream.randn(8, 10), stream.randint(0, 10, 8)
            loss, dscores = notebook["softmax_loss"](scores, y)
            rows = np.arange(8)
            assert loss == pytest.approx(-log_softmax(scores, axis=1)[rows, y].mean())
            expected = softmax(scores, axis=1) - np.eye(10)[y]
            np.testing.assert_allclose(dscores, expected / 8, atol=1e-12)

    def test_adam_is_scikit_learns(self, notebook):
        """Three steps from the same weights; theirs adds epsilon to the uncorrected root."""
        data = cases.small_data(np.random.RandomState(4))
        start, after = [], []
        for steps, net in ((0, start), (3, after)):
            np.random.seed(1)
            net.append(notebook["improved_net"]([5, 6, 10], data, steps, 0.01))
        net = start[0]
        values = list(net.values())
        adam = optimizers.AdamOptimizer(values, learning_rate_init=0.01)
        for t, (X, y) in enumerate(smallnet.batches(data, 3), 1):
            adam.epsilon = 1e-8 * math.sqrt(1 - 0.999**t)
            gradients = smallnet.loss_and_gradients(net, X, y)[1]
            adam.update_params(values, [gradients[f"d{name}"] for name in net])
        for name, value in after[0].items():
            np.testing.assert_allclose(value, net[name], rtol=1e-9, atol=1e-12)

    def test_search_returns_the_best_as_it_was(self, notebook):
        """The returned network has the accuracy that the results say, whatever is made later."""
        settings, data, runs = cases.search_case(np.random.RandomState(9))
        setting, net, results = notebook["search"](settings, data)
        notebook["make_net"](data, settings[0], seed=77)
        assert results == [run.val for run in runs]
        best = int(np.argmax(results))
        assert setting == settings[best]
        assert smallnet.accuracy(net, data["X_val"], data["y_val"]) == results[best]


def test_search_cases_tell_the_three_parts_apart():
    """Training, validation and test each have another best setting, so each mistake shows."""
    for seed in range(12):
        settings, _, runs = cases.search_case(np.random.RandomState(seed))
        best = {
            part: int(np.argmax([getattr(run, part) for run in runs]))
            for part in ("train", "val", "test")
        }
        assert len(set(best.values())) == 3
        assert best["val"] not in (0, len(settings) - 1)
        assert len({run.val for run in runs} - {runs[best["val"]].val}) >= 1


def described(notebook, seed):
    """The five thousand pictures of a seed: pixels, features, and the notebook's data from them."""
    X, y = draw_pictures(5000, seed)
    images = X / 255
    rows = [np.hstack([notebook["hog"](x), notebook["color_histogram"](x)]) for x in images]
    ends = (3000, 4000)

    def data(values, *, scaled=True):
        parts = np.split(np.asarray(values), ends)
        parts = notebook["standardize"](*parts) if scaled else parts
        X_train, X_val, X_test = parts
        y_train, y_val, y_test = np.split(y, ends)
        return {
            "X_train": X_train, "X_val": X_val, "X_test": X_test,
            "y_train": y_train, "y_val": y_val, "y_test": y_test,
        }  # fmt: skip

    return data(rows), data(rows, scaled=False), data(images.reshape(5000, -1))


def columns(data, which):
    """The same data with some of its features only."""
    return {name: part[:, which] if name.startswith("X") else part for name, part in data.items()}


def after_training(data, rate, scale, epochs=8):
    """Test accuracy after plain gradient descent."""
    net = smallnet.make_net(data, {"weight_scale": scale})
    smallnet.train(net, data, {"learning_rate": rate, "epochs": epochs})
    return smallnet.accuracy(net, data["X_test"], data["y_test"])


def first_epoch(reached, least=0.6):
    """In which epoch an accuracy is first reached."""
    return next((epoch for epoch, value in enumerate(reached, 1) if value >= least), math.inf)


def claims_of_features(features, raw, pixels):
    """Assert what part 4 says: of pixels, of scales, and of colour and shape together."""
    good = after_training(features, 0.3, 0.1)
    assert good >= 0.6
    assert good - after_training(pixels, 0.1, 0.03) >= 0.15
    assert good - after_training(raw, 0.3, 0.1) >= 0.25
    assert good > after_training(columns(features, slice(144)), 0.3, 0.1) + 0.02
    assert good > after_training(columns(features, slice(144, None)), 0.3, 0.3) + 0.2


def claims_of_small_weights(features):
    """Assert what part 5 says: 0.0001 never starts, 0.01 only near a learning rate of 1."""
    assert after_training(features, 1.0, 0.0001) <= 0.2
    assert after_training(features, 0.1, 0.01) <= 0.2
    assert after_training(features, 0.3, 0.01) >= 0.6


def claims_of_names(features):
    """Assert what part 6 says: a network that was kept by its name is lost at the next trial."""
    kept = smallnet.make_net(features, {"weight_scale": 0.1})
    smallnet.train(kept, features, {"learning_rate": 0.3})
    assert smallnet.accuracy(kept, features["X_val"], features["y_val"]) >= 0.6
    smallnet.make_net(features, {"weight_scale": 0.1})
    assert smallnet.accuracy(kept, features["X_val"], features["y_val"]) <= 0.2


def claims_of_the_cure(notebook, features, seed):
    """Assert what part 7 says: He and Adam start at once, over a wide range of learning rates."""

    def improved(epochs, rate=0.003):
        np.random.seed(seed)
        net = notebook["improved_net"]([154, *LAYERS], features, epochs * 60, rate)
        return smallnet.accuracy(net, features["X_val"], features["y_val"])

    def look(net):
        seen.append(smallnet.accuracy(net, features["X_val"], features["y_val"]))

    slow, seen = smallnet.make_net(features, {"weight_scale": 0.01}), []
    setting = {"learning_rate": 0.3, "epochs": 10}
    smallnet.train(slow, features, setting, after_epoch=look)
    assert first_epoch(improved(epochs) for epochs in (1, 2, 3)) < first_epoch(seen)
    assert min(improved(8, 0.001), improved(8, 0.01)) >= 0.6
    assert after_training(features, 0.01, "he") <= 0.58


def claims(notebook, seed):
    """Assert what the notebook says of figures, on the pictures of a seed."""
    features, raw, pixels = described(notebook, seed)
    with smallnet.one_thread():
        claims_of_features(features, raw, pixels)
        claims_of_small_weights(features)
        claims_of_names(features)
        claims_of_the_cure(notebook, features, seed)


@pytest.mark.slow
def test_claims_hold_on_the_notebooks_pictures(notebook):
    """Features beat pixels by .15, scales matter by .25, He and Adam need fewer epochs; more."""
    claims(notebook, 0)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_claims_hold_on_other_pictures(notebook, seed):
    """The same on five other sets of pictures: the lesson does not depend on the seed."""
    claims(notebook, seed)
