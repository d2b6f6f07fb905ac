"""The attacks of an ordinary user, run beside those of whoever runs the tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.attacks import layers


@pytest.fixture(scope="session")
def configurations(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Which layers are off for the attacks; none, if no test asks for it."""
    asking = [item for item in request.session.items if item.path.name == "test_layers.py"]
    if any(item.get_closest_marker("long") for item in asking):
        return tuple(layers.OFF)
    return (layers.ALL, layers.NONE) if asking else ()


@pytest.fixture(scope="session", autouse=True)
def ordinary_user(configurations, tmp_path_factory) -> Iterator[subprocess.Popen[str] | None]:
    """A process that runs the attacks as an ordinary user, from the start on if it is needed."""
    if not configurations:
        yield None
        return
    hold = tmp_path_factory.mktemp("user") / "hold"
    command, environment = layers.command(hold, configurations)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, cwd="/", stdout=pipe, stderr=pipe, text=True
    ) as other:
        try:
            yield other
        finally:
            other.kill()
