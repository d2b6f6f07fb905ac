"""A server's config as plain values that can be sent to another process."""

from __future__ import annotations

import pickle
from typing import Any

from traitlets.config import Config


def picklable(config: Config) -> dict[str, dict[str, Any]]:
    """A config without what another process cannot get, such as its own functions."""
    sections: dict[str, dict[str, Any]] = {}
    for section, values in config.items():
        for name, value in values.items():
            try:
                pickle.dumps(value)
            except (pickle.PicklingError, AttributeError, TypeError):
                continue
            sections.setdefault(section, {})[name] = value
    return sections
