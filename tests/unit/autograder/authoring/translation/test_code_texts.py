"""The texts of a code cell: what is translated, and that the code stays the same."""

from autograder.authoring.translation.code_texts import (
    code_without_texts,
    translate_student_code,
    translate_test_code,
)

STUDENTS = '''\
def f(x):
    """Return the sum.

    x -- numbers with ü, shape (n,)
    """
    é = "no text"  # a hint ü
    ### START CODE HERE ### (approx. 1 line)
    # two lines
    # of a comment
    y = x.sum()
    # another
    z, n = y  # not in the stub
    w = -z  # given: 2 * z of them
    return y  # x
    ### END CODE HERE ###
'''
TEST = """\
# Run this cell: it checks f.
import numpy as np

exercise = checks.Exercise("f f", points=3)


@exercise.check("shapes", points=1)
def shapes(check):
    # not for students
    check.shapes("the result", f(x), (3,))
    check.close("dW1", f(x), 2)
    check.close(f"the sum of {name}", f(np.array("no text")), 2)
    check.true(
        f(1) > 0,
        "This is said "
        f"in {two} parts.",
    )
"""


def test_a_students_cell():
    """Docstrings and comments that hold words, and no marker of the stub; no line moves."""
    found = []
    done = translate_student_code(STUDENTS, lambda text: found.append(text) or text.upper())
    assert found == [
        "Return the sum.\n\nx -- numbers with ü, shape (n,)",
        "a hint ü",
        "two lines\nof a comment",
        "another",
    ]
    assert '    X -- NUMBERS WITH Ü, SHAPE (N,)\n    """\n    é = "no text"  # A HINT Ü' in done
    assert "    # TWO LINES\n    # OF A COMMENT\n" in done
    assert code_without_texts(done) == code_without_texts(STUDENTS)


def test_a_test_cell():
    """Titles, sentences and names of values with words; names of code and other calls stay."""
    found = []
    done = translate_test_code(TEST, lambda text: found.append(text) or text.replace("s", "S"))
    assert found == [
        "Run this cell: it checks f.",
        "shapes",
        "the sum of {name}",
        "This is said in {two} parts.",
    ]
    assert '@exercise.check("ShapeS", points=1)' in done
    assert 'check.shapes("the result"' in done
    assert done.count("\n") == TEST.count("\n")
    assert code_without_texts(done) == code_without_texts(TEST)


HELPER = """\
def locate(check, right, what):
    check.true(all(right), f"In every part: {what}.")

locate(check, sizes, "the size is wrong")
locate(others, sizes, "no check is given")
"""


def test_a_function_that_hands_on_what_it_is_given():
    """Its first argument is the check, so the student hears the others."""
    found = []
    translate_test_code(HELPER, lambda text: found.append(text) or text)
    assert found == ["In every part: {what}.", "the size is wrong"]


QUOTES = """\
def named(check):
    check.true(x, 'Such as {"db3": 1.5}.')
    check.true(y, f"{' and '.join(right)}: said of {name}.")
    check.true(
        z,
        'In quotes "of one kind", '
        f'{len(x)} parts.',
    )
"""


def test_quotes_of_both_kinds():
    """A text stands in single quotes where it holds double ones."""
    found = []
    done = translate_test_code(QUOTES, lambda text: found.append(text) or text.replace("s", "S"))
    assert found == [
        'Such as {"db3": 1.5}.',
        "{' and '.join(right)}: said of {name}.",
        'In quotes "of one kind", {len(x)} parts.',
    ]
    assert """check.true(x, 'Such aS {"db3": 1.5}.')""" in done
    assert done.count("\n") == QUOTES.count("\n")
    assert code_without_texts(done) == code_without_texts(QUOTES)


def test_placeholders_in_another_order():
    """A language may begin with a placeholder, or name the second one first."""
    source = """check.true(x, f"The sum of {name} in {', '.join(places)} is wrong.")"""
    for text in (
        "{name} of which the sum is wrong ({', '.join(places)})",
        "{'、'.join(places)}: {name}",
    ):
        done = translate_test_code(source, lambda _, text=text: text)
        assert text in done
        assert code_without_texts(done) == code_without_texts(source)
    for text in ("{name} and {name}", "{places}: {name}", "{name}"):
        done = translate_test_code(source, lambda _, text=text: text)
        assert code_without_texts(done) != code_without_texts(source)


def test_changed_code_is_noticed():
    """A translation with a quote, another placeholder or another number of lines."""
    for text in ('a "', "{other}", "{two}\n", "\\"):
        done = translate_test_code(TEST, lambda said, text=text: said.replace("{two}", text))
        try:
            assert code_without_texts(done) != code_without_texts(TEST)
        except SyntaxError:
            continue
