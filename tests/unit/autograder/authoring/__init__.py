"""Tests of ``autograder.authoring``."""
