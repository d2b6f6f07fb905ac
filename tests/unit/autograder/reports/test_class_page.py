"""The class page: self-contained, escaped, legible."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.diagnosis.mistakes import MistakeBank, load_bank
from autograder.reports import class_page, page_style, svg
from autograder.reports.class_grades import ClassGrades
from autograder.reports.class_statistics import class_statistics
from tests.support import hostile_grades as hostile
from tests.support import made_up_class as made_up

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
VOID = {"meta", "br", "wbr"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and sees that every tag is closed in its place."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Remember it."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """One without an end tag of its own."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        """It ends the tag that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Remember what is read, but for the style sheet."""
        if "style" not in self.open:
            self.words.append(data)


def luminance(colour):
    """Relative luminance by WCAG 2.1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio by WCAG 2.1."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [page_style.LIGHT, page_style.DARK])
def test_text_has_contrast(colours):
    """4.5 : 1 for text on everything that it stands on, 3 : 1 for what is drawn on the page."""
    for text in ("text", "quiet", "bad"):
        for ground in ("page", "card"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for step in page_style.STEPS:
        assert contrast(colours[f"heat-{step}"], colours[f"on-{step}"]) >= 4.5, step
    for shape in ("bar", "none", "mark"):
        assert contrast(colours[shape], colours["page"]) >= 3, shape


def test_both_palettes_have_the_same_colours():
    """No colour is missing on a dark screen, and each that is used is there."""
    assert page_style.LIGHT.keys() == page_style.DARK.keys()
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", page_style.css())) <= set(page_style.LIGHT)


@pytest.fixture(scope="module")
def shown(built):
    """The page of a made-up class of 300."""
    roll = made_up.roll(built, 300)
    counted = class_statistics(roll, load_bank(built))
    return counted, class_page.page(counted, "Regularization", WHEN)


def test_every_student_and_exercise_is_there(shown):
    """Names, scores and the figures beside the pictures."""
    counted, text = shown
    words = Reader(text).words
    for row in counted.rows:
        assert row.student in words
    for one in counted.exercises:
        assert any(one.name in word for word in words)
        assert any(f"{one.full} all, {one.part} some" in word for word in words)
    said = " ".join("".join(words).split())
    assert f"{counted.graded}" in said
    assert "late-comer" in said


def test_nothing_is_fetched_or_run(shown):
    """No script, no link, no address; and a policy that would forbid them."""
    _, text = shown
    reader = Reader(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
    assert not [
        name for name, _ in reader.attributes if name in {"src", "href"} or name[:2] == "on"
    ]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in reader.attributes
    assert "url(" not in text
    assert "://" not in text


@settings(max_examples=40)
@given(st.lists(hostile.grades, max_size=3), hostile.texts, st.lists(hostile.texts, max_size=2))
def test_no_text_breaks_it(grades, title, new):
    """Every tag is closed, none is a student's, and the file can be written as UTF-8."""
    counted = class_statistics(ClassGrades("x", tuple(grades), tuple(new)), MistakeBank())
    text = class_page.page(counted, title, WHEN)
    text.encode()
    reader = Reader(text)
    assert not {"script", "img"} & set(reader.tags)
    assert reader.tags.count("h1") == 1


@pytest.mark.parametrize(
    ("share", "step"),
    [
        (None, "x"),
        (0.0, "0"),
        (0.01, "1"),
        (0.25, "2"),
        (0.5, "3"),
        (0.75, "4"),
        (0.99, "4"),
        (1.0, "5"),
        (1.2, "5"),
    ],
)
def test_steps_of_the_heat_map(share, step):
    """None, quarters, all; extra credit is all."""
    assert class_page.step_of(share) == step


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.00 s"), (0.126, "0.13 s"), (59, "59 s"), (61, "1 min 1 s"), (7321, "2 h 2 min")],
)
def test_durations(seconds, words):
    """Two units at most."""
    assert class_page.duration(seconds) == words


def test_columns_are_as_tall_as_their_numbers():
    """Twice the number, twice the height; none where there is nobody."""
    text = svg.columns([("a", 2), ("b", 4), ("c", 0)], "x")
    heights = [float(one) for one in re.findall(r'<rect [^>]*height="([\d.]+)"', text)]
    assert heights[1] == pytest.approx(2 * heights[0])
    assert heights[2] == 0
    assert re.findall(r'class="number"[^>]*>(\d+)<', text) == ["2", "4"]


def test_parts_of_a_bar_touch():
    """Each begins where the one before ends."""
    text = svg.bar([("bar", 0.5), ("part", 0.0), ("none", 0.25)], "x")
    parts = [
        (float(x), float(w)) for x, w in re.findall(r'x="([\d.]+)"[^>]*width="([\d.]+)"', text)
    ]
    assert parts == [(0.0, 50.0), (50.0, 25.0)]
    assert all(x + w == nxt for (x, w), (nxt, _) in pairwise(parts))
