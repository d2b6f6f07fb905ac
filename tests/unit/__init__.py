"""One module of ours at a time."""
