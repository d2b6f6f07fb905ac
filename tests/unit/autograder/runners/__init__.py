"""Tests of ``autograder.runners``."""
