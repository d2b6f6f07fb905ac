"""Coverage-guided fuzzing, by hand: not collected by pytest (see each module)."""
