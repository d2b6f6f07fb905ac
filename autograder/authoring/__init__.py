"""What authors of assignments use: new, build, check, the strength of tests, sample submissions."""
