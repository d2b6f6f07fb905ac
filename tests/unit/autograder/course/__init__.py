"""Tests of reading a course."""
