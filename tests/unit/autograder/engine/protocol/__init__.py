"""Tests of the format that crosses the trust line."""
