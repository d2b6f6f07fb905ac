"""Tests of ``autograder.course``."""
