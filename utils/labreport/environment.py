"""The computer and the software that a report was made with: read, not typed."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

PACKAGES = ("numpy", "scipy", "scikit-learn", "matplotlib", "jupyterlab", "ipykernel")


def python() -> str:
    """Python's version."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def packages() -> str:
    """What notebooks import, with versions."""
    return ", ".join(_installed())


def _installed() -> Iterator[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue


def system() -> str:
    """The operating system."""
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.machine()}"
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}, {platform.machine()}"


def processor() -> str:
    """The processor's name; on Linux as the kernel gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cores() -> int:
    """How many cores the computer has."""
    return os.cpu_count() or 1
