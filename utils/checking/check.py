"""What the body of a check is given: the comparisons that it can make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from utils.checking.calls import Call, RecordedFunction
from utils.checking.compare import (
    ATOL,
    FORM_ONLY,
    RESULT,
    RTOL,
    difference,
    is_multiple,
    shown_name,
    unaltered,
)
from utils.checking.failures import explain_missing_function
from utils.checking.mentions import mentions
from utils.checking.values import Compared, compare_values
from utils.messages import get_message


class Unmet(Exception):  # noqa: N818  it is the ordinary way for a check to end
    """Raised when a check fails; its text is the message for the student."""


@dataclass
class Check:
    """What the body of a check is given: the comparisons that it can make.

    The first comparison that fails ends the check, and its message is what the student reads. If
    none fails, the check is right.

    Compare step by step, from coarse to fine. First make sure that an answer has the right form
    (``parts``, ``shapes``), then compute with it or compare its values. Otherwise an answer of the
    wrong form leads to an error inside the check in place of a helpful sentence.

    In all comparisons ``name`` is what the value is called in the exercise, such as ``dW1``. For
    the value that the function returned, use the name ``the result``: if it is ``None``, the
    message then says that a ``return`` may be missing.

    Attributes:
        function: The name of the exercise's function.
        hidden: Whether this is a hidden check. Its messages contain no inputs and no values.
        clean: Whether all earlier checks of the exercise are right.
        note: Text that is shown beside the check when it is right, such as why numbers differ.
        copies: Whether the student's functions get copies of their arguments.
        calls: The calls of the student's functions that this check made, in order.
        compared: What was compared with what, as text; of a hidden check nothing.
        namespace: The names that the check can use.
    """

    function: str
    hidden: bool
    clean: bool = True
    note: str = ""
    copies: bool = True
    calls: list[Call] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    namespace: dict[str, Any] | None = field(default=None, repr=False)

    def close(
        self, name: str, got: Any, expected: Any, *, rtol: float = RTOL, atol: float = ATOL
    ) -> None:
        """Require the expected value, up to rounding.

        The message is about the first difference, looked for in this order: the value is missing,
        it has the wrong type, the wrong shape, entries that are not numbers, entries that are not
        finite, wrong values. For wrong values it also says what they have in common, if anything:
        the wrong sign, a constant factor, rows and columns exchanged.

        Args:
            name: What the value is called.
            got: The student's value.
            expected: What it should be, and with it the form that is required:

                - a number: any one number, Python's or NumPy's;
                - an array: a NumPy array of the same shape;
                - a dictionary: a dictionary with at least these keys. Each entry is compared in
                  the same way, under its key as the name. More keys are allowed;
                - a tuple or list: a tuple or list of the same length. Each entry is compared in
                  the same way, except where ``None`` is expected: that place is skipped.
            rtol: Relative tolerance, as in ``numpy.isclose``.
            atol: Absolute tolerance, as in ``numpy.isclose``. For an answer in single or half
                precision the tolerances are at least 1e-4 (relative) and 1e-5 (absolute).

        Raises:
            Unmet: If the value differs.
        """
        if got is None and name == RESULT:
            raise Unmet(get_message("returned_none", function=self.function))
        if atol < FORM_ONLY:
            self._keep(shown_name(name), got, expected)
        message = difference(
            shown_name(name), got, expected, rtol=rtol, atol=atol, public=not self.hidden
        )
        if message:
            raise Unmet(message)

    def shapes(self, name: str, got: Any, expected: Any) -> None:
        """Require arrays of numbers of the right shape, whatever their values.

        Args:
            name: What the value is called.
            got: The student's value.
            expected: A shape, such as ``(3, 1)``, or ``()`` for one number. For a dictionary of
                arrays, a dictionary of shapes; more keys are allowed. For a tuple, call ``parts``
                first and then ``shapes`` for each part.

        Raises:
            Unmet: If a value is missing, has another type or shape, or is not finite.
        """
        if isinstance(expected, dict):
            like: Any = {key: np.zeros(shape) for key, shape in expected.items()}
        else:
            like = np.zeros(expected)
        self.close(name, got, like, atol=FORM_ONLY)

    def number(self, name: str, got: Any) -> Any:
        """Require one number and return it; an array that holds just one is as good.

        For an exercise in which one check asks for the form, and the others for the value: then a
        cost of shape ``(1, 1)`` is wrong once.

        Args:
            name: What the value is called.
            got: The student's value.

        Raises:
            Unmet: If ``got`` is anything else.
        """
        if isinstance(got, np.ndarray) and got.size == 1:
            got = got.reshape(())[()]
        self.shapes(name, got, ())
        return got

    def parts(self, name: str, got: Any, length: int, *, extra: int = 0) -> Any:
        """Require a tuple of ``length`` values and return it, ready to be unpacked.

        For example ``A3, cache = check.parts("the result", result, 2)``. The values themselves are
        not looked at, and a list is as good as a tuple.

        Args:
            name: What the value is called.
            got: The student's value.
            length: How many values it should hold.
            extra: How many more may follow, where another edition of the exercise asks for more.
                They are left out.

        Returns:
            The ``length`` values.

        Raises:
            Unmet: If ``got`` is anything else.
        """
        if isinstance(got, (tuple, list)) and len(got) == length + extra:
            got = got[:length]
        self.close(name, got, (None,) * length)
        return got

    def follows(
        self,
        name: str,
        got: Any,
        right: Any,
        own: Callable[[], Any],
        *,
        rtol: float = RTOL,
        atol: float = ATOL,
    ) -> None:
        """Require the right value, or the one that follows from the student's other functions.

        For an exercise that builds on an earlier one: a mistake there is not counted again here.
        ``own`` asks the earlier functions by :meth:`as_checked`, and only if ``got`` is not right.

        Args:
            name: What the value is called.
            got: The student's value.
            right: What it should be; compared as by ``close``.
            own: A function without arguments that returns the value which follows from the
                student's earlier functions. Let it refuse (``true``) functions from which the same
                value follows for all inputs: a constant would be right then.
            rtol: As for ``close``.
            atol: As for ``close``.

        Raises:
            Unmet: If the value is neither. The message compares it with the second.
        """
        if difference(name, got, right, rtol=rtol, atol=atol):
            # For an answer that is missing nothing has to be asked.
            self.close(name, got, right if got is None else own(), rtol=rtol, atol=atol)
        else:
            self._keep(name, got, right)

    def as_checked(self, function: str) -> Callable[..., Any]:
        """Another function of the student's, as it was when its own test cell checked it.

        What a function returns now may be made up for the check that asks: a cell may define it
        again after it was checked. So an expected value comes from this. When work is graded, each
        call is answered by a process of its own; in a student's notebook it is the function as it
        is.

        Args:
            function: Its name, one of the exercise's ``uses``.

        Raises:
            Unmet: If there is no such function any more.
        """
        namespace = self.namespace or {}
        if message := explain_missing_function(namespace, function):
            raise Unmet(message)
        recorded = namespace[function]
        if isinstance(recorded, RecordedFunction):
            return recorded.as_checked
        raise ValueError(f"{function} is not among the functions that the exercise uses")

    def drawn(
        self,
        name: str,
        got: Any,
        printed: Any,
        *,
        replay: Callable[[], Any],
        note: str = "drawn_otherwise",
    ) -> None:
        """Require a value that depends on random draws, in whatever order they were made.

        A student may draw the same numbers in another order than the solution, and is right all
        the same. So a value passes in two cases: it equals the printed one, or it follows from the
        draws that the student made. In the second case a note beside the check explains why the
        numbers differ.

        The second case counts only if all earlier checks of the exercise are right. Let one of
        them look at the draws themselves (a mask, the spread of weights).

        Args:
            name: What the value is called.
            got: The student's value.
            printed: The value for draws in the order of the solution. It is compared as by
                ``close``, with its tolerances.
            replay: A function without arguments that returns the value which follows from the
                student's own draws, such as the activations that belong to the mask that the
                student returned. It is called only if ``got`` is not ``printed``. It may raise
                ``Unmet`` by a comparison of its own; with any other exception the value fails.
                Where the value is itself what was drawn, pass ``lambda: got``: then the earlier
                checks decide.
            note: Which sentence to show in the second case: ``drawn_otherwise`` for a value
                computed from draws, ``drawn_otherwise_weights`` for the draws themselves.

        Raises:
            Unmet: If the value is neither. The message compares it with what follows from the
                student's draws. It mentions the printed value only if that differs by a factor or
                a shape, which other draws do not change.
        """
        shown, public = shown_name(name), not self.hidden
        self._keep(shown, got, printed)
        message = difference(shown, got, printed, public=public)
        if not message:
            return
        form = difference(shown, got, printed, atol=FORM_ONLY, public=public)
        if form or is_multiple(got, printed):
            raise Unmet(form or message)
        if not self.clean:
            raise Unmet(get_message("drawn_unclear", name=shown))
        try:
            replayed = replay()
        except Unmet:
            raise
        except Exception:  # noqa: BLE001  what was returned cannot be replayed, whatever it is
            raise Unmet(get_message("drawn_unclear", name=shown)) from None
        if message := difference(shown, got, replayed, public=public):
            raise Unmet(message)
        self.note = get_message(note, name=shown_name(name))

    def true(self, condition: Any, message: str) -> None:
        """Require a property that no other comparison covers.

        Args:
            condition: One truth value. For a condition on each entry of an array, use ``np.all``.
            message: What the student is told if it is false. It is shown as it is, so in a hidden
                check it must not contain inputs or expected values.

        Raises:
            Unmet: With ``message``, if the condition is false.
        """
        if not bool(condition):
            raise Unmet(message)

    def asks(self, name: str, message: str) -> None:
        """Require that the function refers to another one, by itself or in a helper of its own.

        For an exercise whose point is to ask another function, where a right answer cannot tell:
        who types the derivative in gets the same number as who asks for it.

        Args:
            name: The other function's name.
            message: What the student is told.

        Raises:
            Unmet: If the name stands nowhere in the code.
        """
        function = (self.namespace or {}).get(self.function)
        if function is not None and not mentions(function, name):
            raise Unmet(message)

    def unchanged(self, name: str, now: Any, before: Any) -> None:
        """Require that the function did not change one of its arguments.

        The check has to say ``copies=False``; see :meth:`Exercise.check`. For example::

            @exercise.check("the inputs are left as they are", points=1, copies=False)
            def inputs(check):
                x = np.ones((3, 2))
                before = x.copy()
                double(x)
                check.unchanged("x", x, before)

        Args:
            name: The name of the argument.
            now: The argument after the call.
            before: A copy of it that you made before the call. It has to have the same parts, of
                the same types, and arrays the same shape, dtype and values and the same protection
                from being written to. Nothing may be close only, missing or new.

        Raises:
            Unmet: If they differ.
            ValueError: If the check does not say ``copies=False``: the function got a copy then,
                and could not have changed the argument.
        """
        if self.copies:
            raise ValueError("a check that looks for changed inputs needs copies=False")
        if not unaltered(now, before):
            raise Unmet(get_message("changed_input", function=self.function, name=shown_name(name)))

    def _keep(self, name: str, got: Any, expected: Any) -> None:
        """Keep values that a student may look at beside the check."""
        if not self.hidden:
            self.compared += compare_values(name, got, expected)
