"""How late a submission is, and what that costs: by nbgrader's reckoning."""

from __future__ import annotations

from datetime import datetime, timedelta


def seconds_late(
    due: datetime | None, handed_in: datetime | None, extension: timedelta | None
) -> float:
    """How late a submission is, by nbgrader's reckoning; 0 without a due date or a timestamp."""
    if due is None or handed_in is None:
        return 0
    return max(0, (handed_in - due - (extension or timedelta(0))).total_seconds())
