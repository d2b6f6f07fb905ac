"""When work was handed in: reads ``timestamp.txt`` in all the forms in which servers write it.

nbgrader's own reader takes a zone that it does not know for UTC, ``+0200`` for 200 seconds, and
``10`` for the tenth of this month. Here a time is read right, or refused with a sentence.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from dateutil import parser
from traitlets.config import Config

from autograder.course.time_zones import offsets_of
from autograder.errors import CourseError, TimestampError

FILE = "timestamp.txt"

_MAX_BYTES = 1000
_MAX_LENGTH = 100  # of the longest form, with a margin: patterns take long on longer texts
_MAX_OFFSET = timedelta(hours=15)
_HYPHENS = str.maketrans("\N{MINUS SIGN}\N{HYPHEN}\N{EN DASH}", "---")
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# The end of a time: an offset, perhaps after UTC, or a name; perhaps with a remark in brackets.
_OFFSET = r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?(?::?\d\d)?"
_CLOCK = r"\d:\d\d|T\d{4}|T\d\d$"
_ENDS_IN_OFFSET = re.compile(
    rf"(?P<rest>.*(?:{_CLOCK}).*?)\s*{_OFFSET}\s*(?:\([^()]*\))?", re.IGNORECASE
)
_ENDS_IN_NAME = re.compile(
    r"(?P<rest>.*?\d(?:\s?[ap]\.?m\b\.?)?)\s*"
    r"(?P<name>(?![ap]m\b)[a-z][a-z_]*(?:\d[a-z]+)?(?:[/-][a-z][\w+-]*)*)",
    re.IGNORECASE,
)
# As ``date`` prints it: Fri Jul  2 07:00:00 CEST 2027.
_YEAR_LAST = re.compile(
    r"(?P<time>.*\d:\d\d.*?)\s+(?P<zone>(?![ap]m\b)[a-z]+|[+-]\d+)\s+(?P<year>\d{4})",
    re.IGNORECASE,
)
# As in the names of files that Blackboard and others hand out.
_DASHES = re.compile(r"(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)")
_LONG_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)|(?<!\d)\d{8}(?=T\d)", re.IGNORECASE)


@dataclass(frozen=True)
class CourseClock:
    """Reads times as a course writes them.

    Attributes:
        zones: The course's time zones, the most trusted first.
        day_first: Whether days are written before months; None if the course does not say.
    """

    zones: tuple[tzinfo, ...] = ()
    day_first: bool | None = None

    @classmethod
    def of(cls, config: Config) -> Self:
        """The clock of a course, from its config.

        The zone is ``c.Exchange.timezone``, in which nbgrader writes timestamps, and then
        ``c.NbGraderAPI.timezone``, in which formgrader shows them.

        Raises:
            CourseError: If one of them is no time zone.
        """
        zones = []
        for section in ("Exchange", "NbGraderAPI"):
            key = config.get(section, {}).get("timezone", "")
            try:
                zones += [ZoneInfo(key)] if key else []
            except (KeyError, ValueError, OSError) as error:
                raise CourseError(
                    f"c.{section}.timezone in nbgrader_config.py is {key!r}, which is no time "
                    "zone. Write one such as 'Europe/Berlin'."
                ) from error
        layout = str(config.get("Exchange", {}).get("timestamp_format", ""))
        day, month = layout.find("%d"), layout.find("%m")
        return cls(tuple(zones), None if -1 in {day, month} else day < month)

    def read(self, folder: Path) -> datetime | None:
        """When a submission was handed in, in UTC without a time zone; None if that is not known.

        Args:
            folder: Of the submission. A link in it is not followed.

        Raises:
            TimestampError: If its ``timestamp.txt`` does not say so clearly.
        """
        path = folder / FILE
        try:
            data = _read_bytes(path)
        except OSError as error:
            raise TimestampError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            text = _decode(data)
            return self.parse(text) if text else None
        except TimestampError as error:
            raise TimestampError(f"{path} {error}, or remove the file.") from error

    def parse(self, text: str) -> datetime:
        """A time in UTC without a time zone. One that names no zone is in UTC.

        A time that a clock shows twice is the earlier one, in favour of whoever handed in.

        Raises:
            TimestampError: If it is none, or could be several; the sentence has no subject.
        """
        text = _normalized(text)
        if len(text) > _MAX_LENGTH:
            raise _no_date(text)
        time, offset, name = _split(text)
        local = self._parse_local(time, text)
        if offset is None:
            offset = self._offset(name, local, text)
        try:
            return (local.replace(tzinfo=timezone(offset)).astimezone(UTC)).replace(tzinfo=None)
        except OverflowError as error:
            raise _no_date(text) from error

    def _parse_local(self, time: str, text: str) -> datetime:
        """The date and the time of day, without the zone."""
        if not _LONG_YEAR.search(time):
            raise _no_date(text)
        if re.match(r"\d{4}", time):
            with suppress(ValueError):  # ten times as fast, for what nearly every file holds
                return datetime.fromisoformat(time)
            orders: tuple[bool, ...] = (False,)
        elif self.day_first is None:
            orders = (False, True)
        else:
            orders = (self.day_first,)
        readings = {_parse(time, first, text) for first in orders}
        if len(readings) > 1:
            raise TimestampError(
                f"holds a date that may begin with the day or with the month: {text!r}. Write one "
                "such as 2026-03-01 12:00:00 UTC"
            )
        return readings.pop()

    def _offset(self, name: str, local: datetime, text: str) -> timedelta:
        """The offset that the name of a zone stands for; UTC's without a name."""
        if not name:
            return timedelta(0)
        offsets = offsets_of(name, local, self.zones)
        if len(offsets) == 1:
            return offsets.pop()
        if offsets:
            meanings = ", ".join(map(_utc_offset, sorted(offsets)))
            raise TimestampError(
                f"says {name}, which has several meanings ({meanings}): {text!r}. Set "
                "c.Exchange.timezone in nbgrader_config.py to the course's time zone, such as "
                f"'America/Chicago', or write the offset in place of {name}"
            )
        try:
            offset = ZoneInfo(name).utcoffset(local)
        except (KeyError, ValueError, OSError):
            offset = None
        if offset is None:
            raise TimestampError(
                f"names a time zone that is not known, {name!r}: {text!r}. Write the offset in its "
                "place, such as 2026-03-01 12:00:00 +01:00"
            )
        return offset


def _read_bytes(path: Path) -> bytes:
    """The beginning of a regular file; empty if there is none. Nothing is waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:  # as for most of a class that was not collected by nbgrader
        return b""
    except OSError:
        if path.is_symlink() or not path.is_file():
            return b""
        raise
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, _MAX_BYTES) if regular else b""
    finally:
        os.close(descriptor)


def _decode(data: bytes) -> str:
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "utf-8")
    return _normalized(data.decode(encoding, "replace"))


def _normalized(text: str) -> str:
    """Plain digits, hyphens and single spaces, without invisible characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_HYPHENS)
        text = "".join(
            str(unicodedata.decimal(char)) if char.isdecimal() else char
            for char in text
            if unicodedata.category(char) != "Cf"
        )
    return " ".join(text.replace("\0", "").split())


def _split(text: str) -> tuple[str, timedelta | None, str]:
    """The time without its zone, the zone's offset if it is given as one, and its name if not."""
    if match := _DASHES.fullmatch(text):
        return "{} {}:{}:{}".format(*match.groups()), None, ""
    if match := _YEAR_LAST.fullmatch(text):
        text = f"{match['time']} {match['year']} {match['zone']}"
    if match := _ENDS_IN_OFFSET.fullmatch(text):
        size = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        if size > _MAX_OFFSET:
            raise _no_date(text)
        return match["rest"], size if match["sign"] == "+" else -size, ""
    if match := _ENDS_IN_NAME.fullmatch(text):
        return match["rest"], None, match["name"]
    return text, None, ""


def _parse(time: str, day_first: bool, text: str) -> datetime:
    """Read a date that is complete and has no zone."""

    def no_zone(name: str | None, offset: int | None) -> None:
        if name is not None or offset is not None:
            raise _no_date(text)

    # what the text leaves out is taken from the default: with two of them that shows
    defaults = (datetime(2000, 1, 1), datetime(1999, 2, 2))  # noqa: DTZ001  local time
    try:
        readings: set[datetime] = {
            parser.parse(time, default=default, dayfirst=day_first, tzinfos=no_zone)
            for default in defaults
        }
    except (ValueError, OverflowError, TypeError) as error:
        raise _no_date(text) from error
    if len(readings) > 1:
        raise _no_date(text)
    return readings.pop()


def _no_date(text: str) -> TimestampError:
    return TimestampError(
        f"holds no date with a time of day: {_short(text)!r}. Write one such as 2026-03-01 "
        "12:00:00 UTC"
    )


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _utc_offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
