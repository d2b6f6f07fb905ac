"""Jails a child process: system calls, file system, seccomp, limits, and a self-test."""
