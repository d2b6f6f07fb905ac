"""The grader's side of the trust line: what the tests see of the student's process."""
