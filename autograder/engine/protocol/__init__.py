"""What both sides of the trust line share: the format of messages and the channel."""
