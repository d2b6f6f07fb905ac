"""The class page: self-contained, escaped and readable."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.diagnosis.mistakes import MistakeBank, load_bank
from autograder.gradebook.class_grades import ClassGrades
from autograder.reports import page_style, svg
from autograder.reports.class_page import render_page
from autograder.reports.class_statistics import class_statistics
from autograder.reports.heat_map import colour_step
from autograder.reports.html_parts import duration
from autograder.reports.words import PACKAGE
from tests.support import hostile_grades as hostile
from tests.support import made_up_class as made_up
from utils.messages import catalogues, speaking

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
VOID_TAGS = {"meta", "br", "wbr"}


class PageParser(HTMLParser):
    """Collects tags, attributes and text; fails if a tag is not closed where it should be."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Collect a tag that has an end tag, unless it is void."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Collect a tag that closes itself."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        """Close the tag that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Collect the text, without the style sheet."""
        if "style" not in self.open:
            self.words.append(data)


def luminance(colour):
    """Relative luminance by WCAG 2.1."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour, other):
    """Contrast ratio by WCAG 2.1."""
    light, dark = sorted((luminance(colour), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [page_style.LIGHT, page_style.DARK])
def test_text_has_contrast(colours):
    """At least 4.5 : 1 for text on each of its backgrounds, 3 : 1 for shapes on the page."""
    for text in ("text", "quiet", "bad"):
        for background in ("page", "card"):
            assert contrast(colours[text], colours[background]) >= 4.5, (text, background)
    for step in page_style.HEAT_STEPS:
        assert contrast(colours[f"heat-{step}"], colours[f"on-{step}"]) >= 4.5, step
    for shape in ("bar", "none", "mark"):
        assert contrast(colours[shape], colours["page"]) >= 3, shape


def test_both_palettes_have_the_same_colours():
    """Every colour that the style sheet uses is defined for light and for dark screens."""
    assert page_style.LIGHT.keys() == page_style.DARK.keys()
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", page_style.style_sheet())) <= set(
        page_style.LIGHT
    )


@pytest.fixture(scope="module")
def statistics_and_page(built):
    """The figures and the page of a made-up class of 300."""
    statistics = class_statistics(made_up.class_grades(built, 300), load_bank(built))
    return statistics, render_page(statistics, "Regularization", WHEN)


def test_every_student_and_exercise_is_there(statistics_and_page):
    """Names, scores, and the figures that the charts show."""
    statistics, page = statistics_and_page
    words = PageParser(page).words
    for row in statistics.rows:
        assert row.student in words
    for exercise in statistics.exercises:
        assert any(exercise.name in word for word in words)
        assert any(f"{exercise.full} all, {exercise.part} some" in word for word in words)
    text = " ".join("".join(words).split())
    assert f"{statistics.graded}" in text
    assert "late-comer" in text


def test_nothing_is_loaded_or_run(statistics_and_page):
    """No script, no link, no address; and a policy that would forbid them."""
    _, page = statistics_and_page
    parser = PageParser(page)
    assert not {"script", "link", "img", "iframe", "object"} & set(parser.tags)
    assert not [
        name for name, _ in parser.attributes if name in {"src", "href"} or name[:2] == "on"
    ]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in parser.attributes
    assert "url(" not in page
    assert "://" not in page


@settings(max_examples=40)
@given(st.lists(hostile.grades, max_size=3), hostile.texts, st.lists(hostile.texts, max_size=2))
def test_no_text_breaks_it(grades, title, new):
    """Every tag is closed, none is a student's, and the page can be written as UTF-8."""
    statistics = class_statistics(ClassGrades("x", tuple(grades), tuple(new)), MistakeBank())
    page = render_page(statistics, title, WHEN)
    page.encode()
    parser = PageParser(page)
    assert not {"script", "img"} & set(parser.tags)
    assert parser.tags.count("h1") == 1


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
def test_colours_of_the_heat_map(share, step):
    """No points, quarters, all points; extra credit counts as all."""
    assert colour_step(share) == step


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.00 s"), (0.126, "0.13 s"), (59, "59 s"), (61, "1 min 1 s"), (7321, "2 h 2 min")],
)
def test_durations(seconds, words):
    """At most two units."""
    assert duration(seconds) == words


def test_columns_are_as_tall_as_their_numbers():
    """Twice the number, twice the height; no height for 0, and no number above it."""
    text = svg.column_chart([("a", 2), ("b", 4), ("c", 0)], "x")
    heights = [float(height) for height in re.findall(r'<rect [^>]*height="([\d.]+)"', text)]
    assert heights[1] == pytest.approx(2 * heights[0])
    assert heights[2] == 0
    assert re.findall(r'class="number"[^>]*>(\d+)<', text) == ["2", "4"]


def test_parts_of_a_bar_touch():
    """Each starts where the previous one ends."""
    text = svg.stacked_bar([("bar", 0.5), ("part", 0.0), ("none", 0.25)], "x")
    parts = [
        (float(x), float(w)) for x, w in re.findall(r'x="([\d.]+)"[^>]*width="([\d.]+)"', text)
    ]
    assert parts == [(0.0, 50.0), (50.0, 25.0)]
    assert all(x + w == nxt for (x, w), (nxt, _) in pairwise(parts))


def test_a_chinese_course(built):
    """The page's own words are Chinese; the built assignment's are not."""
    grades = made_up.class_grades(built, 60)
    with speaking("zh_CN"):
        statistics = class_statistics(grades, load_bank(built))
        page = render_page(statistics, "正则化", WHEN)
    heads = re.findall(r"<(?:h[12]|dt|summary|footer)>(.*?)</", page)
    assert len(heads) > 10
    assert not [head for head in heads if re.search("[A-Za-z]", head.replace("autograder", ""))]
    english = catalogues.english_sentences(PACKAGE).values()
    parts = [part.strip() for one in english if " " in one for part in re.split(r"{.*?}", one)]
    assert not [part for part in parts if len(part) > 4 and part in page]
    assert '<html lang="zh-CN">' in page
