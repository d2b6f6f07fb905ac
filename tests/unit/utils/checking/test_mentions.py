"""Whether a function asks another one, read from its code."""

import pytest

from autograder.engine.trusted.mentioned_names import mentions as mentions_in_text
from utils.checking.mentions import mentions

CELLS = {
    "asks": "def f(x):\n    return g(x)",
    "in a function inside": "def f(x):\n    def h(y):\n        return g(y)\n    return h(x)",
    "in a comprehension": "def f(x):\n    return [g(y) for y in x]",
    "through a helper": "def h(x):\n    return g(x)\n\ndef f(x):\n    return h(x)",
    "under another name": "ask = g\n\ndef f(x):\n    return ask(x)",
    "by a default value": "def f(x, ask=g):\n    return ask(x)",
    "in a lambda": "f = lambda x: g(x)",
    "in a decorated function": (
        "import functools\n\ndef twice(h):\n    @functools.wraps(h)\n    def made(x):\n"
        "        return 2 * h(x)\n    return made\n\n@twice\ndef f(x):\n    return g(x)"
    ),
    "through a list": "asked = [g]\n\ndef f(x):\n    return asked[0](x)",
    "through a dictionary": "asked = {'g': g}\n\ndef f(x):\n    return asked['g'](x)",
    "through an object": (
        "class Ask:\n    def __call__(self, x):\n        return g(x)\n\nask = Ask()\n\n"
        "def f(x):\n    return ask(x)"
    ),
    "with an argument filled in": (
        "import functools\n\nask = functools.partial(g, 3)\n\ndef f(x):\n    return ask()"
    ),
    "types the number in": "def f(x):\n    return x",
    "in a comment and a text": "def f(x):\n    # g(x)\n    return 'g'",
    "a helper that asks nothing": "def h(x):\n    return f(x)\n\ndef f(x):\n    return h(x)",
    "elsewhere only": "print(g)\n\ndef f(x):\n    return x",
    "a library's function": "import math\n\ndef f(x):\n    return math.sqrt(x)",
    "a list of something else": "factors = [2]\n\ndef f(x):\n    return factors[0] * x",
}
_FIRST_THAT_DOES_NOT = list(CELLS).index("types the number in")
ASKS = {case: place < _FIRST_THAT_DOES_NOT for place, case in enumerate(CELLS)}


@pytest.mark.parametrize("case", CELLS)
def test_the_code_and_the_text_say_the_same(case, capsys):
    """In a notebook the function is at hand, in the grader only the cells' text is."""
    namespace = {"__name__": "__main__"}
    exec("def g(x):\n    return 2 * x", namespace)  # noqa: S102
    exec(CELLS[case], namespace)  # noqa: S102
    assert mentions(namespace["f"], "g") == ASKS[case]
    assert mentions_in_text(["def g(x):\n    return 2 * x", CELLS[case]], "f", "g") == ASKS[case]


@pytest.mark.parametrize("cell", ["def f(:", "%load f.py", "import f", ""])
def test_what_cannot_be_read_is_not_held_against_anybody(cell):
    """No cell says what the function is."""
    assert mentions_in_text([cell], "f", "g")


@pytest.mark.parametrize("function", [len, type("Callable", (), {"__call__": len})()])
def test_what_has_no_code(function):
    """A built-in function, or an object that can be called."""
    assert mentions(function, "g")
