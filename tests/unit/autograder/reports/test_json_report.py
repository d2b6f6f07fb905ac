"""Grades as JSON for programs."""

import json

from hypothesis import given
from hypothesis import strategies as st

from autograder.models import Grade, Status
from autograder.reports import json_report
from tests.support import strategies


@given(st.lists(strategies.grades, max_size=4))
def test_the_file_has_the_documented_form(grades):
    """Schema, assignment, jail and submissions; every grade can be read back."""
    data = json.loads(json_report.render_grades("regularization", grades))
    assert list(data) == ["schema", "about", "assignment", "jail", "submissions"]
    assert data["schema"] == 2
    assert data["assignment"] == "regularization"
    assert len(data["submissions"]) == len(grades)
    for entry, grade in zip(data["submissions"], grades, strict=True):
        assert Grade.from_json(entry, assignment=grade.assignment, jail=grade.jail) == grade
        assert entry["cells"] == [cell for one in entry["notebooks"] for cell in one["cells"]]


@given(st.lists(strategies.grades, max_size=4))
def test_the_text_in_parts_is_the_text_as_a_whole(grades):
    """A large class is written grade by grade, with the same result."""
    parts = json_report.iter_text("regularization", lambda: iter(grades))
    assert "".join(parts) == json_report.render_grades("regularization", grades)


@given(st.lists(strategies.grades, max_size=4))
def test_a_layer_is_named_only_if_it_was_in_force_for_all(grades):
    """A submission that was not graded changes nothing."""
    layers = json_report.to_json("x", grades)["jail"]
    graded = [set(grade.jail) for grade in grades if grade.status == Status.GRADED]
    assert set(layers) == (set.intersection(*graded) if graded else set())


def test_letters_are_not_escaped():
    """A message in another language can be read in the file, which ends with a line end."""
    grade = Grade("zoë", "x", Status.NOT_GRADED, 10.0, message="fehlt ✗")
    text = json_report.render_grades("x", [grade])
    assert "zoë" in text
    assert "fehlt ✗" in text
    assert text.endswith("}\n")
