"""The records of assignment.toml and course.toml."""

from dataclasses import fields

from msgspec import convert, structs

from autograder.course.assignment_toml import AssignmentSpec, Limits, LimitsTable


def test_each_limit_can_be_set():
    """A limit that is added to one class is missed in the other."""
    names = {limit.name for limit in fields(Limits)}
    assert {limit.name for limit in structs.fields(LimitsTable)} == names


def test_a_table_replaces_the_limits_that_it_names():
    """Also where it sets one to its default."""
    table = convert({"memory_mb": 2048, "processes": 3}, LimitsTable)
    assert table.applied_to(Limits(1, 2, 3, 4, 5)) == Limits(1, 2, 2048, 4, 3)
    assert LimitsTable().applied_to(Limits(1, 2, 3, 4, 5)) == Limits(1, 2, 3, 4, 5)


def test_everything_is_optional():
    """An assignment needs an assignment.toml only for what it wants to say."""
    assert convert({}, AssignmentSpec) == AssignmentSpec()
