"""Tests of the distribution package."""
