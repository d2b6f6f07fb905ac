"""What each assignment's tests are worth, as a table on a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.console import RenderableType
from rich.table import Table

from autograder.authoring.test_strength import Strength


def strength_table(proofs: Mapping[str, Strength]) -> RenderableType:
    """One row an assignment: of what was tried, how much came out as it should."""
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
    for name, proof in proofs.items():
        table.add_row(
            name,
            _share(proof.caught, proof.mistakes),
            _share(proof.named, proof.mistakes),
            _share(proof.killed, proof.mutants),
            str(proof.equivalent),
            _share(proof.passed, proof.variants),
        )
    return table


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"
