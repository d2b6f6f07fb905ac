"""Tests of ``autograder.sandbox``."""
