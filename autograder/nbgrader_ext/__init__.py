"""What nbgrader loads: preprocessors, converters, exchange, formgrader, feedback."""
