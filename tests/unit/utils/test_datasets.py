"""The data: shapes, reproducibility, and a course's own file."""

import os

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy.io import savemat
from sklearn.datasets import make_circles, make_moons
from sklearn.linear_model import LogisticRegression

from utils import datasets

mpl.use("Agg")
PUBLISHED = os.environ.get("PUBLISHED_2D_DATA")


@pytest.fixture
def own_file(tmp_path):
    """A function that writes a course's own file, with the given changes."""

    def write(**changes):
        arrays = {
            "X": np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]),
            "y": np.array([[1], [0], [1]], dtype=np.uint8),
            "Xval": np.array([[1.0, 2.0], [3.0, 4.0]]),
            "yval": np.array([[0], [1]], dtype=np.uint8),
        }
        present = {name: value for name, value in (arrays | changes).items() if value is not None}
        savemat(tmp_path / "data.mat", present)
        return tmp_path / "data.mat"

    return write


def assert_columns(X, Y, m):
    """Check that examples are columns and labels signed integers 0 and 1."""
    assert X.shape == (2, m)
    assert Y.shape == (1, m)
    assert X.dtype == np.float64
    assert np.issubdtype(Y.dtype, np.signedinteger)
    assert set(np.unique(Y)) == {0, 1}


def test_field_has_211_and_200_kicks_in_columns():
    """The shapes are those of the classic field, and both labels occur."""
    train_X, train_Y, test_X, test_Y = datasets.load_2D_dataset()
    assert_columns(train_X, train_Y, 211)
    assert_columns(test_X, test_Y, 200)


def test_field_is_the_same_every_time():
    """Loading twice gives the same kicks and does not touch NumPy's global random state."""
    np.random.seed(4)
    first, second = datasets.load_2D_dataset(), datasets.load_2D_dataset()
    assert np.random.rand() == np.random.RandomState(4).rand()
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_field_is_a_diagonal_with_one_label_in_ten_wrong():
    """A straight line near x1 = x2 gets about nine labels in ten right."""
    shares = []
    for seed in range(20):
        train_X, train_Y, test_X, test_Y = datasets.make_field(seed)
        line = LogisticRegression(C=1e3).fit(train_X.T, train_Y[0])
        shares.append(line.score(test_X.T, test_Y[0]))
        np.testing.assert_allclose(line.coef_[0] @ [1, 1] / np.abs(line.coef_).sum(), 0, atol=0.2)
    assert 0.86 < np.mean(shares) < 0.92


def test_more_kicks_are_from_the_same_field():
    """The true border is right about nine in ten of them, and they are no training kicks."""
    X, Y = datasets.make_kicks(5000)
    assert_columns(X, Y, 5000)
    assert np.mean(datasets.our_side(X) == Y) == pytest.approx(0.9, abs=0.015)
    train_X = datasets.load_2D_dataset()[0]
    assert not np.isin(train_X, datasets.make_kicks(200)[0]).any()


def test_more_kicks_are_as_many_as_asked_for_and_the_same_every_time():
    """Another seed makes others; NumPy's global random state is not touched."""
    np.random.seed(4)
    (X, Y), (again, _), (others, _) = (datasets.make_kicks(30, seed) for seed in (1, 1, 2))
    assert np.random.rand() == np.random.RandomState(4).rand()
    assert_columns(X, Y, 30)
    np.testing.assert_array_equal(X, again)
    assert not np.isin(X, others).any()


def test_field_is_not_drawn_unless_asked():
    """With plot=True the training kicks are drawn, by default nothing is."""
    plt.close("all")
    datasets.load_2D_dataset()
    assert plt.get_fignums() == []
    train_X, _, _, _ = datasets.load_2D_dataset(plot=True)
    drawn = sum(len(points.get_offsets()) for points in plt.gca().collections)
    assert drawn == train_X.shape[1]
    plt.close("all")


def test_own_file_is_read_as_columns(own_file):
    """Rows become columns, and unsigned labels become signed ones, in which 1 - 2 is -1."""
    train_X, train_Y, test_X, test_Y = datasets.load_2D_dataset(own_file())
    np.testing.assert_array_equal(train_X, [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]])
    np.testing.assert_array_equal(train_Y, [[1, 0, 1]])
    np.testing.assert_array_equal(test_X, [[1, 3], [2, 4]])
    assert_columns(test_X, test_Y, 2)
    np.testing.assert_array_equal(train_Y - 2, [[-1, -2, -1]])


def test_own_file_can_be_given_as_a_string(own_file):
    """The path may be a string, and the labels may be a row."""
    path = own_file(y=np.array([[1.0, 0.0, 1.0]]))
    np.testing.assert_array_equal(datasets.load_2D_dataset(str(path))[1], [[1, 0, 1]])


def test_a_missing_file_is_named(tmp_path):
    """The error contains the path."""
    with pytest.raises(FileNotFoundError, match=r"there is no data file .*nowhere\.mat"):
        datasets.load_2D_dataset(tmp_path / "nowhere.mat")


def test_a_file_of_another_format_is_refused(tmp_path):
    """The error says that it is no MATLAB file."""
    (tmp_path / "data.mat").write_text("x1,x2,label\n" * 40)
    with pytest.raises(ValueError, match="cannot be read as a MATLAB file"):
        datasets.load_2D_dataset(tmp_path / "data.mat")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"Xval": None, "yval": None}, r"has no Xval, yval: .* it holds X, y$"),
        ({"X": np.zeros((2, 3))}, r"X is \(2, 3\), but it must be \(m, 2\)"),
        ({"yval": np.zeros((3, 1))}, "Xval has 2 rows and yval has 3 labels"),
    ],
)
def test_wrong_arrays_are_named(own_file, changes, sentence):
    """The error names an array that is missing or has the wrong shape."""
    with pytest.raises(ValueError, match=sentence):
        datasets.load_2D_dataset(own_file(**changes))


@pytest.mark.skipif(not PUBLISHED, reason="PUBLISHED_2D_DATA does not name the published data.mat")
def test_the_published_file_can_be_read():
    """Its arrays have the published shapes."""
    train_X, train_Y, test_X, test_Y = datasets.load_2D_dataset(PUBLISHED)
    assert_columns(train_X, train_Y, 211)
    assert_columns(test_X, test_Y, 200)


def test_circles_and_moons_are_the_classic_draws():
    """They are what the classic cell draws with a seed, but the global state is not touched."""
    np.random.seed(1)
    points, labels = make_circles(n_samples=300, noise=0.05)
    np.random.seed(2)
    test_points, test_labels = make_circles(n_samples=100, noise=0.05)
    np.random.seed(3)
    moons, moon_labels = make_moons(n_samples=300, noise=0.2)

    np.random.seed(9)
    circles = datasets.load_circles()
    moon_X, moon_Y = datasets.load_moons()
    assert np.random.rand() == np.random.RandomState(9).rand()

    assert_columns(*circles[:2], 300)
    assert_columns(*circles[2:], 100)
    assert_columns(moon_X, moon_Y, 300)
    for got, drawn in (
        *((circles[0], points), (circles[1], labels[:, None])),
        *((circles[2], test_points), (circles[3], test_labels[:, None])),
        *((moon_X, moons), (moon_Y, moon_labels[:, None])),
    ):
        np.testing.assert_array_equal(got, drawn.T)


def test_digits_are_disjoint_rows_without_their_mean():
    """1000 + 400 images of 64 pixels, minus the training mean; no image is in both sets."""
    digits = datasets.load_digits()
    assert digits.X_train.shape == (1000, 64)
    assert digits.X_val.shape == (400, 64)
    np.testing.assert_allclose(digits.X_train.mean(axis=0), 0, atol=1e-12)
    assert set(digits.y_train) == set(range(10))
    raw = np.vstack([digits.X_train, digits.X_val]) + digits.mean
    assert raw.min() == pytest.approx(0)
    assert raw.max() == pytest.approx(1)
    assert len(np.unique(raw.round(6), axis=0)) == 1400
