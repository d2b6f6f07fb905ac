"""The plumbing of ``utils.checks``: recorded calls, comparisons, hints and the report."""
