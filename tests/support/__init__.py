"""What several tests use: scratch courses, made-up classes, servers, browsers."""
