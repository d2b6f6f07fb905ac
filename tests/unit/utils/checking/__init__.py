"""Tests of the plumbing of utils.checks."""
