"""Paths on the contours of a cost, as a picture and as an animation."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from utils import paths

pytestmark = pytest.mark.usefixtures("_rendered_figures")
PATHS = {
    "first": np.array([[-1.0, 1.0], [0.5, 0.5], [0.3, 0.1]]),
    "second": np.array([[-1.0, 1.0], [-0.6, 0.8], [-0.2, 0.4], [0.0, 0.3]]),
}
RANGES = {"xlim": (-2.0, 2.0), "ylim": (-1.0, 2.0)}


def bowl(w, b):
    """A cost with its minimum at (0.5, 0.25)."""
    return (w - 0.5) ** 2 + 5 * (b - 0.25) ** 2


def test_paths_go_through_their_points():
    """Each path is a line through its points, with its name in the legend."""
    ax = paths.plot_paths(bowl, PATHS, **RANGES)
    lines = {line.get_label(): line.get_xydata() for line in ax.get_lines()}
    for name, path in PATHS.items():
        np.testing.assert_array_equal(lines[name], path)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(PATHS)
    assert all([ax.get_title(), ax.get_xlabel(), ax.get_ylabel()])


def test_a_star_marks_the_minimum():
    """It is where the cost is lowest."""
    ax = paths.plot_paths(bowl, {}, **RANGES, legend=False)
    (star,) = (line for line in ax.get_lines() if line.get_marker() == "*")
    np.testing.assert_allclose(star.get_xydata()[0], [0.5, 0.25], atol=0.02)


def test_paths_differ_without_colours():
    """No two of them have the same marker or the same dashes."""
    for place in (1, 2):
        assert len({look[place] for look in paths.WALKERS}) == len(paths.WALKERS)


def test_given_axes_are_used():
    """No other figure is opened, and matplotlib's settings stay as they were."""
    before = dict(mpl.rcParams)
    _, ax = plt.subplots()
    assert paths.plot_paths(bowl, PATHS, **RANGES, ax=ax) is ax
    assert len(plt.get_fignums()) == 1
    assert dict(mpl.rcParams) == before


def test_animation_is_a_gif_and_a_strip():
    """The GIF has every frame and is played twice; where it cannot be played there is a strip."""
    drawn = paths.animate_paths(bowl, PATHS, **RANGES, title="A walk", frames=5)
    assert drawn.alt == "A walk: first, second"
    moving = Image.open(io.BytesIO(drawn.gif))
    assert moving.n_frames == 5
    assert moving.info["loop"] == 1  # repeated once
    still = np.asarray(Image.open(io.BytesIO(drawn.png)).convert("RGB"), dtype=int)
    height, width = still.shape[:2]
    upper, lower = still[: height // 2, width // 2 :], still[height // 2 :, width // 2 :]
    assert width > 600
    assert (upper != lower[: len(upper)]).any()


def test_animation_begins_at_the_start():
    """The first frame shows the start of the paths, not the whole paths."""
    moving = paths.animate_paths(bowl, PATHS, **RANGES, frames=3).gif
    picture = Image.open(io.BytesIO(moving))
    first = np.asarray(picture.convert("RGB"), dtype=int)
    picture.seek(2)
    last = np.asarray(picture.convert("RGB"), dtype=int)
    assert np.abs(first - last).max() > 60


def test_animation_leaves_no_figure_open():
    """An open figure would be shown again at the end of the cell."""
    paths.animate_paths(bowl, PATHS, **RANGES, frames=2)
    assert not plt.get_fignums()
