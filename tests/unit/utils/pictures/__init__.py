"""Tests of the small colour pictures."""
