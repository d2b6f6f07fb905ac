"""A course's own virtual environment: the packages that its students have."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from autograder.errors import CourseError


def find_packages(environment: Path) -> Path:
    """The folder of an environment's packages.

    Raises:
        CourseError: If it is no virtual environment, or of another version of Python.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    setting = f"c.GradeCells.environment names {environment}"
    if not (environment / "pyvenv.cfg").is_file():
        raise CourseError(f"{setting}, which is no virtual environment: it has no pyvenv.cfg.")
    packages = environment / "lib" / f"python{version}" / "site-packages"
    if not packages.is_dir():
        raise CourseError(
            f"{setting}, which is not of Python {version}, as the autograder's own environment is. "
            f"Make it anew with Python {version}, or install the autograder into it."
        )
    return packages


def packages_digest(packages: Path) -> str:
    """Digest of which packages are installed, in which versions."""
    names = sorted(path.name for path in packages.glob("*.dist-info"))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
