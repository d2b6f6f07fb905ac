"""Tests of ``autograder.engine``, the trust line."""
