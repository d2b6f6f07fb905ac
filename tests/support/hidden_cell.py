"""A hidden test cell that holds a secret in each way that Python can hold one.

The tests of the runner use it twice: its text is run as a test cell, after which none of its
secrets may be in the student's process; and it is imported into a zygote on purpose, after which
the search for them has to find each one (see ``guards``).
"""

import numpy as np

TEXT = "7d3f9c21b8e64a05 as text"
DATA = b"7d3f9c21b8e64a05 as bytes"
NESTED = {"expected": (("7d3f9c21b8e64a05 in a nested tuple",),)}
NUMBER = 9421.730518264937
ARRAY = np.array([1.0, 6180.339887498949])


def check(answer: object, unwanted: object = "7d3f9c21b8e64a05 as a default value") -> None:
    """Compare an answer with a value that is in the code of this function only."""
    assert answer != unwanted
    assert answer != "7d3f9c21b8e64a05 in code"
