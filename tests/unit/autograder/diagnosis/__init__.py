"""Tests of naming known mistakes."""
