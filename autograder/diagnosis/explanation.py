"""What explains a wrong answer, and the sentence that a student reads.

A known mistake has a message of its own. A slip has the sentence of its kind, with the place where
it is made. If several slips explain an answer equally well, the sentence says what they have in
common: the place or the kind; if that is nothing, it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from autograder.diagnosis.mistakes import Mistake
from autograder.diagnosis.slips import Place, Slip
from utils.checking.hints import hint_sentence
from utils.checking.located import join_names
from utils.messages import get_message, in_course_language

_MOST_PLACES = 3  # that a sentence lists


@dataclass(frozen=True)
class SlipSummary:
    """What slips that explain the same answer have in common.

    Attributes:
        slips: The slips, all in one function.
    """

    slips: tuple[Slip, ...]

    @property
    def function(self) -> str:
        """The function that they are made in."""
        return self.slips[0].function

    @property
    def kind(self) -> str:
        """Their kind; empty if they differ in it."""
        kinds = {slip.kind for slip in self.slips}
        return kinds.pop() if len(kinds) == 1 else ""

    @property
    def name(self) -> str:
        """The variable that the sentence names; empty if it names none."""
        names = {slip.name for slip in self.slips}
        return names.pop() if len(names) == 1 else ""

    @property
    def places(self) -> list[tuple[Place, ...]]:
        """For each of them the lines that it is made in, without those that the stub hides."""
        shown = (tuple(place for place in slip.places if place.target) for slip in self.slips)
        return list(dict.fromkeys(shown))

    @property
    def says_something(self) -> bool:
        """Whether they have a kind or a place in common, and few enough places to list."""
        places = self.places
        if () in places:
            return bool(self.kind) and places == [()]
        return len(places) <= _MOST_PLACES

    @property
    def id(self) -> str:
        """A name for reports: ``factor-in-dvar``."""
        lines = [line.target for lines in self.places for line in lines]
        where = "-or-".join(dict.fromkeys(re.sub(r"\W+", "-", text).strip("-") for text in lines))
        return f"{self.kind or 'slip'}-in-{where or self.function}"

    def clause(self) -> str:
        """What is wrong and where, as a part of a sentence."""
        name = f"`{self.name}`" if self.name else get_message("a_variable")
        what = get_message(f"slip_{self.kind or 'any'}", name=name)
        places = [_lines(lines) for lines in self.places if lines]
        if not places:
            return what
        where = places[0]
        for other in places[1:]:
            where = get_message("or_in", first=where, other=other)
        return get_message("slip_where", where=where, what=what)


@dataclass(frozen=True)
class Explanation:
    """Known mistakes and slips that together explain a wrong answer.

    Attributes:
        parts: One, or two.
        scope: What one part explains: ``all``, or all that is ``wrong``, beside other outputs that
            are right.
    """

    parts: tuple[Mistake | SlipSummary, ...]
    scope: Literal["all", "wrong"] = "all"

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of its parts, for reports."""
        return tuple(part.id for part in self.parts)

    @property
    def names_something(self) -> bool:
        """Whether it says what is wrong, and not only where."""
        return all(isinstance(part, Mistake) or bool(part.kind) for part in self.parts)

    def told(self, exercise: str) -> tuple[str, str]:
        """Its name in reports, and what a student is told (see ``sentence``)."""
        return "+".join(self.ids), self.sentence(exercise)

    def sentence(self, exercise: str) -> str:
        """What the student is told.

        Args:
            exercise: The function whose checks failed; the mistake may be in another one.
        """
        if len(self.parts) == 2:
            first, second = map(_clause, self.parts)
            if all(isinstance(part, Mistake) for part in self.parts):
                return get_message("two_mistakes", function=exercise, first=first, second=second)
            clause = get_message("both_slips", first=first, second=second)
            return get_message("slip_explains_all", function=exercise, clause=clause)
        part = self.parts[0]
        if isinstance(part, Mistake) and self.scope == "all":
            return hint_sentence([part.id], [part.to_hint()], exercise)[1]
        clause = _clause(part)
        if part.function != exercise:
            clause = get_message("slip_elsewhere", clause=clause, function=part.function)
        return get_message(f"slip_explains_{self.scope}", function=exercise, clause=clause)


def _clause(part: Mistake | SlipSummary) -> str:
    return in_course_language(part.title) if isinstance(part, Mistake) else part.clause()


def common_part(slips: Sequence[Slip]) -> SlipSummary | None:
    """What slips that explain the same answer have in common; None if that is nothing."""
    if len({slip.function for slip in slips}) != 1:
        return None
    summary = SlipSummary(tuple(slips))
    return summary if summary.says_something else None


def _lines(places: Sequence[Place]) -> str:
    """The lines of a slip: ``the line of `dvar` ``, ``the lines of `W` and `b` ``."""
    if len(places) == 1 and places[0].number:
        ordinal = get_message(f"ordinal_{min(places[0].number, 4)}")
        return get_message("line_again", ordinal=ordinal, target=places[0].target)
    names = list(dict.fromkeys(f"`{place.target}`" for place in places))
    key = "line_of" if len(names) == 1 else "lines_of"
    return get_message(key, targets=join_names(names))
