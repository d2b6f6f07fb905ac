"""The JSON that programs read."""

import json

from hypothesis import given
from hypothesis import strategies as st

from autograder.models import Grade, Status
from autograder.reports import json_report
from tests.support import strategies


@given(st.lists(strategies.grades, max_size=4))
def test_the_file_has_the_documented_form(grades):
    """Schema, assignment, jail and submissions; every grade can be read back."""
    data = json.loads(json_report.dumps("regularization", grades))
    assert list(data) == ["schema", "assignment", "jail", "submissions"]
    assert data["schema"] == 1
    assert data["assignment"] == "regularization"
    assert len(data["submissions"]) == len(grades)
    for entry, grade in zip(data["submissions"], grades, strict=True):
        assert Grade.from_json(entry, assignment=grade.assignment, jail=grade.jail) == grade


@given(st.lists(strategies.grades, max_size=4))
def test_a_layer_is_named_only_if_it_held_for_all(grades):
    """The least is what counts; a submission that was not run claims and costs nothing."""
    held = json_report.to_json("x", grades)["jail"]
    run = [set(grade.jail) for grade in grades if grade.status == Status.GRADED]
    assert set(held) == (set.intersection(*run) if run else set())


def test_letters_stay_letters():
    """A message in another language can be read in the file; the text ends its last line."""
    grade = Grade("zoë", "x", Status.NOT_GRADED, 10.0, message="fehlt ✗")
    text = json_report.dumps("x", [grade])
    assert "zoë" in text
    assert "fehlt ✗" in text
    assert text.endswith("}\n")
