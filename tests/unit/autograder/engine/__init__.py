"""Tests of the trust line."""
