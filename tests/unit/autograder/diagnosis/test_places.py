"""References to places in the notebook, and the headings that they are resolved with."""

import pytest

from autograder.diagnosis.places import (
    Heading,
    PlaceError,
    headings,
    numbered_places,
    render_places,
)

TEXT = """# The title

Words. # no heading

## 2. Right or wrong: where to draw the line

```
## 7. Code
```

### Exercise 3 · Weight decay, out of Adam's way ###
#### When the network is used
#hashtag
"""
KNOWN = [
    Heading("part", "2", "Forward"),
    Heading("part", "3", "Backward, by the graph"),
    Heading("exercise", "1", "Forward"),
    Heading("heading", "", "When it is used"),
    Heading("heading", "", "Twice"),
    Heading("heading", "", "Twice"),
]


def test_headings():
    """Parts and exercises have numbers; what is in a code block is none."""
    found = headings(TEXT.replace(" ###\n", "\n"))
    assert [(one.kind, one.number, one.name) for one in found] == [
        ("heading", "", "the-title"),
        ("part", "2", "right-or-wrong-where-to-draw-the-line"),
        ("exercise", "3", "weight-decay-out-of-adams-way"),
        ("heading", "", "when-the-network-is-used"),
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("See {part}`forward`.", "See part 2."),
        ("{Part}`backward-by-the-graph` has {exercise}`forward`.", "Part 3 has exercise 1."),
        ("{Parts}`forward, backward-by-the-graph` differ.", "Parts 2 and 3 differ."),
        ("{parts}`forward,forward,forward`", "parts 2, 2 and 2"),
        ('Under "{heading}`when-it-is-used`".', 'Under "When it is used".'),
        (
            "Your `mu`, and f`{x}` or {} or `{a}` and `b`.",
            "Your `mu`, and f`{x}` or {} or `{a}` and `b`.",
        ),
    ],
)
def test_what_a_student_reads(written, read):
    """The number of the heading; code with braces stays as it is."""
    assert render_places(written, KNOWN) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("第 {part}`forward` 部分", "第 2 部分"),
        ("第 {parts}`forward, backward-by-the-graph` 部分", "第 2 和 3 部分"),
        ("{parts}`forward,forward,forward`", "2、2 和 2"),
    ],
)
def test_numbers_in_another_language(written, read):
    """The text around a number has the words, and a list is written as that language does."""
    assert render_places(written, KNOWN, "zh_CN") == read


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("{part}`forwards`", r"no heading has that name\. Did you mean 'forward'\?"),
        ("{part}`Forward`", r"no heading has that name\. Did you mean 'forward'\?"),
        ("{exercise}`backward-by-the-graph`", r"no heading has that name\.$"),
        ("{parts}`forward, x`", r"\{parts\}`x`, but no heading has that name\.$"),
        ("{heading}`twice`", r"2 headings have that name\.$"),
        ("{prat}`forward`", r"unknown role \{prat\}\. Did you mean 'part'\?"),
        ("{part} 2", r"\{part\} without the name of a heading"),
    ],
)
def test_a_faulty_reference(written, problem):
    """It would reach the student as it is written."""
    with pytest.raises(PlaceError, match=problem):
        render_places(written, KNOWN)


def test_places_by_number():
    """Each with the reference to write instead; words that only begin so are none."""
    text = "Exercises 1 and 2, Part 3, departments 4, parts of 5 and part 9."
    assert list(numbered_places(text, KNOWN)) == [
        ("Exercises 1", "{Exercise}`forward`"),
        ("Part 3", "{Part}`backward-by-the-graph`"),
        ("part 9", ""),
    ]
