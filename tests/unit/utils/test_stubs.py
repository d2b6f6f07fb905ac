"""A cell that needs what is not written yet says so in one sentence."""

import linecache

import pytest
from IPython.core.interactiveshell import InteractiveShell

from utils.stubs import UnfilledStubError, filled, needs

STUB = '''
def half(x):
    """Half of x."""
    ### START CODE HERE ### (approx. 2 lines)
    # the factor
    factor, name = None, None
    y = None
    ### END CODE HERE ###
    return y
'''
TWO_REGIONS = """
def twice(x):
    for _ in range(2):
        ### START CODE HERE ### (approx. 1 line)
        x = 2 * x
        ### END CODE HERE ###
    ### START CODE HERE ### (approx. 1 line)
    pass
    ### END CODE HERE ###
    return x
"""


@pytest.fixture
def define():
    """Define a function as a notebook's cell does, with its source kept for later."""
    places = []

    def defined(source):
        namespace = {}
        place = f"<cell {len(places)}>"
        linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
        places.append(place)
        exec(compile(source, place, "exec"), namespace)  # noqa: S102
        return next(value for name, value in namespace.items() if name in {"half", "twice"})

    yield defined
    for place in places:
        del linecache.cache[place]


def test_a_stub_as_it_was_handed_out_is_not_filled(define):
    """Only names that become None, in one region or in one of several."""
    assert not filled(define(STUB))
    assert not filled(define(TWO_REGIONS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y = None", "y = x / 2"),
        ("    y = None", "    for _ in range(1):\n        y = None"),
        ("    ### START CODE HERE ### (approx. 2 lines)\n", ""),
    ],
    ids=["a line", "a loop", "no marker"],
)
def test_whatever_was_written_counts_as_filled(define, old, new):
    """A name may be left at None; whether the answer is right is for the check to say."""
    assert filled(define(STUB.replace(old, new)))


def test_what_has_no_source_counts_as_filled():
    """A function from elsewhere is let be."""
    assert filled(abs)
    assert filled(eval("lambda x: x"))  # noqa: S307


def test_the_sentence_names_what_is_missing(define):
    """One function or several, and those only that are not filled."""
    half, twice = define(STUB), define(TWO_REGIONS)
    needs(abs)
    with pytest.raises(UnfilledStubError, match=r"wait for half\. Write it in the exercise above"):
        needs(abs, half)
    with pytest.raises(UnfilledStubError, match=r"wait for half and twice\. Write them in"):
        needs(half, twice)


def test_a_notebook_shows_the_sentence_alone(capsys):
    """Neither our lines nor the word Traceback."""
    shell = InteractiveShell()
    shell.run_cell(f"from utils.stubs import needs\n{STUB}")
    shell.run_cell("needs(half)")
    shown = capsys.readouterr()
    text = shown.out + shown.err
    assert text.strip().startswith("This cell has to wait for half.")
    assert "Traceback" not in text
    assert all(len(line) <= 100 for line in text.splitlines())
