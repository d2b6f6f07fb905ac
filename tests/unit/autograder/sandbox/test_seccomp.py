"""The list of forbidden system calls. What the filter does: ``test_jail.py``."""

import pytest

from autograder.sandbox import seccomp

LISTS = ("_OTHER_PROCESSES", "_NAMESPACES_AND_MOUNTS", "_SHARED_MEMORY", "_KERNEL", "_NETWORK")
UNKNOWN = -1  # __NR_SCMP_ERROR: no architecture has such a call


@pytest.mark.parametrize("name", LISTS)
def test_every_forbidden_call_exists(name):
    """A misspelt name would be no rule, and ``build`` passes over what libseccomp does not know."""
    library = seccomp._library()
    if library is None:
        pytest.skip("libseccomp is not installed")

    def number(call):
        try:
            return library.resolve_syscall(library.Arch.NATIVE, call)
        except ValueError:
            return UNKNOWN

    calls = getattr(seccomp, name).split()
    assert [call for call in calls if number(call) == UNKNOWN] == []
    assert number("io_uring_misspelt") == UNKNOWN
