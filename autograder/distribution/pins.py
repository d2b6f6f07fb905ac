"""The versions of our dependencies that are installed here, as pins for other machines."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.errors import CourseError

PROJECT = "deep-foundations"
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})  # the other machine has newer ones


def our_distribution() -> Distribution:
    """The metadata of this project's own package.

    Raises:
        CourseError: If it is not installed.
    """
    try:
        return distribution(PROJECT)
    except PackageNotFoundError as error:
        raise CourseError(
            f"The package {PROJECT} is not installed, so its dependencies are not known. Run "
            "`pip install -e .` in its folder."
        ) from error


def our_requirements() -> list[Requirement]:
    """What our own package requires, with the requirements of its extras.

    Raises:
        CourseError: If it is not installed.
    """
    return [Requirement(line) for line in our_distribution().requires or ()]


def pins(requirements: Iterable[Requirement]) -> list[str]:
    """Sorted ``name==version`` lines for these packages and all that they require.

    Requirements that do not apply on this system and this Python are left out, and so are packages
    that are not installed.
    """
    remaining = [one for one in requirements if _applies(one)]
    versions: dict[str, str] = {}
    visited: set[tuple[str, str]] = set()
    while remaining:
        requirement = remaining.pop()
        name = canonicalize_name(requirement.name)
        if name in _INSTALLERS:
            continue
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) in visited:
                continue
            visited.add((name, extra))
            try:
                installed = distribution(requirement.name)
            except PackageNotFoundError:
                continue
            versions[name] = installed.version
            required = map(Requirement, installed.requires or ())
            remaining += [one for one in required if _applies(one, extra)]
    return [f"{name}=={version}" for name, version in sorted(versions.items())]


def _applies(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
