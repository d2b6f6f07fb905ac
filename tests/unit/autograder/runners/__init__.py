"""Tests of what executes notebooks."""
