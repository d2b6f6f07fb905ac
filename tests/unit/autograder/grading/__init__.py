"""Tests of grading one submission."""
