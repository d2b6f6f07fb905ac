"""Whether what cells have defined may behave otherwise at the end of the notebook."""

import pytest

from autograder.runners.lasting_definitions import may_differ_at_end

TEST = "assert f(1) > 2"
ABOVE = [
    "import numpy as np\nimport matplotlib.pyplot as plt",
    "def helper(x): return np.exp(x)\ndef f(x):\n    return helper(x) + OFFSET",
    "OFFSET = [1]",
]


@pytest.mark.parametrize(
    "cell",
    [
        "def helper(x): return 0",
        "class helper: pass",
        "helper = f",
        "helper.__code__ = None",
        "OFFSET[0] = 2",
        "OFFSET += [2]",
        "OFFSET.append(3)",
        "np.copyto(OFFSET, 3)",
        "list.append(*[OFFSET], item=3)",
        "setup(where=OFFSET[0])",
        "del OFFSET",
        "for helper in (1, 2): pass",
        "with open('x') as helper: pass",
        "try: pass\nexcept ValueError as helper: pass",
        "import math as np",
        "from math import exp as helper",
        "from tricks import *",
        "(helper := 3)",
        "[helper := i for i in (1, 2)]",
        "def change():\n    global helper\n    helper = None\nchange()",
        "exec('helper = 3')",
        "globals()['helper'] = 3",
        "np.exp = abs",
        "get_ipython().user_ns['helper'] = 3",
        "%run other.py",
        "helper?",
        "import sys; sys.modules['__main__'].helper = 0",
        "match 3:\n    case helper: pass",
    ],
)
def test_what_may_differ_at_end_a_name(cell):
    """Each of these changes, or may change, what ``f`` does."""
    assert may_differ_at_end(TEST, [cell], ABOVE)


@pytest.mark.parametrize(
    "change",
    [
        "OFFSET[0] = 2",
        "OFFSET.append(2)",
        "OFFSET[:] = []",
        "np.exp = abs",
        "np.linalg.norm = abs",
        "del np.exp",
        "plt.helper, OFFSET[0] = 1, 2",
    ],
)
def test_functions_that_change_what_they_did_not_define(change):
    """Wherever such a function is defined, a call further down changes what ``f`` does."""
    definition = f"def change():\n    {change}"
    assert may_differ_at_end(TEST, [f"{definition}\nchange()"], ABOVE)
    assert may_differ_at_end(TEST, ["change()"], [*ABOVE, definition])


@pytest.mark.parametrize(
    "cell",
    [
        "count = 0\ndef f():\n    global count\n    count += 1",
        "def f(x, seen=[]):\n    seen.append(x)",
        "seen = []\ndef f(x):\n    seen.append(x)",
        "seen = {}\ndef f(x):\n    seen[x] = 1",
        "def f(x):\n    f.count = 3",
        "numbers = iter([1, 2])\ndef f(): return next(numbers)",
        "class f:\n    count = 0",
        "f = [1, 2].pop\nexec('')",
        "def f(n=0):\n    def g():\n        nonlocal n\n        n += 1\n    return g",
        "def f(x):\n    import random\n    return random.random()",
    ],
)
def test_what_keeps_something_between_calls(cell):
    """Calls by later checks would change what this function does."""
    assert may_differ_at_end(TEST, [], [*ABOVE, cell])


@pytest.mark.parametrize(
    "cell",
    [
        "def g(x):\n    helper = 3\n    return f(x)",
        "def g(x):\n    x[0] = 3\n    np.random.seed(1)\n    plt.plot(x)\n    return f(x)",
        "import numpy as np",
        "%matplotlib inline\nplt.plot([1, 2])\nplt.show()",
        "np.random.seed(1)\nresult = f(np.ones(3))\nprint(result)",
        "def g(x:",
        "print(g(helper, f))",
        "",
    ],
)
def test_what_leaves_names_alone(cell):
    """Other exercises, the same import again, pictures, a cell that is no Python."""
    assert not may_differ_at_end(TEST, [cell], ABOVE)
