"""The zygote and the student's process; of our modules they import the protocol and the sandbox."""
