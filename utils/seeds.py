"""Experiments in which luck plays a part: run with several seeds, and shown with their spread."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIVE = (1, 2, 3, 4, 5)

Runs = Mapping[str, Callable[[int], float]]


def over_seeds(runs: Runs, seeds: Sequence[int] = FIVE, form: str = "{:.3f}") -> SeedTable:
    """Run each experiment once with each seed.

    Args:
        runs: By name: ``run(seed) -> number``.
        seeds: The seeds; all experiments get the same ones, so they can be compared seed by seed.
        form: How a number is written, such as ``"{:.3f}"`` or ``"{:.1%}"``.

    Returns:
        The numbers, as a table that a notebook shows.
    """
    return SeedTable(
        {name: [float(run(seed)) for seed in seeds] for name, run in runs.items()}, seeds, form
    )


class SeedTable:
    """A table: a row for each experiment, a column for each seed, then the median and the range.

    Args:
        values: By the name of the experiment its numbers, one for each seed.
        seeds: The seeds.
        form: How a number is written.

    Attributes:
        values: As given, as arrays.
    """

    def __init__(
        self, values: Mapping[str, Sequence[float]], seeds: Sequence[int], form: str = "{:.3f}"
    ) -> None:
        self.values: dict[str, NDArray[Any]] = {
            name: np.array(numbers, dtype=float) for name, numbers in values.items()
        }
        self.seeds = tuple(seeds)
        self.form = form

    def wins(self, first: str, second: str) -> int:
        """With how many of the seeds the first experiment has the larger number."""
        return int(np.sum(self.values[first] > self.values[second]))

    def __repr__(self) -> str:
        rows = self._rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in rows
        )

    def _repr_html_(self) -> str:
        head, *body = [[html.escape(text) for text in row] for row in self._rows()]
        left = ' style="text-align:left"'
        lines = "".join(
            f"<tr><td{left}>{row[0]}</td>"
            + "".join(f"<td>{text}</td>" for text in row[1:])
            + "</tr>"
            for row in body
        )
        heads = "".join(f"<th>{text}</th>" for text in head[1:])
        return (
            f"<table><thead><tr><th{left}>{head[0]}</th>{heads}</tr></thead>"
            f"<tbody>{lines}</tbody></table>"
        )

    def _rows(self) -> list[list[str]]:
        write = self.form.format
        rows = [["", *(f"seed {seed}" for seed in self.seeds), "median", "lowest to highest"]]
        for name, numbers in self.values.items():
            lowest, middle, highest = np.min(numbers), np.median(numbers), np.max(numbers)
            spread = f"{write(lowest)} to {write(highest)}"
            rows.append([name, *map(write, numbers), write(middle), spread])
        return rows
