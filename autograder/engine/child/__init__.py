"""The zygote and the student's process: nothing of ours but the protocol and the sandbox."""
