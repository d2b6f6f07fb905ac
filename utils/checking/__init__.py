"""The plumbing of ``utils.checks``: calls, hints and the report under a cell."""
