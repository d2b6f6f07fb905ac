"""Hostile notebooks, and tests that they gain nothing (see ``test_attacks.py``)."""
