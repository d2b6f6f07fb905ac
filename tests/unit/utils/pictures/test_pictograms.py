"""The drawn pictures: the same bytes everywhere, and what they are made of."""

import hashlib
import math

import numpy as np
import pytest

from utils.pictures import pictograms

# Of 500 pictures; it must not change: whoever draws them anywhere gets these bytes.
DIGESTS = {
    0: "ffca4fbde0b8ea48f6ec27b7991000b7eaffc71738c222d256a3d9126f7ce92e",
    7: "7d6f4b4d02345f8195be8031ba5a7f4d8e410eead3daabc8ba47e6d2395a14dd",
}


@pytest.mark.parametrize("seed", DIGESTS)
def test_same_bytes_everywhere(seed):
    """Pictures and labels of a seed are the published ones, to the last bit."""
    pictures, labels = pictograms.draw_pictures(500, seed)
    found = hashlib.sha256(pictures.tobytes() + labels.astype("<i8").tobytes())
    assert found.hexdigest() == DIGESTS[seed]


def test_no_sine_is_near_a_half():
    """Sines and cosines are rounded to whole numbers, and no library's last digit can matter."""
    for degrees in range(-180, 181):
        for function in (math.sin, math.cos):
            exact = pictograms.UNIT * function(math.radians(degrees))
            to_half = abs(exact - math.floor(exact) - 0.5)
            assert to_half > 1e-6 or abs(exact - round(exact)) < 1e-6, (degrees, function)


def test_stream_of_the_caller_is_left_alone():
    """Drawing does not disturb a seeded notebook."""
    np.random.seed(4)
    pictograms.draw_pictures(3, 0)
    assert np.random.rand() == np.random.RandomState(4).rand()


def test_pictures_use_the_whole_range_and_all_classes_are_alike_in_number():
    """They are bytes in colour; each of ten classes is about a tenth."""
    pictures, labels = pictograms.draw_pictures(1000, 3)
    assert pictures.shape == (1000, 32, 32, 3)
    assert pictures.dtype == np.uint8
    assert pictures.min() == 0
    assert pictures.max() == 255
    counts = np.bincount(labels, minlength=10)
    assert len(counts) == len(pictograms.NAMES)
    assert abs(counts - 100).max() < 5 * math.sqrt(100 * 0.9)


def test_stencils_are_ten_different_signs_with_a_margin():
    """Each has ink, none touches its border, and no two are nearly alike."""
    stencils = pictograms.load_stencils()
    assert stencils.shape == (10, 96, 96)
    for stencil in stencils:
        assert 0.05 < stencil.mean() < 0.6
        assert not (stencil[0].any())
        assert not (stencil[-1].any())
        assert not (stencil[:, [0, -1]].any())
    flat = stencils.reshape(10, -1).astype(float)
    assert (np.corrcoef(flat) - np.eye(10)).max() < 0.8


def test_the_licence_of_the_font_lies_beside_the_stencils():
    """The glyphs are the font's, and its licence asks to be passed on."""
    text = pictograms.STENCILS.with_name("LICENSE-DejaVu").read_text("utf-8")
    assert "Bitstream Vera Fonts Copyright" in text
    assert pictograms.STENCILS.name in text
