"""What a test cell has in place of functions and objects that stay in the student's process.

A test may look at such an object as it would at any other: attributes, items, calls, iteration,
text. Each use is one question, and plain data come back. What would let the object judge itself is
refused with a sentence: whether it is true, and what it is equal to, less or greater than. It is
asked to calculate only if the test made it, by calling a class of the student's by its name: the
answer of a function never gets to see the number that it is compared with.
"""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from autograder.engine.protocol import wire
from autograder.engine.trusted.mentioned_names import mentions
from autograder.engine.trusted.sanitizer import clean_line
from utils.checking.calls import RemoteFunction

_MAX_ITEMS = 500_000
_ASKED = ("__name__", "__doc__", "__dict__", "__wrapped__", "__defaults__", "__annotations__")
_BUILTINS = {
    name: kind
    for name in dir(types)
    if isinstance(kind := getattr(types, name), type) and name.endswith("Type")
    for name in [kind.__name__]
}


class Asker(Protocol):
    """Asks the student's process; what ``Examiner`` does."""

    def call(
        self,
        function: StudentFunction,
        args: tuple[object, ...],
        keywords: dict[str, object],
        *,
        copies: bool = False,
    ) -> object:
        """Call a function of the student's."""
        ...

    def call_as_checked(
        self, name: str, args: tuple[object, ...], keywords: dict[str, object]
    ) -> object:
        """Call a function as it was when it was itself checked."""
        ...

    def ask(self, operation: str, subject: StudentObject, *args: object, what: str = "") -> Any:
        """Do something with an object of the student's."""
        ...

    def refuse(self, sentence: str) -> Exception:
        """The error for a question that is not asked."""
        ...

    def find_class(self, name: str) -> type | None:
        """The instructor's own class of a name."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Where a student's object is.

    Attributes:
        asker: Asks about it.
        handle: Its number and type in its child.
        process: Which child that is.
        name: The student's global that it was found under; empty if it was an answer.
        made_by_test: Whether the test made it, by calling a class of the student's by its name.
        cells: The text of the student's cells.
    """

    asker: Asker
    handle: wire.Handle
    process: int
    name: str = ""
    made_by_test: bool = False
    cells: Sequence[str] = ()

    @property
    def type_name(self) -> str:
        """What the student's process says the object's type is."""
        return clean_line(self.handle.type_name)


class StudentObject:
    """An object in the student's process that is not plain data.

    Args:
        reference: Where it is.
    """

    __hash__ = None  # type: ignore[assignment]  # a dict would ask it what it equals
    __array_ufunc__ = None  # numpy leaves arithmetic to the methods below

    def __init__(self, reference: Reference) -> None:
        self.__dict__["_reference"] = reference

    @property
    def type_name(self) -> str:
        """What the student's process says its type is."""
        return reference_of(self).type_name

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """For ``isinstance``: the first of the classes it says it has that is known here."""
        reference = reference_of(self)
        for name in (reference.handle.type_name, *reference.handle.kinds):
            kind = reference.asker.find_class(name) or _library_class(name)
            if kind is not None:
                return kind
        return type(self)

    # -- what it has ----------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _ASKED:
            raise AttributeError(f"{self!r} is not asked for {name}")
        return self._ask("getattr", name, what=name)

    def __setattr__(self, name: str, value: object) -> None:
        self._ask("setattr", name, value, what=name)

    def __delattr__(self, name: str) -> None:
        self._ask("delattr", name, what=name)

    def __dir__(self) -> list[str]:
        return [name for name in self._ask("dir") if type(name) is str]

    def __getitem__(self, key: object) -> Any:
        return self._ask("getitem", key)

    def __setitem__(self, key: object, value: object) -> None:
        self._ask("setitem", key, value)

    def __delitem__(self, key: object) -> None:
        self._ask("delitem", key)

    def __len__(self) -> int:
        return self._plain("len", int)  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Any]:
        iterator = self._ask("iter")
        if not isinstance(iterator, StudentObject):
            raise self._refusal("cannot be walked through")
        for _ in range(_MAX_ITEMS):
            answer = _ask(iterator, "next")
            if type(answer) is not tuple or len(answer) != 2 or answer[0] is not True:
                return
            yield answer[1]
        raise self._refusal(f"has more than {_MAX_ITEMS} items")

    def __next__(self) -> Any:
        answer = self._ask("next")
        if type(answer) is not tuple or len(answer) != 2 or answer[0] is not True:
            raise StopIteration
        return answer[1]

    def __contains__(self, item: object) -> bool:
        if reference_of(self).made_by_test:
            return self._plain("contains", bool, item)  # type: ignore[no-any-return]
        return any(item == mine for mine in self)

    def __enter__(self) -> Any:
        return self._ask("enter")

    def __exit__(self, *_: object) -> None:
        self._ask("exit")

    def __str__(self) -> str:
        return self._plain("str", str)  # type: ignore[no-any-return]

    def __format__(self, form: str) -> str:
        return self._plain("format", str, form)  # type: ignore[no-any-return]

    def __float__(self) -> float:
        return self._plain("float", float)  # type: ignore[no-any-return]

    def __int__(self) -> int:
        return self._plain("int", int)  # type: ignore[no-any-return]

    def __index__(self) -> int:
        return self._plain("index", int)  # type: ignore[no-any-return]

    def __complex__(self) -> complex:
        return self._plain("complex", complex)  # type: ignore[no-any-return]

    def __round__(self, *digits: int) -> Any:
        return self._ask("round", *digits)

    def __neg__(self) -> Any:
        return self._ask("neg")

    def __pos__(self) -> Any:
        return self._ask("pos")

    def __abs__(self) -> Any:
        return self._ask("abs")

    def __invert__(self) -> Any:
        return self._ask("invert")

    def __repr__(self) -> str:
        return f"<an object of type {self.type_name}>"

    # -- what it is not asked -------------------------------------------------------------------

    def __bool__(self) -> bool:
        raise self._refusal("is not asked whether it is true")

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        if other is None:
            return False
        if isinstance(other, StudentObject) or type(other).__module__ == "__main__":
            mine, others = _fields(self), _fields(other)
            if mine is not None and others is not None:
                return bool(mine == others)
        raise self._refusal("is not asked what it equals")

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: object) -> bool:
        raise self._refusal("is not asked what it is less than")

    __le__ = __gt__ = __ge__ = __lt__

    def __array__(self, *_: object, **__: object) -> Any:
        raise TypeError(f"{self!r} is not an array")

    def __deepcopy__(self, _: object) -> Self:
        return self  # the object itself stays in the student's process

    def _refusal(self, what: str) -> Exception:
        return reference_of(self).asker.refuse(f"An object of type {self.type_name} {what}.")

    def _ask(self, operation: str, *args: object, what: str = "") -> Any:
        return _ask(self, operation, *args, what=what)

    def _plain(self, operation: str, kind: type, *args: object) -> Any:
        """An answer that is of a type that Python itself demands."""
        answer = self._ask(operation, *args)
        if type(answer) is not kind:
            raise TypeError(f"{self!r} gives no {kind.__name__}")
        return answer

    def _calculate(self, operation: str, left: object, right: object) -> Any:
        if not reference_of(self).made_by_test:
            raise self._refusal("is not calculated with")
        return reference_of(self).asker.ask(operation, self, left, right)


def _ask(subject: StudentObject, operation: str, *args: object, what: str = "") -> Any:
    return reference_of(subject).asker.ask(operation, subject, subject, *args, what=what)


def _operators() -> None:
    """Give ``StudentObject`` the operators of two operands."""

    def forward(operation: str) -> Any:
        return lambda self, other: self._calculate(operation, self, other)

    def reflected(operation: str) -> Any:
        return lambda self, other: self._calculate(operation, other, self)

    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
        setattr(StudentObject, f"__{name}__", forward(name))
        setattr(StudentObject, f"__r{name}__", reflected(name))
        setattr(StudentObject, f"__i{name}__", forward(f"i{name}"))
    for name in ("and", "or", "xor", "lshift", "rshift"):
        operation = name + "_" if name in ("and", "or") else name
        setattr(StudentObject, f"__{name}__", forward(operation))
        setattr(StudentObject, f"__r{name}__", reflected(operation))


_operators()


class StudentFunction(StudentObject, RemoteFunction):
    """A function, a class, or anything else that can be called, in the student's process."""

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        name = reference.name or reference.type_name
        self.__dict__["__name__"] = self.__dict__["__qualname__"] = name

    @property
    def is_class(self) -> bool:
        """Whether it says that it is a class."""
        return "type" in (reference_of(self).handle.type_name, *reference_of(self).handle.kinds)

    def __call__(self, *args: object, **keywords: object) -> object:
        """Call it in the student's process."""
        return reference_of(self).asker.call(self, args, keywords)

    def call_on_copies(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> object:
        """Call it in the student's process with copies, so that these arguments stay unchanged."""
        return reference_of(self).asker.call(self, args, keywords, copies=True)

    def call_as_checked(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> object:
        """Call it, with copies, as it was when it was itself checked."""
        reference = reference_of(self)
        return reference.asker.call_as_checked(reference.name, args, keywords)

    def mentions(self, name: str) -> bool:
        """Tell whether its code, or that of a function it refers to, has this name in it."""
        return mentions(reference_of(self).cells, reference_of(self).name, name)

    def __instancecheck__(self, value: object) -> bool:
        if not is_students(value):
            return False
        return self._plain_check("isinstance", value)

    def __subclasscheck__(self, kind: object) -> bool:
        return is_students(kind) and self._plain_check("issubclass", kind)

    def _plain_check(self, operation: str, value: object) -> bool:
        answer = reference_of(self).asker.ask(operation, self, value, self)
        return answer is True

    def __bool__(self) -> bool:
        if reference_of(self).name:
            return True
        raise self._refusal("is not asked whether it is true")

    def __repr__(self) -> str:
        return f"<the notebook's {self.__dict__['__name__']}>"


def reference_of(value: StudentObject) -> Reference:
    """Where a student's object is; without asking it."""
    reference: Reference = object.__getattribute__(value, "__dict__")["_reference"]
    return reference


def is_students(value: object) -> bool:
    """Whether a value is a student's object, whatever it says its class is."""
    return issubclass(type(value), StudentObject)


def _fields(value: object) -> object:
    """What a data class or a member of an enumeration is equal by; None for anything else."""
    if not is_students(value):
        return None
    answer = _ask(value, "fields")  # type: ignore[arg-type]
    if type(answer) is not tuple:
        return None
    return (reference_of(value).handle.type_name, answer)  # type: ignore[arg-type]


def _library_class(name: str) -> type | None:
    """A class of a library that is loaded here, by its full name."""
    module, _, path = name.rpartition(".")
    if not module:
        kind = getattr(builtins, path, None) or _BUILTINS.get(path)
        return kind if isinstance(kind, type) and kind is not object else None
    if module.partition(".")[0] in ("autograder", "utils", "numpy"):
        return None
    kind = getattr(sys.modules.get(module), path, None)
    return kind if isinstance(kind, type) else None
