"""Experiments over several seeds, and their table."""

import numpy as np
import pytest

from utils.seeds import FIVE, SeedTable, over_seeds


def test_each_experiment_runs_once_with_each_seed():
    """With the same seeds, in their order."""
    asked = []

    def run(seed):
        asked.append(seed)
        return seed / 10

    table = over_seeds({"a": run, "b": lambda seed: np.float64(-seed)})
    assert asked == list(FIVE)
    np.testing.assert_allclose(table.values["a"], [0.1, 0.2, 0.3, 0.4, 0.5])
    np.testing.assert_allclose(table.values["b"], [-1, -2, -3, -4, -5])


@pytest.mark.parametrize(("first", "second", "wins"), [("x", "y", 2), ("y", "x", 1)])
def test_wins_are_counted_seed_by_seed(first, second, wins):
    """A tie is nobody's."""
    table = SeedTable({"x": [1, 5, 3, 9], "y": [2, 4, 3, 8]}, (7, 8, 9, 10))
    assert table.wins(first, second) == wins


def test_the_table_shows_every_number_and_the_spread():
    """In a terminal in columns; in a page as HTML, with names that cannot be markup."""
    table = SeedTable({"<He>": [0.25, 0.5, 1.0], "Xavier": [0.5, 0.5, 0.5]}, (3, 4, 5), "{:.0%}")
    head, he, xavier = repr(table).splitlines()
    assert head.split() == [
        "seed",
        "3",
        "seed",
        "4",
        "seed",
        "5",
        "median",
        "lowest",
        "to",
        "highest",
    ]
    assert he.split() == ["<He>", "25%", "50%", "100%", "50%", "25%", "to", "100%"]
    assert len(head) == len(he) == len(xavier)
    page = table._repr_html_()
    assert "<td>100%</td>" in page
    assert "&lt;He&gt;" in page
