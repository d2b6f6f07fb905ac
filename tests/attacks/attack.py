"""One hostile notebook: a small file named after what it tries.

An attack is a TOML file in the folder of its kind::

    about = "Patches numpy's comparisons."
    score = 0.0                 # what the honest part of its code deserves
    cells = ["..."]             # code cells before the exercises
    after = ["..."]             # code cells at the end
    drop = ["double-check"]     # cells taken out

    [answers]                   # source of exercise cells; the others are left as released
    double = "def double(x): ..."

    [edit.double-check]         # changes to cells that the student should not touch
    source = "4.0"

Placeholders stand for what an attacker may know or guess: ``@COURSE@``, ``@GRADER@`` (the grader's
process), ``@PORT@``, ``@SOCKET@``, ``@ABSTRACT@``, ``@SEGMENT@``, ``@MARK@`` (what it names its
files and processes by). A cell that prints the line ``SUCCEEDED`` says that it got out.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.course.notebook import grade_id, is_solution, write_notebook
from autograder.course.released_cells import release_cell

HERE = Path(__file__).parent
# What no notebook program would write, but a file may hold.
_ODD = {
    '"@DEEP@"': "[" * 600 + "]" * 600,
    '"@DEEPER@"': "[" * 50_000 + "]" * 50_000,
    '"@NUMBER@"': "7" * 10_000,
    "@QUOTES@": "> " * 3000 + "* " * 3000 + "x",
    "@SURROGATE@": "\\ud800",
}
KINDS = ("forging", "reading", "escaping", "exhausting", "wire", "reader")


@dataclass(frozen=True)
class Attack:
    """One hostile submission (see the module's docstring).

    Attributes:
        kind: Its folder.
        jailed: Whether what it tries depends on the jail: it is tried without each layer, too.
        raw: Cells as JSON has them, put at the end as they are.
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

    def write(self, source: NotebookNode, path: Path, known: Mapping[str, str]) -> None:
        """Hand it in at ``path``, its placeholders filled in from ``known``."""
        write_notebook(self._notebook(source), path)
        text = path.read_text("utf-8")
        for old, new in {**{f"@{key}@": value for key, value in known.items()}, **_ODD}.items():
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
        for name, content in self.files.items():
            file = path.parent / name.replace("@NOTEXT@", "\udcff")  # a byte that is no text
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, "utf-8")

    def _notebook(self, source: NotebookNode) -> NotebookNode:
        made = copy.deepcopy(source)
        kept = [cell for cell in made.cells if grade_id(cell) not in self.drop]
        made.cells = []
        for cell in kept:
            name = str(grade_id(cell))
            if name in self.copies:
                made.cells.append(self._copy(cell, self.copies[name], "before"))
            made.cells.append(self._student_s(cell, name))
            if name in self.copies:
                made.cells.append(self._copy(cell, self.copies[name], "after"))
        made.cells[1:1] = [new_code_cell(text) for text in self.cells]
        made.cells += [new_code_cell(text) for text in self.after]
        made.cells += [raw_cell(cell, f"raw-{place}") for place, cell in enumerate(self.raw)]
        return made

    def _student_s(self, cell: NotebookNode, name: str) -> NotebookNode:
        if not grade_id(cell):
            return cell
        made = release_cell(cell)
        if is_solution(cell) and name in self.answers:
            made.source = self.answers[name]
        for key, value in self.edit.get(name, {}).items():
            if key == "nbgrader":
                made.metadata.nbgrader.update(value)
            elif key == "tags":
                made.metadata["tags"] = list(value)
            else:
                made[key] = _json(value)
        if made.cell_type != "code":
            made.pop("outputs", None)
            made.pop("execution_count", None)
        return made

    def _copy(self, cell: NotebookNode, source: str, place: str) -> NotebookNode:
        made = release_cell(cell)
        made.source = source
        made["id"] = f"{made['id']}-{place}"
        return made


def load(kind: str = "*") -> list[Attack]:
    """All attacks of a kind."""
    return [Attack.load(path) for path in sorted(HERE.glob(f"{kind}/*.toml"))]


def raw_cell(cell: Mapping[str, Any], name: str) -> NotebookNode:
    """A cell from a TOML file, with what every cell has."""
    made = NotebookNode({"id": name, "metadata": {}, "source": "", **_json(cell)})
    if made.cell_type == "code":
        made = NotebookNode({"execution_count": 1, "outputs": [], **made})
    return made


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return NotebookNode({key: _json(item) for key, item in value.items()})
    if isinstance(value, list):
        return [_json(item) for item in value]
    return value
