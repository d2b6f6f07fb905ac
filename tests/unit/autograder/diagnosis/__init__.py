"""Tests of ``autograder.diagnosis``."""
