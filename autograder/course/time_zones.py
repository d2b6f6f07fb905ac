"""Which offset from UTC the abbreviation of a time zone stands for.

A server writes ``CEST`` or ``CST`` where it could have written an offset. Most abbreviations mean
the same wherever they are used; CST does in Chicago, Havana and Shanghai, and IST in Dublin, Tel
Aviv and Delhi. What the course's own clocks mean by a name comes first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_UTC_NAMES = frozenset({"UTC", "GMT", "UT", "Z"})

# Names that are in use, or were written by servers with older data, where the time zone database
# now has another name: hours east of UTC. They are believed only of a course with that offset.
_UNLISTED = {
    "ART": -3,
    "AST": 3,
    "BDT": 6,
    "BRT": -3,
    "BST": 6,
    "CDT": 10.5,
    "CST": 9.5,
    "EDT": 11,
    "EST": 10,
    "GST": 4,
    "ICT": 7,
    "MYT": 8,
    "NPT": 5.75,
    "SGT": 8,
    "WST": 8,
}


def offsets_of(name: str, local: datetime, course_zones: Sequence[tzinfo] = ()) -> set[timedelta]:
    """The offsets that an abbreviation may stand for; empty if nobody uses it.

    Args:
        name: The abbreviation, in any case.
        local: What the clock showed. Only its year counts: a name means the same in all of it.
        course_zones: The course's own, the most trusted first. If the clocks of one of them have
            this name, it means that.
    """
    wanted = name.upper()
    if wanted in _UTC_NAMES:
        return {timedelta(0)}
    for zone in course_zones:
        if offsets := _names(zone, local.year).get(wanted):
            return set(offsets)
        unlisted = timedelta(hours=_UNLISTED.get(wanted, 0))
        if unlisted and unlisted in {o for all_ in _names(zone, local.year).values() for o in all_}:
            return {unlisted}
    return set(_names_everywhere(local.year).get(wanted, ()))


@lru_cache(64)
def _names(zone: tzinfo, year: int) -> dict[str, Collection[timedelta]]:
    """By abbreviation: the offsets for which a zone's clocks use it in that year."""
    names: dict[str, set[timedelta]] = {}
    for month in range(1, 13):
        noon = datetime(year, month, 1, 12, tzinfo=zone)
        name, offset = noon.tzname(), noon.utcoffset()
        if name and offset is not None:
            names.setdefault(name.upper(), set()).add(offset)
    return dict(names)


@lru_cache(8)
def _names_everywhere(year: int) -> dict[str, Collection[timedelta]]:
    """The same for all zones of the world."""
    names: dict[str, set[timedelta]] = {}
    for key in sorted(available_timezones()):
        for name, offsets in _names.__wrapped__(ZoneInfo(key), year).items():
            names.setdefault(name, set()).update(offsets)
    return dict(names)
