"""Many submissions: jobs, scheduling, processes, clusters, shards."""
