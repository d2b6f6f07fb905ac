"""Accuracies as a table."""

from utils.plotting.accuracy import AccuracyTable

TABLE = AccuracyTable([("none", 0.948, 0.915), ("L2 <0.7>", 0.938, 0.93), ("untested", 0.5, None)])


def test_the_printed_table_is_aligned():
    """As text: a line for each model, in percent, with a dash for what was not measured."""
    lines = str(TABLE).splitlines()
    assert [line.split() for line in lines] == [
        ["model", "train", "test"],
        ["none", "94.8%", "91.5%"],
        ["L2", "<0.7>", "93.8%", "93.0%"],
        ["untested", "50.0%", "–"],  # noqa: RUF001 - the dash of an empty cell
    ]
    assert len({len(line) for line in lines}) == 1


def test_the_table_as_html():
    """In Jupyter: names are escaped, and no figure is set off as the winner."""
    text = TABLE._repr_html_()
    assert "L2 &lt;0.7&gt;" in text
    assert "<td>93.0%</td>" in text
    assert "<b>" not in text
    assert text.count("<tr>") == 4


def test_the_second_accuracy_may_be_that_of_validation():
    """The head says which examples an accuracy is of, as text and in Jupyter."""
    table = AccuracyTable([("none", 0.948, 0.915)], kind="validation")
    head, row = str(table).splitlines()
    assert head.split() == ["model", "train", "validation"]
    assert len(head) == len(row)
    assert "<th>validation</th>" in table._repr_html_()


def test_an_empty_table():
    """Without models there is only the head."""
    assert str(AccuracyTable([])).split() == ["model", "train", "test"]
    assert "<table>" in AccuracyTable([])._repr_html_()
