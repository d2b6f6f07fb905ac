"""How strong each assignment's tests are, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from autograder.authoring.test_strength import Strength


def strength_table(strengths: Mapping[str, Strength]) -> RenderableType:
    """One row per assignment: what the tests judge rightly; and what students are told of slips."""
    tests = _table(
        "mistakes caught", "named", "mutants caught", "equivalent", "right variants pass"
    )
    slips = _table("slips named or located", "seen by a visible check")
    for name, strength in strengths.items():
        tests.add_row(
            name,
            _share(strength.caught, strength.mistakes),
            _share(strength.named, strength.mistakes),
            _share(strength.killed, strength.mutants),
            str(strength.equivalent),
            _share(strength.passed, strength.variants),
        )
        slips.add_row(
            name, _share(strength.told, strength.slips), _share(strength.seen, strength.slips)
        )
    return Group(tests, "", slips)


def _table(*titles: str) -> Table:
    table = Table(header_style="bold", pad_edge=False, box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("assignment", no_wrap=True)
    for title in titles:
        table.add_column(title, justify="right")
    return table


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"
