"""Grading one submission: a grade and an executed notebook come out."""
