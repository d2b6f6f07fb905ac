"""Tests of the lab report."""
