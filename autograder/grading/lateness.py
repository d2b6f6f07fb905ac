"""How late a submission is, calculated as nbgrader does."""

from __future__ import annotations

from datetime import datetime, timedelta


def seconds_late(
    due: datetime | None, handed_in: datetime | None, extension: timedelta | None
) -> float:
    """Seconds after the extended due date; 0 if there is no due date or no timestamp."""
    if due is None or handed_in is None:
        return 0
    return max(0, (handed_in - due - (extension or timedelta(0))).total_seconds())
