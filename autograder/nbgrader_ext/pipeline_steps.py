"""nbgrader's pipelines with our steps in them, and with those that a course has configured itself.

``configure(c)`` may stand at the end of a config that has its own preprocessors. They stay, where
they stood: only nbgrader's own steps that we do in another way are replaced.
"""

from __future__ import annotations

from collections.abc import Sequence

import nbgrader.preprocessors
from traitlets.config import Config, LazyConfigValue

_NBGRADERS = frozenset(nbgrader.preprocessors.__all__)

Step = str | type


def step_name(step: Step) -> str:
    """The name of a preprocessor's class, which a config gives as a class or in words."""
    return str(getattr(step, "__name__", step)).rsplit(".", 1)[-1]


def replaced(
    section: Config, trait: str, ours: Sequence[Step], replacements: dict[str, Step]
) -> None:
    """Use our list of steps, or the course's own with some of them replaced.

    Args:
        section: Of the config.
        trait: The setting in it that holds the list.
        ours: What stands there by default.
        replacements: By the name of one of nbgrader's steps: what does it here.
    """
    course = _configured(section, trait, ours)
    setattr(section, trait, [replacements.get(step_name(step), step) for step in course])


def extended(
    section: Config, trait: str, ours: Sequence[Step], *, after: str | None = None
) -> None:
    """Use our list of steps, and those that the course has added to nbgrader's.

    Args:
        section: Of the config.
        trait: The setting in it that holds the list.
        ours: The list.
        after: Behind which step of ours the others come; by default at the end.
    """
    names = [step_name(step) for step in ours]
    own = [
        step
        for step in _configured(section, trait, ours)
        if step_name(step) not in _NBGRADERS and step_name(step) not in names
    ]
    place = names.index(after) + 1 if after else len(ours)
    setattr(section, trait, [*ours[:place], *own, *ours[place:]])


def _configured(section: Config, trait: str, default: Sequence[Step]) -> list[Step]:
    value = section.get(trait)
    if isinstance(value, LazyConfigValue):  # c.Section.trait.append(...)
        return list(value.get_value(list(default)))
    return list(default if value is None else value)
