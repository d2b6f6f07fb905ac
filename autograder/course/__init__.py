"""What a course is on disk: layout, settings, and reading a notebook that somebody else wrote."""
