"""Tests of ``autograder.engine.trusted``."""
