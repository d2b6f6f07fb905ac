"""Grades the course's notebooks. Instructors and CI have it; no student's machine does."""

import os

__version__ = "0.1.0"

# The matrices of a lesson are small: more threads would only wait for each other, and burn the
# cores that other submissions are graded on. NumPy reads this when it is first imported.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
