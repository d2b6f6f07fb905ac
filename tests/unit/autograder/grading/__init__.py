"""Tests of ``autograder.grading``."""
