"""Shared helpers of the tests: sample data, made-up classes, servers, browsers."""
