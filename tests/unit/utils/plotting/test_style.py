"""The style of the pictures: it leaves the reader's settings alone and has enough contrast."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from utils.plotting import style

pytestmark = pytest.mark.usefixtures("_rendered_figures")


def test_the_readers_settings_are_restored():
    """Drawing does not change matplotlib's settings for what is drawn next."""
    before = dict(mpl.rcParams)
    with style.course_style():
        assert mpl.rcParams["font.size"] == 10.5
    assert dict(mpl.rcParams) == before


def test_other_settings_are_not_restored():
    """Jupyter turns interactive mode on at the first figure; undone, later ones are not shown."""
    try:
        with style.course_style():
            mpl.interactive(True)
        assert mpl.is_interactive()
    finally:
        mpl.interactive(False)


def test_the_style_consists_of_known_settings():
    """The style can be passed to rcParams as it is."""
    with mpl.rc_context(style.style()):
        assert mpl.rcParams["font.size"] == style.style()["font.size"]


def contrast(one, other):
    """Compute the contrast ratio of two colours by WCAG 2.1, section 1.4.3."""

    def luminance(colour):
        parts = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)
        ]
        return np.dot([0.2126, 0.7152, 0.0722], parts)

    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_points_have_enough_contrast_in_both_regions():
    """Text reaches WCAG's 4.5 and markers its 3 on every background; the markers differ."""
    for background in (*style.TINTS, "white"):
        assert contrast(style.INK, background) > 4.5
        for _, colour, _, _ in style.CLASSES:
            assert contrast(colour, background) > 2.9
    assert len({marker for _, _, marker, _ in style.CLASSES}) == 2
