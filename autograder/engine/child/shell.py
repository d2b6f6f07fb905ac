"""The IPython shell that runs a student's cells: like ipykernel's, without a kernel around it."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from types import CodeType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Instance, Type

from autograder.engine.protocol.outputs import Collector, Stream


class _DisplayPublisher(DisplayPublisher):  # type: ignore[misc]  # IPython has no types
    """Collects what ``display`` shows."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *_: Any,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **__: Any,
    ) -> None:
        collector = self.shell.collector
        display_id = (transient or {}).get("display_id")
        if update and display_id is not None:
            collector.update(data, metadata or {}, str(display_id))
        else:
            name = None if display_id is None else str(display_id)
            collector.display(data, metadata or {}, name)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.collector.clear(wait=wait)


class _DisplayHook(DisplayHook):  # type: ignore[misc]
    """Collects the value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        """There is no prompt in a notebook."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        self.shell.collector.result(format_dict, md_dict or {}, self.prompt_count)

    def finish_displayhook(self) -> None:
        self._is_active = False


class _InputTransformer(TransformerManager):  # type: ignore[misc]
    """Looks for ``%magic``, ``!command`` and ``help?`` only in a cell that may hold one.

    Each of them is a syntax error in Python. IPython searches token by token, in Python, which for
    a cell that only defines a function takes longer than everything else.
    """

    def __init__(self) -> None:
        super().__init__()
        self._default_transformers = list(self.token_transformers)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """The lines, with IPython's own syntax replaced by Python's."""
        if self.token_transformers == self._default_transformers and _is_python("".join(lines)):
            return lines
        return list(super().do_token_transforms(lines))


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():  # they come again when the cell is compiled
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


# Statements that may be passed over if an import that they need has failed.
_SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign)


def _depends_on_machine(node: ast.stmt) -> bool:
    """Whether a statement is an import, a magic, or a shell command."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    value = getattr(node, "value", None)
    if not isinstance(node, ast.Expr | ast.Assign) or not isinstance(value, ast.Call):
        return False
    function = value.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id == "get_ipython"
        and function.attr in ("run_line_magic", "system", "getoutput")
    )


class Shell(InteractiveShell):  # type: ignore[misc]
    """An interactive shell that collects its outputs as data."""

    kernel = Instance(object, ())  # libraries, and utils, take its presence for a notebook
    displayhook_class = Type(_DisplayHook)
    display_pub_class = Type(_DisplayPublisher)
    input_transformer_manager = Instance(_InputTransformer, ())

    def __init__(self, **options: Any) -> None:
        self.collector = Collector(0)
        self._statements: list[ast.stmt] = []
        self._unbound: set[str] = set()  # what failed imports would have given
        self.stdout, self.stderr = Stream("stdout"), Stream("stderr")
        super().__init__(**options)

    def init_virtualenv(self) -> None:
        """Look for no virtual environment: the child's environment is the grader's."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Accept ``%matplotlib inline`` and the like; there is no screen."""

    def should_run_async(self, raw_cell: str, **known: Any) -> bool:
        """Whether a cell awaits something. IPython compiles every cell to find out."""
        text = known.get("transformed_cell") or raw_cell
        if "await" not in text and "async" not in text:
            return False
        return bool(super().should_run_async(raw_cell, **known))

    async def run_ast_nodes(self, nodelist: list[ast.stmt], *args: Any, **known: Any) -> bool:
        """Run a cell's statements; note which of them depend on the machine that they run on."""
        self._statements = list(nodelist)
        return bool(await super().run_ast_nodes(nodelist, *args, **known))

    async def run_code(
        self, code_obj: CodeType, result: Any = None, *, async_: bool = False
    ) -> bool:
        """Run a statement; returns whether the cell ends here.

        It goes on after an import or a magic that fails, and after a statement that needs what
        such an import would have given: what can run of a cell runs.
        """
        failed = bool(await super().run_code(code_obj, result, async_=async_))
        if not failed or result is None:
            return failed
        error = result.error_in_exec
        node = self._failed_statement(code_obj, error)
        if node is None:
            return True
        if _depends_on_machine(node):
            names = getattr(node, "names", [])
            self._unbound.update((name.asname or name.name).split(".")[0] for name in names)
            return False
        needs_import = isinstance(error, NameError) and error.name in self._unbound
        return not (needs_import and isinstance(node, _SIMPLE))

    def _failed_statement(self, code_obj: CodeType, error: object) -> ast.stmt | None:
        """The statement of the cell that raised; None if that cannot be told.

        By the traceback: the code of each statement says that it begins in line 1.
        """
        if not isinstance(error, Exception):
            return None
        step = error.__traceback__
        while step is not None and step.tb_frame.f_code is not code_obj:
            step = step.tb_next
        if step is None:
            return None
        line = step.tb_lineno
        for node in self._statements:
            if node.lineno <= line <= (node.end_lineno or node.lineno):
                return node
        return None

    def ask_exit(self) -> None:
        """Ignore ``exit`` and ``quit``: the cells after them run, as in a notebook."""

    def raw_input(self, prompt: object = "") -> str:  # noqa: ARG002  the signature of input()
        """Refuse ``input()``: nobody is at the keyboard."""
        raise StdinNotImplementedError("input() has nobody to ask while work is graded.")

    def system_piped(self, cmd: str) -> None:
        """Run a ``!command``; what it prints becomes output of the cell."""
        command = self.var_expand(cmd, depth=1)
        completed = subprocess.run(  # noqa: S602  a shell command is what the student wrote
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        sys.stdout.write(completed.stdout.decode(errors="replace"))
        self.user_ns["_exit_code"] = completed.returncode

    system = system_piped

    def send_output_to(self, collector: Collector) -> None:
        """Send all output to ``collector`` from now on."""
        self.collector = collector
        self.stdout.collector = self.stderr.collector = collector
        sys.stdout, sys.stderr = self.stdout, self.stderr

    def run(self, source: str, count: int) -> None:
        """Run one cell as number ``count``."""
        self.execution_count = count
        self.run_cell(source, store_history=True)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        try:
            text = str(evalue)
        except Exception as error:  # noqa: BLE001  a student's __str__ may raise whatever it likes
            text = f"<no text: {type(error).__name__}>"
        self.collector.error(etype.__name__, text, [str(line) for line in stb])
