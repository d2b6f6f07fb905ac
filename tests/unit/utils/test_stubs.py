"""A cell that calls unfinished exercises stops with one sentence."""

import linecache

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from utils.stubs import UnfilledStubError, is_filled, needs

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
    """A function that defines a function as a notebook's cell does, with its source."""
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


def test_a_stub_is_not_filled(define):
    """A region with nothing but assignments of None is not filled, even if another one is."""
    assert not is_filled(define(STUB))
    assert not is_filled(define(TWO_REGIONS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y = None", "y = x / 2"),
        ("    y = None", "    for _ in range(1):\n        y = None"),
        ("    ### START CODE HERE ### (approx. 2 lines)\n", ""),
    ],
    ids=["a line", "a loop", "no marker"],
)
def test_anything_else_counts_as_filled(define, old, new):
    """A name may stay None; whether the answer is right is decided by the check."""
    assert is_filled(define(STUB.replace(old, new)))


def test_a_function_without_source_counts_as_filled():
    """It is no exercise."""
    assert is_filled(abs)
    assert is_filled(eval("lambda x: x"))  # noqa: S307


def test_the_message_names_the_unfinished_exercises(define):
    """One or several of them, and no others."""
    half, twice = define(STUB), define(TWO_REGIONS)
    needs(abs)
    with pytest.raises(UnfilledStubError, match=r"wait for half\. Write it in the exercise above"):
        needs(abs, half)
    with pytest.raises(UnfilledStubError, match=r"wait for half and twice\. Write them in"):
        needs(half, twice)


def test_a_notebook_shows_only_the_message(capsys):
    """It shows no traceback."""
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.run_cell(f"from utils.stubs import needs\n{STUB}")
    shell.run_cell("needs(half)")
    printed = capsys.readouterr()
    text = printed.out + printed.err
    assert text.strip().startswith("This cell has to wait for half.")
    assert "Traceback" not in text
    assert all(len(line) <= 100 for line in text.splitlines())
