"""Describing all pictures: with the student's function where it is right, otherwise with ours."""

import numpy as np
import pytest

from tests.support.solutions import solution_namespace
from utils.datasets import load_pictograms
from utils.pictures import features
from utils.stubs import UnfilledStubError


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The pictures that come with the course."""
    return load_pictograms(0, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def solution():
    """The notebook's functions with their solutions."""
    return solution_namespace("features")


def few(pictures):
    """The same, but fewer, so that a test need not describe them all."""
    return pictures._replace(
        X_train=pictures.X_train[:30], X_val=pictures.X_val[:5], X_test=pictures.X_test[:4]
    )


def test_right_functions_are_used(pictures, solution, capsys):
    """What is right describes every picture, and nothing is said."""
    for name in ("hog", "color_histogram"):
        train, val, test = features.extract(solution[name], few(pictures))
        assert [len(part) for part in (train, val, test)] == [30, 5, 4]
        np.testing.assert_array_equal(val[2], solution[name](pictures.X_val[2] / 255))
    assert not capsys.readouterr().out


def test_kept_features_are_the_solutions(pictures, solution):
    """What is kept are the solution's numbers, of these very pictures, within their rounding."""
    for name, step in (("hog", 0.012), ("color_histogram", 0.005)):
        kept = features._ours(name)
        for part, X in zip(kept, (pictures.X_train, pictures.X_val, pictures.X_test), strict=True):
            assert len(part) == len(X)
            got = np.array([solution[name](image / 255) for image in X[-8:]])
            np.testing.assert_allclose(part[-8:], got, atol=step)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return np.zeros(144)", "other numbers"),
        ("return np.zeros(9)", "another shape"),
        ("return 'edges'", "stopped with ValueError"),
        ("raise KeyError('edges')", "stopped with KeyError"),
    ],
)
def test_wrong_function_is_named_and_ours_go_on(pictures, capsys, body, words):
    """A sentence says which function and why; the numbers are those that are kept."""
    namespace = {"np": np}
    exec(f"def hog(image, cell=8, bins=9):\n    {body}", namespace)  # noqa: S102
    train, val, test = features.extract(namespace["hog"], pictures)
    assert [part.shape for part in (train, val, test)] == [(3000, 144), (1000, 144), (1000, 144)]
    said = capsys.readouterr().out
    assert "`hog`" in said
    assert words in said
    assert "goes on with our numbers" in said


def hog(image, cell=8, bins=9):
    """Stand in for an exercise that nobody has filled in."""
    ### START CODE HERE ### (approx. 1 line)
    histogram = None
    ### END CODE HERE ###
    return histogram  # noqa: RET504  the shape of a stub


def test_unfilled_function_waits_for_other_pictures(pictures, capsys):
    """Of other pictures nothing is kept: the cell waits, as other cells do."""
    features.extract(hog, pictures)
    assert "still to be written" in capsys.readouterr().out
    with pytest.raises(UnfilledStubError, match="wait for hog"):
        features.extract(hog, pictures._replace(shipped=False))


def test_long_work_is_announced(pictures, solution, capsys, monkeypatch):
    """With many pictures the student is told how long it will take."""
    monkeypatch.setattr(features, "LONG", 0.0)
    features.extract(solution["hog"], few(pictures))
    assert "39 pictures: this will take about" in capsys.readouterr().out


def test_loss_and_scale_are_replaced_where_they_are_wrong(solution, capsys):
    """The right ones are used; wrong ones are named, and libraries go on."""
    stream = np.random.RandomState(1)
    scores, y = stream.randn(5, 10), stream.randint(0, 10, 5)
    train, val = stream.randn(9, 3) + 4, stream.randn(4, 3)
    assert features.checked_loss(solution["softmax_loss"]) is solution["softmax_loss"]
    assert features.checked_standardize(solution["standardize"]) is solution["standardize"]
    assert not capsys.readouterr().out
    loss = features.checked_loss(lambda scores, y: (0.0, scores))
    for got, wanted in zip(loss(scores, y), solution["softmax_loss"](scores, y), strict=True):
        np.testing.assert_allclose(got, wanted)
    standardize = features.checked_standardize(lambda train, *others: None)
    for got, wanted in zip(
        standardize(train, val), solution["standardize"](train, val), strict=True
    ):
        np.testing.assert_allclose(got, wanted)
    said = capsys.readouterr().out
    assert "SciPy" in said
    assert "scikit-learn" in said
