"""Times of handing in: read right, whatever wrote them, or refused with a sentence."""

# ruff: noqa: DTZ001  the gradebook's times are in UTC without a time zone

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from traitlets.config import Config

from autograder.course.timestamps import CourseClock
from autograder.errors import CourseError, TimestampError
from tests.support.zone_table import AMBIGUOUS, CLEAR

FIVE = datetime(2027, 7, 2, 5, 0)


def clock(*zones):
    """The clock of a course in these zones."""
    return CourseClock(tuple(map(ZoneInfo, zones)))


@pytest.mark.parametrize("time", CLEAR, ids=lambda time: time.text)
def test_names_and_offsets_that_mean_the_same_everywhere(time):
    """They need no setting, in summer and in winter."""
    assert clock().parse(time.text) == time.instant


@pytest.mark.parametrize("time", AMBIGUOUS, ids=lambda time: f"{time.course_zone} {time.text}")
def test_the_courses_zone_decides_what_a_name_means(time):
    """A name that its clocks show is its own, whatever it means elsewhere."""
    assert clock(time.course_zone).parse(time.text) == time.instant
    assert clock("America/Argentina/Ushuaia", time.course_zone).parse(time.text) == time.instant


@pytest.mark.parametrize("name", ["CST", "IST", "PST", "CDT"])
def test_without_it_a_name_with_several_meanings_is_refused(name):
    """The sentence says which they are, and what to do."""
    with pytest.raises(TimestampError, match=rf"says {name}, which has several meanings \(UTC.*,"):
        clock("Europe/Berlin").parse(f"2027-02-02 05:00:00 {name}")


@pytest.mark.parametrize(
    ("zone", "name", "hours"),
    [
        ("Australia/Sydney", "EST", 10),
        ("Australia/Sydney", "EDT", 11),
        ("Australia/Adelaide", "CST", 9.5),
        ("Asia/Dhaka", "BST", 6),
        ("Asia/Riyadh", "AST", 3),
        ("America/New_York", "EST", -5),
        ("Europe/London", "BST", 1),
        ("Europe/Berlin", "EST", -5),
    ],
)
def test_names_that_the_time_zone_database_no_longer_lists(zone, name, hours):
    """Australians leave out the A, and older servers have older names."""
    expected = datetime(2027, 2, 2, 5, tzinfo=timezone(timedelta(hours=hours)))
    expected = expected.astimezone(UTC).replace(tzinfo=None)
    assert clock(zone).parse(f"2027-02-02 05:00:00 {name}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "2027-07-02 05:00:00",
        "2027-07-02 05:00:00.000000",
        "2027-07-02T05:00:00Z",
        "2027-07-02T05:00:00.000000000Z",
        "20270702T050000Z",
        "2027-W26-5T05:00:00Z",
        "2027-07-02 05:00:00,000 utc",
        "2027-07-02 07:00:00+02:00",
        "2027-07-02 07:00:00 +2",
        "2027-07-02 07:00:00 +02",
        "2027-07-02 07:00:00 UTC+2",
        "2027-07-02 07:00:00 GMT+0200",
        "2027-07-02 10:45:00 +0545",
        "2027-07-02 01:30:00 -03:30:00",
        "2027-07-02 01:30:00 \N{MINUS SIGN}03:30",
        "2027-07-02 05:00:00 -0000",
        "2027-07-02 07:00:00 Europe/Berlin",
        "2027-07-02 02:00:00 America/Argentina/Buenos_Aires",
        "2027-07-02 01:00:00 EST5EDT",
        "Fri Jul  2 07:00:00 CEST 2027",
        "Fri Jul  2 07:00:00 AM CEST 2027",
        "Fri Jul 02 2027 07:00:00 GMT+0200 (Central European Summer Time)",
        "Fri, 02 Jul 2027 05:00:00 GMT",
        "July 2, 2027 1:00 a.m. EDT",
        "2027-07-02-05-00-00",
        "\N{FULLWIDTH DIGIT TWO}027-07-02\N{NO-BREAK SPACE}05:00",
        "2027-07-02 \N{ARABIC-INDIC DIGIT ZERO}5:00\N{LEFT-TO-RIGHT MARK}",
    ],
)
def test_forms(text):
    """Five in the morning in UTC, as programs and people write it."""
    assert clock().parse(text) == FIVE


@pytest.mark.parametrize(
    "text",
    [
        "at noon", "10", "Monday 05:00", "05:00:00 UTC", "2027-07", "1782968400", "2027",
        "2027-02-30 05:00", "2027-07-02 24:30:00", "02.07.27 05:00:00", "2027-183 05:00",
        "2027-07-02 05:00:00 UTC and more", "2027-07-02 05:00:00 +99:00", "2027-07-02 05:00 XYZ",
        "2027-07-02 05:00 ../../etc/passwd", "2027-07-02 05:00 CEST+0200",
        "2027-07-02 05:00:00 Mitteleuropäische Sommerzeit", "0001-01-01 00:00 +05:00",
        "2027-07-02 05:00 A",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(text):
    """By nbgrader several of these are taken for times, such as the tenth of this month."""
    with pytest.raises(TimestampError, match=r"holds no date with a time of day|is not known"):
        clock().parse(text)


def test_day_and_month():
    """Where the two could be swapped, the course's own format decides, or nobody can tell."""
    with pytest.raises(TimestampError, match="may begin with the day or with the month"):
        clock().parse("02.07.2027 05:00")
    assert clock().parse("13.07.2027 05:00") == datetime(2027, 7, 13, 5)
    config = Config()
    config.Exchange.timestamp_format = "%d.%m.%Y %H:%M:%S %Z"
    assert CourseClock.of(config).parse("02.07.2027 05:00 UTC") == FIVE
    config.Exchange.timestamp_format = "%m/%d/%Y %H:%M:%S %Z"
    assert CourseClock.of(config).parse("07/02/2027 05:00 UTC") == FIVE


def test_the_hour_that_a_clock_shows_twice_or_never():
    """A name of the season decides; without one it is the earlier time, as in ``zoneinfo``."""
    parse = clock("Europe/Berlin").parse
    assert parse("2027-10-31 02:30:00 CEST") == datetime(2027, 10, 31, 0, 30)
    assert parse("2027-10-31 02:30:00 CET") == datetime(2027, 10, 31, 1, 30)
    for text in ("2027-10-31 02:30:00", "2027-03-28 02:30:00"):
        expected = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))
        assert parse(f"{text} Europe/Berlin") == expected.astimezone(UTC).replace(tzinfo=None)
    assert parse("2027-03-28 02:30:00 CEST") == datetime(2027, 3, 28, 0, 30)


@given(st.datetimes(datetime(2017, 1, 1), datetime(2037, 12, 31)), st.timezones())
def test_every_zones_clock_can_be_read_by_its_own_course(time, zone):
    """What nbgrader writes in a course's zone is the instant that it was."""
    instant = time.replace(tzinfo=zone).astimezone(UTC)
    shown = instant.astimezone(zone)
    offset = shown.utcoffset()
    if offset is None or offset.seconds % 60 or shown.tzname() in {"-00", None}:
        return  # of long ago, or of a place where nobody lives
    text = f"{shown.replace(tzinfo=None).isoformat(' ')} {shown.tzname()}"
    assert CourseClock((zone,)).parse(text) == instant.replace(tzinfo=None)


@given(st.text(st.sampled_from("0123456789:-+./ TZCESUaqpm(),"), max_size=40) | st.text())
@example("9999-12-31 23:59 -14:00")
@example("0001-01-01 00:00 CET")
def test_any_other_text_ends_in_a_sentence(text):
    """Or in a time; in nothing else."""
    with suppress(TimestampError):
        assert clock("Europe/Berlin").parse(text).tzinfo is None


class TestFiles:
    """What ``timestamp.txt`` may look like on disk."""

    @pytest.mark.parametrize(
        "data",
        [
            b"2027-07-02 05:00:00 UTC",
            b"2027-07-02 05:00:00 UTC\r\n\r\n",
            b"\xef\xbb\xbf2027-07-02 07:00:00 CEST\r\n",
            "\ufeff2027-07-02 07:00:00 CEST\r\n".encode("utf-16-le"),
            "\ufeff2027-07-02 05:00:00\n".encode("utf-16-be"),
        ],
    )
    def test_encodings_and_line_ends(self, tmp_path, data):
        """As Windows and PowerShell write them."""
        (tmp_path / "timestamp.txt").write_bytes(data)
        assert clock().read(tmp_path) == FIVE

    @pytest.mark.parametrize("data", [b"", b" \r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
    def test_empty(self, tmp_path, data):
        """Then it is not known, as if there were no file."""
        assert clock().read(tmp_path) is None
        (tmp_path / "timestamp.txt").write_bytes(data)
        assert clock().read(tmp_path) is None

    def test_the_sentence_names_the_file(self, tmp_path):
        """It says what is wrong and what to do, and does not repeat a whole file."""
        path = tmp_path / "timestamp.txt"
        path.write_bytes(b"x" * 5000)
        with pytest.raises(TimestampError) as error:
            clock().read(tmp_path)
        sentence = str(error.value)
        assert sentence.startswith(f"{path} holds no date")
        assert sentence.endswith("Write one such as 2026-03-01 12:00:00 UTC, or remove the file.")
        assert len(sentence) < len(str(path)) + 200

    def test_only_a_regular_file_is_read(self, tmp_path):
        """A link could lead anywhere, and a pipe would be waited for."""
        (tmp_path / "elsewhere").write_text("2027-07-02 05:00:00 UTC")
        for make in (lambda path: path.symlink_to(tmp_path / "elsewhere"), os.mkfifo, Path.mkdir):
            make(path := tmp_path / "timestamp.txt")
            assert clock().read(tmp_path) is None
            path.rename(tmp_path / str(len(list(tmp_path.iterdir()))))


def test_a_setting_that_is_no_time_zone():
    """The sentence names the setting."""
    for value in ("Mars/Olympus", "../etc", "CEST"):
        config = Config()
        config.Exchange.timezone = value
        with pytest.raises(CourseError, match=r"c\.Exchange\.timezone in .* is no time zone"):
            CourseClock.of(config)


def test_the_zone_in_which_formgrader_shows_times_counts_too():
    """After the one in which they are written."""
    config = Config()
    config.NbGraderAPI.timezone = "Asia/Kolkata"
    assert CourseClock.of(config).parse("2027-07-02 10:30:00 IST") == FIVE
    config.Exchange.timezone = "Asia/Jerusalem"
    assert CourseClock.of(config).parse("2027-01-02 10:30:00 IST") == datetime(2027, 1, 2, 8, 30)


def test_the_time_zones_of_the_world_are_there():
    """Without them no abbreviation could be read."""
    assert len(available_timezones()) > 400
