"""Finds the reason for a failure in what nbgrader logged."""

from __future__ import annotations

import re
from typing import Any

# Lines that say only that something failed, not what.
_UNINFORMATIVE = (
    "Please see the the above traceback",
    "Notebook failed to validate",
    "There was an error processing",
)


def reason_in_log(result: dict[str, Any]) -> str:
    """The last error that the log of a failed nbgrader run names, as one sentence.

    Args:
        result: What a method of ``nbgrader.apps.NbGraderAPI`` returned: its ``log`` and ``error``.
    """
    text = str(result.get("log") or result["error"])
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not any(text in line for text in _UNINFORMATIVE)]
    own = [line.split(": ", 1)[1] for line in lines if line.startswith("autograder.errors.")]
    raised = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception): ", line)]
    logged = [line for line in lines if line.startswith("[ERROR] ")]
    reason = (own or raised or logged or lines or ["no reason given"])[-1]
    # "KeyError: 'x'" would say nothing without the type; these say enough without it
    redundant = r"^(jsonschema\.exceptions\.Validation|Runtime|Value)Error: "
    return re.sub(redundant, "", reason.removeprefix("[ERROR] "))
