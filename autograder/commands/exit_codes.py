"""Exit codes of ``autograder``; they are part of its interface."""

OK = 0  # done, whatever the marks
FAULT = 1  # `adopt`, `check`, `doctor`, `receipt` found a fault, or `--min-score` was not reached
USAGE = 2  # wrong usage, or a fault of the course
NOT_GRADED = 3  # some submissions could not be graded
