"""Tests of what a grade is shown as."""
