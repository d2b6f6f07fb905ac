"""Tests of the student's process."""
