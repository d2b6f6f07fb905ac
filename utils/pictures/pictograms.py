"""Pictograms-10: small colour pictures of ten signs, drawn by whole numbers alone.

Ten glyphs of the DejaVu fonts (``utils/data/LICENSE-DejaVu``) are kept as stencils. Each picture
shows one of them on a coloured ground: larger or smaller, tilted, shifted, lighter or darker than
the ground, with lines and rings in the way, and noise. The colour of the ground hints at the sign,
but not always, and two signs share each hue.

Every step is integer arithmetic on draws of NumPy's legacy stream, whose numbers never change: a
seed gives the same bytes on every machine and with every version.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
Whole = NDArray[np.int32]  # no number here comes near its end

NAMES = (
    "plane",
    "anchor",
    "telephone",
    "umbrella",
    "snowman",
    "scissors",
    "horse",
    "cup",
    "lightning",
    "music",
)
SIDE = 96  # of a stencil, in pixels
SIZE = 32  # of a picture
STENCILS = Path(__file__).parents[1] / "data" / "pictograms.bin"

BATCH = 250  # pictures that are drawn at once: their random bytes take 4 MB
FINE = 2  # points a pixel and direction at which a stencil is read
UNIT = 1 << 12  # one, where fractions are needed
TILT = 25  # degrees to either side
SMALLEST, LARGEST = 45, 80  # per cent of the picture's side
SHIFT = 5  # pixels to either side
HINTS = 60  # per cent of the pictures whose hue hints at the class
HUES = 1536  # as many steps as full colours on the wheel
CLUTTER = 3  # lines and rings at most
NOISE = 14  # standard deviation of the noise, in levels of 256

# Whole numbers of degrees, so that no machine's sine can make a difference: none of these is near
# a half before it is rounded, which the tests see to.
_DEGREES = range(-180, 181)
_COS = np.array([round(UNIT * math.cos(math.radians(angle))) for angle in _DEGREES], np.int32)
_SIN = np.array([round(UNIT * math.sin(math.radians(angle))) for angle in _DEGREES], np.int32)


def draw_pictures(count: int, seed: int) -> tuple[Pictures, NDArray[np.int64]]:
    """Draw pictures of signs that are drawn by lot.

    Args:
        count: How many.
        seed: Which ones; NumPy's global stream is left alone.

    Returns:
        The pictures, ``(count, 32, 32, 3)`` bytes from 0 to 255, and what each shows, from 0 to 9
        (``NAMES``).
    """
    stream = np.random.RandomState(seed)
    stencils = load_stencils()
    labels = _draws(stream, 0, len(NAMES), count)
    pictures = np.empty((count, SIZE, SIZE, 3), dtype=np.uint8)
    for start in range(0, count, BATCH):
        part = slice(start, start + BATCH)
        pictures[part] = _draw(stream, stencils, labels[part])
    return pictures, labels.astype(np.int64)


def load_stencils() -> NDArray[np.bool_]:
    """The ten signs, ``(10, 96, 96)``, true where there is ink."""
    bits = np.frombuffer(STENCILS.read_bytes(), dtype=np.uint8)
    return np.unpackbits(bits).reshape(len(NAMES), SIDE, SIDE).astype(bool)


def _draw(stream: np.random.RandomState, stencils: NDArray[np.bool_], labels: Whole) -> Whole:
    count = len(labels)
    ink = _ink(stream, stencils, labels)
    ground = _ground(stream, labels)
    # contrast of either sign, the same for the sign and for what is in its way
    mean = ground.mean(axis=(1, 2, 3)).astype(np.int32)  # of whole numbers: exact
    contrast = _draws(stream, 48, 112, count)
    lighter = 2 * _draws(stream, 0, 2, count) - 1
    lighter = np.where(mean < 70, 1, np.where(mean > 185, -1, lighter))  # else it would be cut off
    tint = _draws(stream, -25, 26, (count, 3))
    over = (lighter * contrast)[:, None] + tint
    ground = _clutter(stream, ground, over)
    picture = ground + over[:, None, None, :] * ink[..., None] // FINE**2
    return np.asarray(np.clip(picture + _noise(stream, picture.shape), 0, 255))


def _draws(stream: np.random.RandomState, low: Any, high: int, size: Any) -> Whole:
    return np.asarray(stream.randint(low, high, size), dtype=np.int32)


def _ink(stream: np.random.RandomState, stencils: NDArray[np.bool_], labels: Whole) -> Whole:
    """How many of a pixel's points the tilted, scaled, shifted sign covers, ``(n, 32, 32)``."""
    count = len(labels)
    angle = _draws(stream, -TILT, TILT + 1, count) - _DEGREES[0]
    percent = _draws(stream, SMALLEST, LARGEST + 1, count)
    shift = _draws(stream, -SHIFT * FINE, SHIFT * FINE + 1, (2, count))
    # from a point of the picture back to one of the stencil, both measured from the middle
    side = SIZE * FINE
    middle = 2 * np.arange(side, dtype=np.int32) - (side - 1)  # in half points
    y = middle[None, :, None] - 2 * shift[0][:, None, None]
    x = middle[None, None, :] - 2 * shift[1][:, None, None]
    cos, sin = _COS[angle][:, None, None], _SIN[angle][:, None, None]
    scale = 2 * UNIT * side * percent[:, None, None] // SIDE
    column = (cos * x + sin * y) * 100 // scale + SIDE // 2
    row = (cos * y - sin * x) * 100 // scale + SIDE // 2
    inside = (row >= 0) & (row < SIDE) & (column >= 0) & (column < SIDE)
    row, column = np.clip(row, 0, SIDE - 1), np.clip(column, 0, SIDE - 1)
    hit = stencils[labels[:, None, None], row, column] & inside
    points = hit.reshape(count, SIZE, FINE, SIZE, FINE)
    return np.asarray(points.sum(axis=(2, 4), dtype=np.int32))


def _ground(stream: np.random.RandomState, labels: Whole) -> Whole:
    """A colour that gets lighter in some direction, ``(n, 32, 32, 3)``."""
    count = len(labels)
    hinted = stream.randint(0, 100, count) < HINTS
    pair = labels % (len(NAMES) // 2)  # signs five apart share a hue
    near = pair * (HUES * 2 // len(NAMES)) + _draws(stream, -90, 91, count)
    hue = np.where(hinted, near, _draws(stream, 0, HUES, count)) % HUES
    colour = _full_colour(hue)  # 0 to 255
    strength = _draws(stream, 60, 200, count)[:, None]
    value = _draws(stream, 70, 236, count)[:, None]
    colour = (255 * 255 - strength * (255 - colour)) * value // (255 * 255)
    along = _along(_draws(stream, 0, 360, count) - 180)
    steep = _draws(stream, 0, 56, count)[:, None, None]
    lighter = along * steep // (UNIT * SIZE)
    return np.asarray(colour[:, None, None, :] + lighter[..., None])


def _full_colour(hue: Whole) -> Whole:
    """The colour wheel, ``(n, 3)`` from 0 to 255, for hues from 0 to 1535."""
    around = np.stack([(hue + turn) % HUES for turn in (0, HUES * 2 // 3, HUES // 3)], axis=1)
    away = np.minimum(around, HUES - around)  # steps from the channel's own colour
    return np.asarray(np.clip(512 - away, 0, 255))


def _along(degrees: Whole) -> Whole:
    """How far each pixel lies in a direction, in half pixels times UNIT, ``(n, 32, 32)``."""
    place = 2 * np.arange(SIZE, dtype=np.int32) - (SIZE - 1)
    cos, sin = _COS[degrees + 180][:, None, None], _SIN[degrees + 180][:, None, None]
    return np.asarray(cos * place[None, None, :] + sin * place[None, :, None])


def _clutter(stream: np.random.RandomState, ground: Whole, over: Whole) -> Whole:
    """Up to three lines or rings across the ground."""
    count = len(ground)
    place = 2 * np.arange(SIZE, dtype=np.int32) - (SIZE - 1)
    for number in range(CLUTTER):
        wanted = stream.randint(0, CLUTTER + 1, count) > number
        ring = stream.randint(0, 2, count) == 1
        degrees, far = _draws(stream, -180, 180, count), _draws(stream, 0, 30, count)
        line = np.abs(_along(degrees) - (far * UNIT)[:, None, None]) <= UNIT * 5 // 4
        centre, radius = _draws(stream, -30, 31, (2, count)), _draws(stream, 8, 24, count)
        squares = (place[None, :, None] - centre[0][:, None, None]) ** 2
        squares = squares + (place[None, None, :] - centre[1][:, None, None]) ** 2
        circle = np.abs(squares - (radius**2)[:, None, None]) <= (5 * radius // 2)[:, None, None]
        drawn = np.where(ring[:, None, None], circle, line) & wanted[:, None, None]
        share = _draws(stream, 40, 101, count)[:, None] * over // 100
        ground = ground + np.where(drawn[..., None], share[:, None, None, :], 0)
    return ground


def _noise(stream: np.random.RandomState, shape: tuple[int, ...]) -> Whole:
    """Nearly normal noise: the sum of four random bytes."""
    total = np.frombuffer(stream.bytes(4 * math.prod(shape)), dtype=np.uint8)
    one, two, three, four = total.reshape(4, *shape).astype(np.int32)
    return np.asarray((one + two + three + four - 510) * NOISE // 148)
