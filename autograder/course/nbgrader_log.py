"""What nbgrader logs when it fails, as one sentence."""

from __future__ import annotations

import re
from typing import Any

# What nbgrader logs beside the reason, and after it.
_EMPTY = (
    "Please see the the above traceback",
    "Notebook failed to validate",
    "There was an error processing",
)


def reason_in_log(result: dict[str, Any]) -> str:
    """What a failed run of nbgrader comes to: the last error that its log names."""
    text = str(result.get("log") or result["error"])
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not any(empty in line for empty in _EMPTY)]
    own = [line.split(": ", 1)[1] for line in lines if line.startswith("autograder.errors.")]
    raised = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception): ", line)]
    logged = [line for line in lines if line.startswith("[ERROR] ")]
    reason = (own or raised or logged or lines or ["no reason given"])[-1]
    # of a KeyError, say, the name is half of what it says; of these it is not
    named = r"^(jsonschema\.exceptions\.Validation|Runtime|Value)Error: "
    return re.sub(named, "", reason.removeprefix("[ERROR] "))
