"""Test cells as courses of others write them: name, solution cell, test cell, a wrong answer.

The first cell of each notebook is ``SETUP``; a ``data.csv`` of three lines lies beside it.
"""

SETUP = "import numpy as np\nimport matplotlib.pyplot as plt\nCONST = 5"
DATA = "a,b\n1,2\n3,4\n"

_POINT = "from dataclasses import dataclass\n@dataclass\nclass Pt:\n    x: int\n    y: int\n"

CASES = [
    (
        "raises",
        "def f(n):\n    if n < 1: raise ValueError('n')\n    return n",
        "try:\n    f(0)\nexcept ValueError:\n    pass\nelse:\n    assert False",
        "def f(n): return n",
    ),
    (
        "unittest",
        "def f(n): return [1, 2]",
        "import unittest\nt = unittest.TestCase()\nt.assertEqual(f(1), [1, 2])",
        "def f(n): return [1]",
    ),
    (
        "numpy",
        "def f(n): return np.arange(n)",
        "np.testing.assert_allclose(f(3), [0, 1, 2])",
        "def f(n): return np.ones(n)",
    ),
    (
        "class",
        (
            "class Stack:\n    def __init__(self): self.items = []\n"
            "    def push(self, x): self.items += [x]\n    def pop(self): return self.items.pop()"
        ),
        "s = Stack()\ns.push(1); s.push(2)\nassert s.pop() == 2\nassert s.items == [1]",
        "class Stack:\n    items = []\n    def push(self, x): pass\n    def pop(self): return 2",
    ),
    (
        "figure",
        (
            "def f():\n    fig, ax = plt.subplots(); ax.plot([1, 2], [3, 4])\n"
            "    ax.set_title('T'); return fig"
        ),
        "fig = f()\nax = fig.axes[0]\nassert ax.get_title() == 'T'\nassert len(ax.lines) == 1",
        "def f(): return plt.subplots()[0]",
    ),
    (
        "generator",
        "def f(n): yield from range(n)",
        "assert list(f(3)) == [0, 1, 2]",
        "def f(n): yield n",
    ),
    (
        "closure",
        "def f(n):\n    def add(x): return x + n\n    return add",
        "add = f(3)\nassert add(4) == 7",
        "def f(n): return lambda x: x",
    ),
    ("set", "def f(): return {1, 2}", "assert f() == {1, 2}", "def f(): return {1}"),
    (
        "dataclass",
        (f"{_POINT}def f(): return Pt(1, 2)"),
        "assert f().x == 1\nassert f() == Pt(1, 2)",
        (f"{_POINT}def f(): return Pt(1, 3)"),
    ),
    (
        "date",
        "import datetime as dt\ndef f(): return dt.date(2026, 1, 2)",
        "import datetime\nassert f() == datetime.date(2026, 1, 2)",
        "def f(): return '2026-01-02'",
    ),
    (
        "file",
        "def f(): return len(open('data.csv').read().splitlines())",
        "assert f() == 3",
        "def f(): return 2",
    ),
    (
        "file in the test",
        "def f(): return 3",
        "with open('data.csv') as file: assert f() == len(file.read().splitlines())",
        "def f(): return 2",
    ),
    (
        "partial credit",
        "def f(): return 3",
        "score = 0\nif f() == 3: score += 1\nscore",
        "def f(): return 2",
    ),
    ("a name of the setup", "def f(): return CONST", "assert f() == CONST", "def f(): return 6"),
    (
        "a deleted function",
        "def g(): return 1\ndef f(): return g()",
        (
            "orig = g\ndel g\ntry:\n    f()\nexcept NameError:\n    pass\nelse:\n"
            "    raise AssertionError('no use')\nfinally:\n    g = orig"
        ),
        "def g(): return 1\ndef f(): return 1",
    ),
    (
        "printed",
        "def f(): print('hello')",
        (
            "import io, contextlib\nb = io.StringIO()\nwith contextlib.redirect_stdout(b): f()\n"
            "assert b.getvalue() == 'hello\\n'"
        ),
        "def f(): print('bye')",
    ),
    (
        "a callback",
        "def f(g, x): return g(g(x))",
        "assert f(lambda v: v + 1, 0) == 2",
        "def f(g, x): return g(x)",
    ),
    (
        "changed in place",
        "def f(l): l.sort()",
        "l = [3, 1]\nf(l)\nassert l == [1, 3]",
        "def f(l): return sorted(l)",
    ),
    (
        "a last value that is no number",
        "def f(): return 3",
        "assert f() == 3\n'well done'",
        "def f(): return 2",
    ),
]
