"""Tests of the gradebook package."""
