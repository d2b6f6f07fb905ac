"""Tests of what the notebooks import."""
