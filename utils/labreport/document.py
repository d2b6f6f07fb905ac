"""A lab report as a Pandoc document, which is then written as HTML or as PDF.

The order of its sections is that of the form on which such reports are handed in: purpose, hardware
and software, principle and method, steps, results, conclusions, problems, appendix.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import panflute as pf

from utils.labreport import environment, words
from utils.labreport.content import Answer, Exercise, Figure, NotebookContent, Printed, Text
from utils.labreport.cover import Form, Particulars
from utils.labreport.fragments import markdown_blocks
from utils.labreport.pictures import Picture, Pictures

_SECONDS = 30.0  # for all texts of a report
_SHORT = 60  # characters of two values that are shown side by side: numbers, no arrays


@dataclass(frozen=True)
class Options:
    """What a report looks like.

    Attributes:
        language: The language of the report's own words, such as ``zh_CN``; by default the first
            notebook's.
        code: Whether the student's lines are shown.
        anonymous: Whether fields that identify the student are left out.
        points: For each notebook by its name, a line on its points; none without it.
    """

    language: str = ""
    code: bool = True
    anonymous: bool = False
    points: dict[str, str] = field(default_factory=dict)


@dataclass
class ReportDocument:
    """A report before it is written.

    Attributes:
        title: The title on the cover.
        heading: The line above the title; may be empty.
        cover: The cover's fields: labels and what was filled in.
        blocks: The body.
        pictures: The pictures that the body shows.
        language: The language of its own words.
    """

    title: str
    heading: str
    cover: list[tuple[str, str]]
    blocks: list[pf.Block]
    pictures: Pictures
    language: str


def build_document(
    contents: Sequence[NotebookContent], form: Form, particulars: Particulars, options: Options
) -> ReportDocument:
    """Put a report together.

    Args:
        contents: The notebooks that it is about, at least one.
        form: The fields of its cover.
        particulars: What the student filled in.
        options: What it looks like.
    """
    options = replace(options, language=options.language or contents[0].language)
    say = words.load(options.language)
    values = {"date": date.today().isoformat()} | dict(particulars.values)  # noqa: DTZ011 the reader's own day
    cover = [
        (one.label(options.language), values.get(one.name, ""))
        for one in form.fields
        if not (one.identifies and options.anonymous)
    ]
    title = " · ".join(content.title for content in contents)
    writer = _Writer(say, options)
    blocks: list[pf.Block] = []
    for content in contents:
        if len(contents) > 1:
            blocks.append(pf.Header(pf.Str(content.title), level=1, classes=["part"]))
        blocks += writer.sections(content)
    blocks += writer.appendix(contents)
    heading = form.heading.get(options.language) or form.heading.get("en") or ""
    return ReportDocument(title, heading, cover, blocks, writer.pictures, options.language)


class _Writer:
    """Writes the sections of a report, and numbers its figures."""

    def __init__(self, say: dict[str, str], options: Options) -> None:
        self.say = say
        self.options = options
        self.pictures = Pictures()
        self._figures = 0
        self._seconds = _SECONDS

    def sections(self, content: NotebookContent) -> Iterator[pf.Block]:
        yield from self._introduction(content)
        yield self._heading("steps")
        for exercise in content.exercises:
            yield from self._step(exercise)
        yield self._heading("results")
        if not content.was_run:
            yield self._note("not_run")
        for result in content.results:
            match result:
                case Figure():
                    yield self._figure(result)
                case Printed():
                    yield pf.CodeBlock(result.text)
                case Exercise():
                    yield from self._results(result)
        yield self._heading("conclusion")
        for answer in content.answers:
            yield from self._answer(answer)
        yield self._heading("problems")
        if content.problems.written:
            yield from self._markdown(content.problems)
        else:
            yield self._note("no_problems")

    def _introduction(self, content: NotebookContent) -> Iterator[pf.Block]:
        """Purpose, hardware and software, principle and method."""
        if content.purpose.written:
            yield self._heading("purpose")
            yield from self._markdown(content.purpose)
        yield self._heading("environment")
        yield _table(
            [
                [self.say["python"], environment.python()],
                [self.say["packages"], environment.packages()],
                [self.say["system"], environment.system()],
                [self.say["processor"], environment.processor()],
                [self.say["cores"], str(environment.cores())],
            ]
        )
        yield self._heading("principle")
        if content.principle.written:
            yield from self._markdown(content.principle)
        elif not content.formulas:
            yield self._note("no_principle")
        for formula in content.formulas:
            yield pf.Para(pf.Math(formula.strip(), format="DisplayMath"))

    def appendix(self, contents: Iterable[NotebookContent]) -> Iterator[pf.Block]:
        yield self._heading("appendix")
        rows = []
        for content in contents:
            if content.name in self.options.points:
                rows.append([content.title, self.options.points[content.name]])
            if content.sha256:
                rows.append([self.say["receipt"].format(name=content.name), content.sha256])
        rows.append([self.say["made"], date.today().isoformat()])  # noqa: DTZ011
        yield _table(rows)
        own_code = [code for content in contents for code in content.own_code]
        if own_code and self.options.code:
            yield pf.Header(*_inlines(self.say["own_code"]), level=2)
            yield from (pf.CodeBlock(code, classes=["python"]) for code in own_code)

    def _heading(self, key: str) -> pf.Header:
        return pf.Header(*_inlines(self.say[key]), level=1)

    def _note(self, key: str) -> pf.Para:
        return pf.Para(pf.Emph(*_inlines(self.say[key])))

    def _markdown(self, text: Text) -> list[pf.Block]:
        return self._blocks(text.markdown, text.attached)

    def _blocks(self, markdown: str, attached: Mapping[str, Picture]) -> list[pf.Block]:
        """Markdown as blocks; once the report's time is used up, as it was typed."""
        begun = time.monotonic()
        blocks = markdown_blocks(markdown, self.pictures, attached, seconds=self._seconds)
        self._seconds -= time.monotonic() - begun
        return blocks

    def _step(self, exercise: Exercise) -> Iterator[pf.Block]:
        yield pf.Header(*_inlines(exercise.title), level=2)
        yield from self._blocks(exercise.task, {})
        if not exercise.code.strip():
            yield self._note("no_code")
        elif self.options.code:
            yield pf.CodeBlock(exercise.code, classes=["python"])

    def _results(self, exercise: Exercise) -> Iterator[pf.Block]:
        yield pf.Header(*_inlines(exercise.title), level=2)
        if not exercise.checks:
            yield self._note("not_checked")
            return
        if all(line.right and not line.compared for line in exercise.checks):
            count = len(exercise.checks)
            said = self.say["all_right"].format(count=count) if count > 1 else self.say["right"]
            names = "; ".join(line.name for line in exercise.checks)
            yield pf.Para(*_inlines(f"✓ {said} ({names})"))
            return
        rows = [[self.say["check"], self.say["result"]]]
        for line in exercise.checks:
            verdict = self.say["right" if line.right else "wrong"]
            said = f"{verdict}: {line.message}" if line.message else verdict
            rows.append([line.name, f"{'✓' if line.right else '✗'} {said}"])
            for name, yours, expected in line.compared:
                if len(yours) + len(expected) <= _SHORT:
                    value = self.say["value"].format(yours=yours, expected=expected)
                    rows.append([f"    {name}", value])
        yield _table(rows, header=True)

    def _figure(self, figure: Figure) -> pf.Block:
        self._figures += 1
        number = self.say["figure"].format(number=self._figures)
        caption = [pf.Strong(*_inlines(number)), pf.Space, *_inlines(figure.caption)]
        image = pf.Image(
            *_inlines(figure.caption),
            url=self.pictures.add(figure.picture),
            attributes={"width": f"{figure.picture.width():.0%}"},
        )
        return pf.Figure(pf.Plain(image), caption=pf.Caption(pf.Plain(*caption)))

    def _answer(self, answer: Answer) -> Iterator[pf.Block]:
        yield pf.BlockQuote(*self._markdown(answer.question))
        if answer.answer.written:
            yield from self._markdown(answer.answer)
        else:
            yield self._note("no_answer")


def _inlines(text: str) -> list[pf.Inline]:
    """Text in which backticks enclose code."""
    parts: list[pf.Inline] = []
    for place, part in enumerate(re.split(r"`([^`]*)`", text)):
        parts += [pf.Code(part)] if place % 2 else _words(part)
    return parts


def _words(text: str) -> Iterator[pf.Inline]:
    for part in re.split(r"(\s+)", text):
        if part:
            yield pf.Space if part.isspace() else pf.Str(part)


def _table(rows: list[list[str]], *, header: bool = False) -> pf.Table:
    """A table of two columns; its first row is the header if it has one."""
    made = [pf.TableRow(*(pf.TableCell(pf.Plain(*_inlines(cell))) for cell in row)) for row in rows]
    head = pf.TableHead(*made[:1]) if header else pf.TableHead()
    columns = [("AlignLeft", 0.34), ("AlignLeft", 0.66)]
    return pf.Table(pf.TableBody(*(made[1:] if header else made)), head=head, colspec=columns)
