"""Tests of the plumbing of the pictures."""
