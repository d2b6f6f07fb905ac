"""nbgrader's gradebook and ``autograded/``: where grades are stored and read."""
