"""Which known mistake or which slip a wrong answer is."""
