"""Tests of the plumbing of the checks."""
