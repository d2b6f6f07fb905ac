"""The only format that crosses the trust line, and the channel that carries it."""
