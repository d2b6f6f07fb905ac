"""Tests of the nbgrader_ext package."""
