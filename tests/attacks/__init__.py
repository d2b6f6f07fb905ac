"""Hostile notebooks, and what becomes of them (see ``test_attacks.py``)."""
