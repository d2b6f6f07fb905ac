"""The attacks of an ordinary user, run beside those of whoever runs the tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.attacks import layers


@pytest.fixture(scope="session", autouse=True)
def ordinary_user(
    request: pytest.FixtureRequest, tmp_path_factory
) -> Iterator[subprocess.Popen[str] | None]:
    """A process that runs the attacks as an ordinary user, from the start on if it is needed."""
    if not any(item.path.name == "test_layers.py" for item in request.session.items):
        yield None
        return
    command, environment = layers.command(tmp_path_factory.mktemp("user") / "hold")
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, cwd="/", stdout=pipe, stderr=pipe, text=True
    ) as other:
        try:
            yield other
        finally:
            other.kill()
