"""What the kernel enforces on a child process: system calls, file system, seccomp, limits."""
