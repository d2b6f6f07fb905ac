"""Written answers that read like students' answers: some good, some poor, some beside the point.

A good one says in the lesson's own words what belongs to the question. Nothing comes from the model
answers, so that a made-up class gives none of them away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from autograder.course.notebook import nbgrader_of

_OPENERS = ("", "", "", "I think ", "As far as I can see, ", "From what I saw, ", "In short, ")
_CLOSERS = (
    "With another seed it may look different.",
    "I tried two other settings and saw the same.",
    "I would want to see this on more data before I trust it.",
    "The picture above shows it.",
    "That is what I would try next.",
)
VAGUE = (
    "It works better that way.",
    "I am not sure, but it has to do with the numbers getting too large.",
    "It depends on the data.",
    "We saw this in the lecture.",
    "I ran it and it looked fine.",
    "The result gets better, as expected.",
    "see above",
    "ran out of time, sorry",
)
# The fewest and most characters of a sentence that is worth repeating.
_LENGTHS = (35, 200)
_NEAR = 8  # how many of the sentences that fit a question best are used
# What is said to the reader, or makes no sense without the sentence before it.
_TIED_TO_ITS_PLACE = re.compile(
    r"\b(yours?|you|exercises?|write|run|below|above|here|next cell)\b|[?|$]"
    r"|^(it|they|that|this|these|those|so|now|then|not|add|try|look|shift|take|before)\b"
    r"|^the (next|last)\b",
    re.IGNORECASE,
)


class SampleAnswers:
    """Makes answers to the questions of one notebook.

    Args:
        notebook: The source notebook.
    """

    def __init__(self, notebook: NotebookNode) -> None:
        self._sentences = [
            sentence
            for cell in notebook.cells
            if cell.cell_type == "markdown" and not nbgrader_of(cell)
            for sentence in _sentences(str(cell.source))
        ]
        self._near: dict[str, list[str]] = {}

    def answer(self, question: str, skill: float, chance: random.Random) -> str:
        """An answer to a question; the greater the skill (0 to 1), the better."""
        quality = chance.random() * 0.6 + skill * 0.4
        near = self._fitting(question)
        if quality < 0.35 or not near:
            return chance.choice(VAGUE)
        parts = chance.sample(near, min(len(near), 1 if quality < 0.6 else chance.randint(2, 3)))
        opener = chance.choice(_OPENERS)
        if opener:
            parts[0] = opener + _in_mid_sentence(parts[0])
        if chance.random() < 0.5:
            parts.append(chance.choice(_CLOSERS if quality >= 0.6 else VAGUE[:6]))
        return " ".join(parts)

    def _fitting(self, question: str) -> list[str]:
        """The lesson's sentences that share the most words with a question."""
        if question not in self._near:
            asked = _words(question)
            plain = " ".join(question.split())
            shared = [
                (len(asked & _words(sentence)), sentence)
                for sentence in self._sentences
                if sentence not in plain
            ]
            shared.sort(key=lambda pair: -pair[0])
            self._near[question] = [sentence for count, sentence in shared[:_NEAR] if count]
        return self._near[question]


def _sentences(text: str) -> Iterator[str]:
    """The plain statements in a cell of text: no headings, lists, tables, formulas or requests."""
    for paragraph in re.split(r"\n\s*\n", text):
        if re.match(r"\s*(#|[-*+] |\d+\.|\||\$\$|!\[|```|>|<)", paragraph):
            continue
        plain = re.sub(r"\*\*(.+?)\*\*|(?<!\w)\*(.+?)\*", r"\1\2", " ".join(paragraph.split()))
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z`])", plain):
            fits = _LENGTHS[0] <= len(sentence) <= _LENGTHS[1] and sentence.endswith(".")
            if fits and not _TIED_TO_ITS_PLACE.search(sentence):
                yield sentence


def _words(text: str) -> set[str]:
    """The words that say what a text is about: those that are not short."""
    return {word.lower().rstrip("s") for word in re.findall(r"\w{4,}|L2", text)}


def _in_mid_sentence(sentence: str) -> str:
    """A sentence after an opener: it begins in small letters, unless with a name such as ReLU."""
    first = sentence.split(maxsplit=1)[0]
    return sentence if not first[1:].islower() and first != "A" else first[0].lower() + sentence[1:]
