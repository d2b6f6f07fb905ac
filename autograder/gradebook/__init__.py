"""nbgrader's database and ``autograded/``: where grades are written."""
