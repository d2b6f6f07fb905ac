"""One submission in, one grade and an executed notebook out."""
