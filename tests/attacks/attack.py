"""One hostile notebook, read from a small TOML file that is named after what it tries.

The folder of the file is the kind of attack::

    about = "Patches numpy's comparisons."
    score = 0.0                 # what the honest part of its code earns
    cells = ["..."]             # code cells before the exercises
    after = ["..."]             # code cells at the end
    drop = ["double-check"]     # cells that are removed

    [answers]                   # source of exercise cells; the others stay as released
    double = "def double(x): ..."

    [edit.double-check]         # changes to cells that a student should not edit
    source = "4.0"

Placeholders are replaced by what an attacker may know or guess: ``@COURSE@``, ``@GRADER@`` (the
grader's process id), ``@PORT@``, ``@SOCKET@``, ``@ABSTRACT@``, ``@SEGMENT@``, ``@MARK@`` (the name
that it gives its files and processes). A cell that prints the line ``SUCCEEDED`` reports a success.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import importlib
import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.course.notebook import grade_id, is_solution, write_notebook
from autograder.course.released_cells import release_cell

FOLDER = Path(__file__).parent
# Placeholders for text that no notebook program would write, but that a file may hold.
_ODD_TEXTS = {
    '"@DEEP@"': "[" * 600 + "]" * 600,
    '"@DEEPER@"': "[" * 50_000 + "]" * 50_000,
    '"@NUMBER@"': "7" * 10_000,
    "@QUOTES@": "> " * 3000 + "* " * 3000 + "x",
    "@SURROGATE@": "\\ud800",
    "@ENVIRONMENTS@": r"\\begin{a}" * 1700,
    "@BRACKETS@": "[" * 15_000,
    "@BRACES@": "{" * 3000,
    "@ROOTS@": r"\\sqrt" * 60_000,
    "@SPACES@": " " * 200_000 + "x\\n" + "\\n" * 200_000,
}
_OURS = ("autograder", "utils")
# The zygote stops these: it looks at the memory of all processes every 50 ms. On a busy machine it
# looks too late, or ends more than the attack expects, so they are tried each night.
SAMPLED = frozenset(
    {
        "exhausting/memory_in_children",
        "exhausting/memory_in_sockets",
        "exhausting/memory_kept_by_a_page",
    }
)
KINDS = ("forging", "reading", "escaping", "exhausting", "wire", "reader")


@dataclass(frozen=True)
class Attack:
    """One hostile submission (see the module's docstring).

    Attributes:
        kind: Its folder.
        jailed: Whether it depends on the jail to fail: it is then also tried without each layer.
        raw: Cells in JSON's form, added at the end unchanged.
    """

    kind: str
    name: str
    about: str
    score: float
    jailed: bool = False
    cells: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    edit: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    raw: tuple[Mapping[str, Any], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Attack:
        """Read one file."""
        data = tomllib.loads(path.read_text("utf-8"))
        lists = {key: tuple(data.pop(key, ())) for key in ("cells", "after", "drop", "raw")}
        return cls(kind=path.parent.name, name=path.stem, **lists, **data)

    @property
    def id(self) -> str:
        """Its kind and name."""
        return f"{self.kind}/{self.name}"

    def write(self, source: NotebookNode, path: Path, placeholders: Mapping[str, str]) -> None:
        """Write the submission at ``path``.

        Args:
            source: The assignment's source notebook.
            path: Where to write the notebook; data files go beside it.
            placeholders: The values of placeholders by name.
        """
        write_notebook(self._notebook(source), path)
        text = path.read_text("utf-8")
        values = {f"@{name}@": value for name, value in placeholders.items()}
        for placeholder, value in {**values, **_ODD_TEXTS}.items():
            text = text.replace(placeholder, value)
        path.write_text(text, "utf-8")
        for name, content in self.files.items():
            file = path.parent / name.replace(
                "@NOTEXT@", "\udcff"
            )  # a byte that is not valid UTF-8
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, "utf-8")

    def missing_names(self) -> list[str]:
        """Names of ours that the attack's code uses but that do not exist: it would do nothing.

        What it imports from our packages is looked up, and what it reads or replaces in that.
        """
        missing = []
        for text in (*self.cells, *self.answers.values(), *self.after):
            try:
                tree = ast.parse(textwrap.dedent(text))
            except SyntaxError:  # a magic, or an attack by syntax
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in _OURS:
                    names = {alias.asname or alias.name: alias.name for alias in node.names}
                    for local_name, name in names.items():
                        if not _exists(str(node.module), name):
                            missing.append(f"{node.module}.{name}")
                            continue
                        missing += [
                            f"{node.module}.{name}.{attribute}"
                            for attribute in _attributes_of(local_name, tree)
                            if not _exists(str(node.module), f"{name}.{attribute}")
                        ]
        return missing

    def _notebook(self, source: NotebookNode) -> NotebookNode:
        notebook = copy.deepcopy(source)
        kept = [cell for cell in notebook.cells if grade_id(cell) not in self.drop]
        notebook.cells = []
        for cell in kept:
            name = str(grade_id(cell))
            if name in self.copies:
                notebook.cells.append(self._copied_cell(cell, self.copies[name], "before"))
            notebook.cells.append(self._edited_cell(cell, name))
            if name in self.copies:
                notebook.cells.append(self._copied_cell(cell, self.copies[name], "after"))
        notebook.cells[1:1] = [new_code_cell(text) for text in self.cells]
        notebook.cells += [new_code_cell(text) for text in self.after]
        notebook.cells += [raw_cell(cell, f"raw-{n}") for n, cell in enumerate(self.raw)]
        return notebook

    def _edited_cell(self, cell: NotebookNode, name: str) -> NotebookNode:
        if not grade_id(cell):
            return cell
        edited = release_cell(cell)
        if is_solution(cell) and name in self.answers:
            edited.source = self.answers[name]
        for key, value in self.edit.get(name, {}).items():
            if key == "nbgrader":
                edited.metadata.nbgrader.update(value)
            elif key == "tags":
                edited.metadata["tags"] = list(value)
            else:
                edited[key] = _to_json(value)
        if edited.cell_type != "code":
            edited.pop("outputs", None)
            edited.pop("execution_count", None)
        return edited

    def _copied_cell(self, cell: NotebookNode, source: str, where: str) -> NotebookNode:
        copied = release_cell(cell)
        copied.source = source
        copied["id"] = f"{copied['id']}-{where}"
        return copied


def load(kind: str = "*") -> list[Attack]:
    """All attacks, or those of one kind."""
    return [Attack.load(path) for path in sorted(FOLDER.glob(f"{kind}/*.toml"))]


def raw_cell(cell: Mapping[str, Any], name: str) -> NotebookNode:
    """A cell from a TOML file, with the fields that every cell has added."""
    raw = NotebookNode({"id": name, "metadata": {}, "source": "", **_to_json(cell)})
    if raw.cell_type == "code":
        raw = NotebookNode({"execution_count": 1, "outputs": [], **raw})
    return raw


def _attributes_of(name: str, tree: ast.AST) -> set[str]:
    """The dotted attributes of ``name`` in a tree: ``a``, ``a.b``."""
    chains = set()
    for node in ast.walk(tree):
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value  # noqa: PLW2901  down to the name that it starts with
        if attributes and isinstance(node, ast.Name) and node.id == name:
            chains.add(".".join(attributes))
    return chains


def _exists(module: str, dotted_name: str) -> bool:
    value: Any = importlib.import_module(module)
    for name in dotted_name.split("."):
        if isinstance(value, ModuleType):
            with contextlib.suppress(ImportError):
                importlib.import_module(f"{value.__name__}.{name}")
        if not hasattr(value, name):
            return False
        value = getattr(value, name)
    return True


def _to_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return NotebookNode({key: _to_json(item) for key, item in value.items()})
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    return value
