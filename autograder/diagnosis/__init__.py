"""Which known mistake a wrong answer is."""
