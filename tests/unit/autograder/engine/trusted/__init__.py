"""Tests of the grader's side of the trust line."""
