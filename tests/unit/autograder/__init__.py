"""Tests of what instructors and CI run."""
