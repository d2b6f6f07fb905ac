"""Coverage-guided fuzzing, started by hand: pytest does not collect it (see each module)."""
