"""What authors of assignments use: build, check, test strength, samples."""
