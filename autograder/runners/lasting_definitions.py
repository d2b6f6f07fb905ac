"""Whether what cells have defined may behave otherwise at the end of the notebook.

It does if cells further down define it again, or if it keeps something from one call to the next.
If not, the end is as good a place to run a hidden test as its own cell, and no second process is
needed. In doubt the answer is yes: then it only takes longer.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# With these a cell can define names in a way that its text does not show.
_REFLECTION = re.compile(
    r"\b(exec|eval|globals|locals|vars|setattr|delattr|get_ipython|compile|importlib|sys|builtins|"
    r"__\w+__|patch|reload)\b|^\s*[%!]|^\s*from\s+\S+\s+import\s+\*",
    re.MULTILINE,
)
_HARMLESS_MAGIC = re.compile(r"^\s*%(matplotlib|config|load_ext|autoreload)\b.*$", re.MULTILINE)


_STATEFUL = (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Import, ast.ImportFrom)
_PLAIN_DEFAULTS = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.Name, ast.Attribute)


@dataclass(slots=True, eq=False)
class _Names:
    """The names of one cell.

    Attributes:
        used: All names in it, however they are used.
        bound: Names that it gives a new meaning, or whose value it changes in part.
        changed: Names whose methods it calls, which may change their values.
        passed: Names that it passes to functions, which may change their values.
        functions: Those of the bound names that are functions.
        kept: Names outside of its functions that these change, or may change.
        stored: Those of them into which its functions store, as opposed to calling a method.
        imports: What its imports bind, with where it comes from: the same again changes nothing.
        stateless: Whether its functions keep nothing in any other way.
        clear: Whether that is all that it can do.
    """

    used: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    imports: set[tuple[str, str]] = field(default_factory=set)
    stateless: bool = True
    clear: bool = True

    @property
    def imported(self) -> set[str]:
        """The names that its imports bind."""
        return {name for name, _ in self.imports}

    def add(self, node: ast.AST) -> None:
        """Note what a node does that is executed with the cell."""
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                module = getattr(node, "module", None)
                for alias in names:
                    name = alias.asname or alias.name.split(".")[0]
                    self.imports.add((name, f"{module}:{alias.name}:{alias.asname}"))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self.bound.add(name)
                self.functions.add(name)
            case ast.ClassDef(name=name):
                self.bound.add(name)
            case ast.Name(ctx=context) | ast.Attribute(ctx=context) | ast.Subscript(ctx=context):
                if not isinstance(context, ast.Load):
                    self.bound.update(_root(node))
            case ast.ExceptHandler(name=str(name)):
                self.bound.add(name)
            case ast.Match():  # rare, and it binds names in many ways
                self.clear = False
            case ast.Call():
                self._add_call(node)

    def _add_call(self, call: ast.Call) -> None:
        """Note what a call may change: what its method belongs to, and what it is given."""
        if isinstance(call.func, ast.Attribute):
            self.changed.update(_root(call.func))
        for argument in (*call.args, *call.keywords):
            names = (part.id for part in ast.walk(argument) if isinstance(part, ast.Name))
            self.passed.update(names)

    def add_function(self, function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """Note what a function may keep from one call to the next."""
        arguments = function.args
        defaults = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
        self.stateless &= all(isinstance(value, _PLAIN_DEFAULTS) for value in defaults)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += filter(None, [arguments.vararg, arguments.kwarg])
        own = {argument.arg for argument in every}
        nodes = list(ast.walk(function))
        for node in nodes:
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    own.add(name)
                case ast.FunctionDef(name=name) if node is not function:
                    own.add(name)
            self.stateless &= not isinstance(node, _STATEFUL)
        for node in nodes:
            match node:
                case ast.Name(id=name) if name not in own:
                    self.used.add(name)
                case ast.Attribute(ctx=context) | ast.Subscript(ctx=context):
                    if not isinstance(context, ast.Load):
                        self.stored.update(set(_root(node)) - own)
                        self.kept |= self.stored
                case ast.Call(func=ast.Attribute() as called):
                    self.kept.update(set(_root(called)) - own)
                case ast.Call(func=ast.Name(id="next" | "open" | "iter")):
                    self.stateless = False


def may_differ_at_end(test: str, later: Iterable[str], earlier: Iterable[str]) -> bool:
    """Whether what a test finds may behave otherwise once later cells and calls are over.

    Args:
        test: The text of the test cell.
        later: The texts of the cells below it.
        earlier: The texts of the cells above it.
    """
    below = [names for text in later for names in _statements(text)]
    above = [names for text in earlier for names in _statements(text)]
    if not all(names.clear for names in (*below, *above)):
        return True
    imports = set[tuple[str, str]]().union(*(names.imports for names in above))
    modules = {name for name, _ in imports}
    used, reached = _reach(test, above)
    if not all(names.stateless for names in reached):
        return True
    if set[str]().union(*(names.kept for names in reached)) - modules:
        return True
    # Any function may be called below, be it defined there or above.
    if any((names.kept - modules) & used or names.stored & modules for names in (*above, *below)):
        return True
    functions = set[str]().union(*(names.functions for names in above))
    return any(
        (names.bound | {name for name, _ in names.imports - imports}) & used
        or (names.passed - functions - modules) & used
        # (the functions of modules are called all the time, and hardly ever change them)
        or (names.changed - names.imported - modules) & used
        for names in below
    )


def _reach(test: str, above: list[_Names]) -> tuple[set[str], list[_Names]]:
    """The names that a test depends on, and the statements that give them their meaning."""
    used = set[str]().union(*(names.used for names in _statements(test)))
    reached: list[_Names] = []
    left = list(above)
    while found := [names for names in left if (names.bound | names.changed) & used]:
        left = [names for names in left if names not in found]
        reached += found
        used.update(*(names.used for names in found))
    return used, reached


@functools.lru_cache(1024)
def _statements(text: str) -> tuple[_Names, ...]:
    """The names of each statement of a cell."""
    text = _HARMLESS_MAGIC.sub("", text)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        # If IPython reads no more in it than Python, it did nothing.
        return (_Names(clear="?" not in text and not _REFLECTION.search(text)),)
    return (_Names(clear=not _REFLECTION.search(text)), *map(_names, tree.body))


def _names(statement: ast.stmt) -> _Names:
    names = _Names()
    for node in ast.walk(statement):
        if isinstance(node, ast.Global):
            names.bound.update(node.names)
        elif isinstance(node, ast.ClassDef):
            names.stateless = False
    for node in (statement, *_outside_functions(statement)):
        names.add(node)
        if isinstance(node, ast.Name):
            names.used.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            names.add_function(node)
    names.used |= names.bound | names.imported
    return names


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are executed when the cell is."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield child
        yield from _outside_functions(child)


def _root(node: ast.AST) -> Iterator[str]:
    """The name at the start of ``a.b[c]``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id
