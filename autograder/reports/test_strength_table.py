"""How strong each assignment's tests are, as a table on a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.console import RenderableType
from rich.table import Table

from autograder.authoring.test_strength import Strength


def strength_table(strengths: Mapping[str, Strength]) -> RenderableType:
    """One row per assignment: how many mistakes, mutants and variants the tests judge rightly."""
    table = Table(header_style="bold", pad_edge=False, box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("assignment", no_wrap=True)
    for title in (
        "mistakes caught",
        "named",
        "mutants caught",
        "equivalent",
        "right variants pass",
    ):
        table.add_column(title, justify="right")
    for name, strength in strengths.items():
        table.add_row(
            name,
            _share(strength.caught, strength.mistakes),
            _share(strength.named, strength.mistakes),
            _share(strength.killed, strength.mutants),
            str(strength.equivalent),
            _share(strength.passed, strength.variants),
        )
    return table


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"
