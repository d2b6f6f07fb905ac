"""Times as servers of the world write them, with the instants that ``zoneinfo`` gives for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

SUMMER, WINTER = datetime(2027, 7, 2, 5, 0), datetime(2027, 1, 15, 23, 30, 1)  # noqa: DTZ001  local
FORMAT = "%Y-%m-%d %H:%M:%S.%f %Z"  # nbgrader's own


class WrittenTime(NamedTuple):
    """A time as it is written, when it is, and the time zone of the course that can read it."""

    text: str
    instant: datetime
    course_zone: str = ""

    @property
    def name(self) -> str:
        """The abbreviation or offset that is written."""
        return self.text.split()[2]


# Zones whose clocks show names that mean the same everywhere, or none but an offset.
_CLEAR = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Lisbon", "Europe/Athens", "Europe/Moscow",
    "America/New_York", "America/Denver", "America/Halifax", "America/St_Johns",
    "America/Anchorage", "America/Sao_Paulo", "America/Caracas", "Africa/Lagos", "Africa/Nairobi",
    "Africa/Johannesburg", "Asia/Dubai", "Asia/Karachi", "Asia/Kathmandu", "Asia/Tokyo",
    "Asia/Hong_Kong", "Asia/Singapore", "Australia/Sydney", "Australia/Adelaide",
    "Australia/Perth", "Pacific/Auckland", "Pacific/Honolulu", "Pacific/Marquesas",
)  # fmt: skip
# Zones with a name that has other meanings elsewhere.
_AMBIGUOUS = (
    "America/Chicago", "America/Havana", "Asia/Shanghai", "America/Los_Angeles", "Asia/Manila",
    "Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin",
)  # fmt: skip


def _written(zone: str, local: datetime, course_zone: str = "") -> WrittenTime:
    time = local.replace(tzinfo=ZoneInfo(zone))
    return WrittenTime(
        time.strftime(FORMAT), time.astimezone(UTC).replace(tzinfo=None), course_zone
    )


CLEAR = [_written(zone, local) for zone in _CLEAR for local in (SUMMER, WINTER)]
AMBIGUOUS = [_written(zone, local, zone) for zone in _AMBIGUOUS for local in (SUMMER, WINTER)]
# What a course in Delhi can read.
KOLKATA = [*CLEAR, *(time for time in AMBIGUOUS if time.course_zone == "Asia/Kolkata")]
