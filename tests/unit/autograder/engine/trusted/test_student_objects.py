"""What stays in the student's process is looked at as any object, and never judges itself."""

import pytest

from tests.support.cells import test_cell

STACK = """
from dataclasses import dataclass
import enum
class Stack:
    kind = "stack"
    def __init__(self, *items): self.items = list(items)
    def push(self, x): self.items.append(x)
    def pop(self): return self.items.pop()
    def __len__(self): return len(self.items)
    def __getitem__(self, i): return self.items[i]
    def __setitem__(self, i, x): self.items[i] = x
    def __iter__(self): return iter(self.items)
    def __add__(self, other): return Stack(*self.items, *other.items)
    def __contains__(self, x): return x in self.items
    def __enter__(self): self.push("in"); return self
    def __exit__(self, *a): self.push("out")
    def __str__(self): return f"<{self.items}>"
    def __float__(self): return 1.5
class Small(Stack): pass
@dataclass
class Point:
    x: int
    y: int = 0
    def norm(self): return abs(self.x) + abs(self.y)
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
def red(): return Colour.RED
def point(x): return Point(x, 2)
def numbers(n):
    for i in range(n): yield i
def endless():
    while True: yield 1
def same(s): return s
"""


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        ("s = Stack(); s.push(1); s.push(2); print(s.pop(), s.items, len(s))", "2 [1] 1"),
        ("s = Stack(1, 2); s[0] = 5; print(s[0], list(s), 5 in s, str(s), float(s))", None),
        ("s = Stack(1) + Stack(2); print(s.items)", "[1, 2]"),
        ("s = Stack(); s.kind = 'mine'; print(s.kind, hasattr(s, 'no'), 'push' in dir(s))", None),
        ("with Stack() as s: s.push(1)\nprint(s.items)", "['in', 1, 'out']"),
        ("s = Stack(); print(same(s) is s, s.items is s.items)", "True False"),
        ("print(isinstance(Small(), Stack), isinstance(3, Stack), issubclass(Small, Stack))", None),
        ("print(point(1) == Point(1, 2), point(1) != Point(1, 2), point(3).norm())", None),
        ("print(red() == Colour.RED, red() is Colour.RED, red() == Colour.BLUE, red().name)", None),
        ("print(list(numbers(3)), sum(numbers(4)), next(numbers(1)))", "[0, 1, 2] 6 0"),
        ("import types; print(isinstance(numbers(1), types.GeneratorType))", "True"),
        ("try: Stack().pop()\nexcept IndexError: print('empty')", "empty"),
    ],
)
def test_a_test_looks_at_an_object_as_at_its_own(execute, test, shown):
    """The same as when the test runs in the student's process."""
    expected = shown
    if expected is None:
        expected = execute(STACK, test)[1].rstrip("\n")
    assert execute(STACK, test_cell(test))[1] == f"{expected}\n"


LIAR = """
class Liar:
    def __eq__(self, other): return True
    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = lambda self, other: True
    __hash__ = lambda self: 0
    def __bool__(self): return True
    def __sub__(self, other): return 0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __truediv__ = __mod__ = __sub__
    def __abs__(self): return 0
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __contains__(self, x): return True
    def __instancecheck__(self, x): return True
    __class__ = float
    def __iter__(self):
        while True: yield 4
class Number(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
def f(): return Liar()
def g(): return Number(3)
def h(): return [Liar()]
"""


@pytest.mark.parametrize("answer", ["f()", "f().x", "f()()", "g()", "h()[0]", "h()"])
@pytest.mark.parametrize(
    "test",
    [
        "assert {} == 4",
        "assert 4 == {}",
        "assert not {} != 4",
        "assert {} in (4, 5)",
        "assert {} > 3",
        "assert abs({} - 4) < 1e-9",
        "assert abs(4 - {}) < 1e-9",
        "import math; assert math.isclose({}, 4)",
        "import numpy as np; np.testing.assert_allclose({}, 4)",
        "import numpy as np; np.testing.assert_equal({}, [4])",
        "import numpy as np; assert np.allclose({}, 4)",
        "import numpy as np; assert (np.array([4]) == {}).all()",
        "import unittest; unittest.TestCase().assertEqual({}, 4)",
        "import unittest; unittest.TestCase().assertAlmostEqual({}, 4)",
        "assert [{}] == [4]",
        "assert {} is True or {} and False or not {}",
        "assert {{4: 1}}[{}]",
        "assert sorted([{}, 4]) == [4, 4]",
        "assert {} % 5 == 0 or {} % 4",
    ],
)
def test_an_object_that_answers_everything_passes_nothing(execute, test, answer):
    """It is not asked what would let it judge itself, whatever class it says it has."""
    shown = execute(
        LIAR, test_cell(test.replace("{}", answer).replace("{{", "{").replace("}}", "}"))
    )
    assert "Error" in shown[1]


def test_an_endless_iterator_ends_with_a_sentence(execute):
    """Its items are counted."""
    from autograder.engine.trusted import student_objects

    before, student_objects._MAX_ITEMS = student_objects._MAX_ITEMS, 50
    try:
        shown = execute(STACK, test_cell("print(sum(endless()))"))
    finally:
        student_objects._MAX_ITEMS = before
    assert "has more than 50 items" in shown[1]


USES = """
def twice(g, x): return g(g(x))
def safe(g):
    try: return g()
    except ValueError as error: return str(error)
def reach(g):
    for name in ("__globals__", "__code__", "__class__", "_secret", "__init__"):
        try:
            value = getattr(g, name)
            if "TestFunction" not in str(value) and "TestObject" not in str(value):
                return name, str(value)[:40]
        except AttributeError: pass
def fill(box): box.value = 5; return box.double()
def recurse(g, n): return g(n)
def give(g): return g
def loud(g): print("before"); g(); print("after")
total = 0
def count(): return LIMIT + total
"""


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        ("print(twice(lambda v: v + 1, 0))", "2"),
        ("import math; print(twice(math.sqrt, 16))", "2.0"),
        ("import numpy as np; print(twice(np.negative, 3))", "3"),
        ("def bad(): raise ValueError('no')\nprint(safe(bad))", "no"),
        ("def g(v): return [v]\nprint(give(g) is g)", "True"),
        (
            """
            class Box:
                _secret = 7
                def double(self): return 2 * self.value
            box = Box()
            print(fill(box), box.value, reach(box), reach(lambda: 1))
            """,
            "10 5 None None",
        ),
        ("def g(n): return 0 if n == 0 else 1 + recurse(g, n - 1)\nprint(recurse(g, 9))", "9"),
        ("loud(lambda: print('here'))", "here\nbefore\nafter"),
        ("LIMIT = 3\ntotal = 4\nprint(count())", "7"),
        ("def ask(): return 'yes'\ninput = ask\nprint(ask())", "yes"),
    ],
)
def test_what_a_test_passes_is_called_back(execute, test, shown):
    """Functions, objects of its own classes and globals; nothing behind them can be reached."""
    assert execute(USES, test_cell(test))[1] == f"{shown}\n"


def test_a_recorded_function_stays_the_students(execute):
    """A check replaces functions while it runs, and puts them back: nothing of that crosses."""
    test = """
        from utils import checks
        exercise = checks.Exercise("g", points=1, uses=("f",))
        @exercise.check("sum", points=1)
        def total(check):
            check.close("g", g(), f() + 1)
        @exercise.check("nothing", points=0)
        def nothing(check): pass
        exercise.report()
        print(f(), g())
    """
    shown = execute("def f(): return 1\ndef g(): return f() + 1", test_cell(test), "print(f())")
    assert shown[1:] == ["1 2\n", "1\n"]


def test_calls_back_and_forth_end(execute):
    """Neither process runs out of its stack."""
    test = test_cell("def g(n): return recurse(g, n)\nprint(recurse(g, 1))\n")
    shown = execute(USES, test, test_cell("print(twice(lambda v: v + 1, 0))"))
    assert "call each other without an end" in shown[1]
    assert shown[2] == "2\n"


def test_a_test_can_delete_and_restore_a_function(execute):
    """The student's functions miss it meanwhile."""
    shown = execute(
        "def f(): return 1\ndef g(): return f()",
        test_cell("""
            orig = f
            del f
            try: g()
            except NameError: print("missed", "f" in globals())
            finally: f = orig
            print(g())
        """),
        test_cell("print(g(), f())"),
        "print(f())",
    )
    assert shown[1:] == ["missed False\n1\n", "1 1\n", "1\n"]


def test_a_later_cell_may_need_a_name_of_a_test_cell(execute):
    """Also when its process has to be started again."""
    shown = execute(
        "import os\ndef die(): os._exit(1)",
        test_cell("import math\nstart = [1]\ndef helper(x): return x + 1"),
        "y = math.floor(start[0] + 0.5)\ndef f(): return y",
        test_cell("try: die()\nexcept Exception: pass\nprint(f())"),
    )
    assert shown[3] == "1\n"
