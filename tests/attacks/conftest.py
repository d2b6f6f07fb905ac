"""Starts the attacks on an ordinary user's grader, beside those of the user who runs the tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.attacks import layers


@pytest.fixture(scope="session")
def configurations(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The names of the configurations to attack; empty if no selected test needs them."""
    tests = [item for item in request.session.items if item.path.name == "test_layers.py"]
    if any(item.get_closest_marker("long") for item in tests):
        return tuple(layers.CONFIGURATIONS)
    return (layers.ALL, layers.NONE) if tests else ()


@pytest.fixture(scope="session", autouse=True)
def ordinary_user(configurations, tmp_path_factory) -> Iterator[subprocess.Popen[str] | None]:
    """A process that runs the attacks as an ordinary user; it starts with the test session."""
    if not configurations:
        yield None
        return
    folder = tmp_path_factory.mktemp("user") / "folder"
    command, environment = layers.command(folder, configurations)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, cwd="/", stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
