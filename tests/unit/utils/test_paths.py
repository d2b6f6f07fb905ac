"""Paths on a map of the cost: where they are drawn, and what moves where."""

import base64
import io
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from utils import paths

mpl.use("Agg")
WALKED = {
    "first": np.array([[-1.0, 1.0], [0.5, 0.5], [0.3, 0.1]]),
    "second": np.array([[-1.0, 1.0], [-0.6, 0.8], [-0.2, 0.4], [0.0, 0.3]]),
}
MAP = {"xlim": (-2.0, 2.0), "ylim": (-1.0, 2.0)}


def bowl(w, b):
    """Lowest at (0.5, 0.25)."""
    return (w - 0.5) ** 2 + 5 * (b - 0.25) ** 2


@pytest.fixture(autouse=True)
def no_figures():
    """Start and end without figures, and draw each one, since many warnings come only then."""
    plt.close("all")
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


def test_paths_stand_at_their_places():
    """Each path is a line through its places, under its name."""
    ax = paths.plot_paths(bowl, WALKED, **MAP)
    lines = {line.get_label(): line.get_xydata() for line in ax.get_lines()}
    for name, path in WALKED.items():
        np.testing.assert_array_equal(lines[name], path)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(WALKED)
    assert all([ax.get_title(), ax.get_xlabel(), ax.get_ylabel()])


def test_the_star_stands_where_the_cost_is_lowest():
    """A star marks the lowest place of the map."""
    ax = paths.plot_paths(bowl, {}, **MAP, legend=False)
    (star,) = (line for line in ax.get_lines() if line.get_marker() == "*")
    np.testing.assert_allclose(star.get_xydata()[0], [0.5, 0.25], atol=0.02)


def test_paths_are_told_apart_without_colour():
    """No two walkers share their marker or their dashes."""
    for place in (1, 2):
        assert len({look[place] for look in paths.WALKERS}) == len(paths.WALKERS)


def test_own_axes_and_settings_stay():
    """A picture goes where it is told to and leaves matplotlib's settings alone."""
    before = dict(mpl.rcParams)
    _, ax = plt.subplots()
    assert paths.plot_paths(bowl, WALKED, **MAP, ax=ax) is ax
    assert len(plt.get_fignums()) == 1
    assert dict(mpl.rcParams) == before


def test_animation_moves_and_rests():
    """The GIF holds every frame, is shown twice and then rests; a PNG stands in for it."""
    shown = paths.animate_paths(bowl, WALKED, **MAP, title="A walk", frames=5)._repr_mimebundle_()
    page, _, data = shown["text/html"].partition("base64,")
    assert 'alt="A walk: first, second"' in page
    moving = Image.open(io.BytesIO(base64.b64decode(data.split('"')[0])))
    assert moving.n_frames == 5
    assert moving.info["loop"] == 1  # once more after the first time
    still = Image.open(io.BytesIO(base64.b64decode(shown["image/png"])))
    assert still.size[0] > 400
    assert "first" in shown["text/plain"]


def test_animation_begins_at_the_start():
    """The first frame is not the last: the walkers have not walked yet."""
    moving = paths.animate_paths(bowl, WALKED, **MAP, frames=3).moving
    picture = Image.open(io.BytesIO(moving))
    first = np.asarray(picture.convert("RGB"), dtype=int)
    picture.seek(2)
    last = np.asarray(picture.convert("RGB"), dtype=int)
    assert np.abs(first - last).max() > 60


def test_animation_leaves_no_figure_open():
    """Nothing is shown a second time at the end of the cell."""
    paths.animate_paths(bowl, WALKED, **MAP, frames=2)
    assert not plt.get_fignums()


def test_without_pillow_the_picture_stands_still(monkeypatch):
    """Where no GIF can be made the whole paths are shown."""
    monkeypatch.setitem(sys.modules, "PIL", None)
    moving = paths.Moving(b"png", paths._gif([np.zeros((2, 2, 3), np.uint8)]), "A walk")
    assert set(moving._repr_mimebundle_()) == {"text/plain", "image/png"}
