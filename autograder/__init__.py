"""What instructors and CI run: build, check, grade, report. No student machine has it."""

__version__ = "0.1.0"
