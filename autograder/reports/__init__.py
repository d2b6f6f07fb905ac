"""One small module per reader of a grade: a person at a terminal, a program, a page."""
