"""Which runner a choice gives, and what it insists on."""

import pytest

from autograder.course.grading_options import JAIL_MINIMUM, EngineChoice
from autograder.errors import CourseError
from autograder.runners import selection
from autograder.sandbox.jail import LAYERS, JailPolicy


@pytest.fixture
def policies(monkeypatch):
    """The policies of the jailed runners that are made, none of which starts."""
    made = []

    class Runner:
        def __init__(self, policy, packages=None):
            made.append(policy)

        def close(self):
            """Nothing runs."""

    monkeypatch.setattr(selection, "JailedRunner", Runner)
    monkeypatch.setattr(selection.atexit, "register", lambda _: None)
    selection.shared_runner.cache_clear()
    yield made
    selection.shared_runner.cache_clear()


def test_a_minimum_is_required_by_default(policies):
    """A course that says nothing insists on closed files and limited calls and memory."""
    selection.shared_runner(EngineChoice())
    assert policies == [JailPolicy(require=frozenset(JAIL_MINIMUM))]
    assert policies[0].missing(LAYERS) == []
    assert policies[0].missing(("landlock", "rlimits", "seccomp")) == []
    assert policies[0].missing(("seccomp", "rlimits")) == ["namespaces|landlock"]


def test_without_a_jail_nothing_is_required(policies):
    """``--jail none`` says that the work is trusted, whoever runs it."""
    selection.shared_runner(EngineChoice(jail="none"))
    assert policies == [JailPolicy(disable=frozenset(LAYERS), allow_root=True)]


def test_a_layer_that_does_not_exist_is_refused(policies):
    """In the config of the course, by its name."""
    with pytest.raises(CourseError, match="seccmp"):
        selection.shared_runner(EngineChoice(require=frozenset({"seccmp"})))
    assert policies == []
