"""Tests of what leaves the course."""
