"""Grading many submissions: jobs, worker processes, clusters, shards."""
