"""What leaves the course: student bundle, receipts, Gradescope zip."""
