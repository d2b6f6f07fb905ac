"""Tests of ``autograder.engine.protocol``."""
