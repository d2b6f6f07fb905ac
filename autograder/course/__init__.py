"""What a course is on disk: its layout, its settings, and the notebooks in it."""
