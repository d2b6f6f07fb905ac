"""Makes ``utils/data/pictograms.bin``: ten glyphs of DejaVu Sans as stencils of 96 by 96 bits.

Run it only to change the glyphs; the pictures, and the hash in their test, change with the file::

    python -m benchmarks.pictogram_stencils
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from utils.pictures.pictograms import NAMES, SIDE, STENCILS

GLYPHS = "\u2708\u2693\u260e\u2602\u2603\u2702\u265e\u2615\u26a1\u266b"
FONT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
FINE = 4  # points a pixel and direction that are asked whether they are inside
MARGIN = 2  # pixels


def stencil(glyph: str) -> np.ndarray:
    """Draw one glyph as large as it fits, centred."""
    outline = TextPath((0, 0), glyph, size=100, prop=FontProperties(fname=str(FONT)))
    low, high = outline.vertices.min(axis=0), outline.vertices.max(axis=0)
    scale = (SIDE - 2 * MARGIN) / (high - low).max()
    places = (outline.vertices - (low + high) / 2) * scale + SIDE / 2
    grid = (np.arange(SIDE * FINE) + 0.5) / FINE
    x, y = np.meshgrid(grid, SIDE - grid)
    inside = np.zeros(x.size, dtype=int)
    for ring in Outline(places, outline.codes).to_polygons():  # holes run the other way round
        area = np.sum(ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1])
        hit = Outline(ring).contains_points(np.c_[x.ravel(), y.ravel()])
        inside += np.where(hit, int(np.sign(area)), 0)
    cover = (inside != 0).reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
    return cover >= 0.5


if __name__ == "__main__":
    assert len(GLYPHS) == len(NAMES)
    STENCILS.parent.mkdir(exist_ok=True)
    bits = np.packbits(np.stack([stencil(glyph) for glyph in GLYPHS]))
    STENCILS.write_bytes(bits.tobytes())
    print(f"{STENCILS}: {bits.size} bytes")
