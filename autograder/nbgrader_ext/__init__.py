"""What nbgrader loads: our preprocessors, converters, exchange, formgrader and feedback pages."""
