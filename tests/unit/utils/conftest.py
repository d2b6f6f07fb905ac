"""What the tests of the pictures share."""

import pytest


@pytest.fixture
def _rendered_figures():
    """Start without figures; at the end render each one, since many warnings come only then."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    plt.close("all")
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")
