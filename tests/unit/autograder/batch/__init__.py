"""Tests of grading many submissions."""
