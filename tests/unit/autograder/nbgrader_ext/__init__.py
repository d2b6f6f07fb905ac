"""Tests of what nbgrader loads."""
