"""A translated course: the same grades, names and code, and nothing but the language is another."""

import ast
import io
import re
import tokenize
from types import SimpleNamespace

import pytest

from autograder.authoring.build import from_text
from autograder.authoring.examples import load_examples
from autograder.authoring.hints_file import hints_text
from autograder.authoring.translatable import translation_faults
from autograder.authoring.translation.code_texts import code_without_texts
from autograder.course.catalogues import catalogue_languages
from autograder.course.grading_options import GradingOptions
from autograder.course.layout import Course
from autograder.course.notebook import grade_id, is_test, points_of
from autograder.course.released_cells import release_cell
from autograder.diagnosis.mistakes import load_bank
from autograder.diagnosis.solution import Solution
from autograder.grading.grade import grade_restored
from autograder.grading.restore import restore
from autograder.runners.jailed import JailedRunner
from tests.conftest import ASSIGNMENT, ROOT, copy_course
from tests.support.pseudo_language import LANGUAGE, pseudo, write_pseudo_catalogue

# One with a mistake, and one with answers that a person grades beside empty ones.
_SAMPLES = ("l2_without_half", "written_answers")


@pytest.fixture(scope="module")
def runner():
    """What runs notebooks."""
    with JailedRunner() as runner:
        yield runner


@pytest.fixture(scope="module")
def translated(tmp_path_factory):
    """The assignment in a course that speaks another language, built."""
    from autograder.authoring.build import build

    course = copy_course(tmp_path_factory.mktemp("translated"))
    config = course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text('utf-8')}\nc.Course.language = {LANGUAGE!r}\n", "utf-8")
    write_pseudo_catalogue(course, ASSIGNMENT)
    build(course.assignment(ASSIGNMENT))
    return course.assignment(ASSIGNMENT)


def test_a_whole_translation_has_no_fault(translated):
    """The pseudo-language keeps what a translation has to keep."""
    assert list(translation_faults(translated)) == []


def test_names_points_and_code_are_the_same(translated, assignment):
    """So a class may mix both."""
    cells = list(zip(assignment.notebook.cells, translated.notebook.cells, strict=True))
    for english, other in cells:
        assert (grade_id(other), other.id) == (grade_id(english), english.id)
        assert other.metadata.get("nbgrader") == english.metadata.get("nbgrader")
        if grade_id(english) and is_test(english):
            assert points_of(other) == points_of(english)
        if english.cell_type == "code" and grade_id(english):
            assert code_without_texts(other.source) == code_without_texts(english.source)
        elif english.cell_type == "code":
            assert other.source == english.source
    assert sum(english.source != other.source for english, other in cells) > len(cells) / 2


def _said_in_code(cell):
    """What a student reads of a cell's code: all but the notes within the code of checks."""
    comments = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(cell.source).readline)
        if token.type == tokenize.COMMENT
    ]
    yield from comments[:1] if is_test(cell) else comments
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.FunctionDef) and not is_test(cell):
            yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Call) and "check" in ast.unparse(node.func):
            yield from (part.value for part in ast.walk(node) if _is_text(part))


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


def test_no_english_is_left(translated):
    """In text, in the docstrings and comments of students' cells, and in what checks say."""
    left = set()
    for cell in map(release_cell, translated.notebook.cells):
        if cell.cell_type == "code" and not grade_id(cell):
            continue  # helpers and experiments are the same in every language
        text = " ".join(_said_in_code(cell)) if cell.cell_type == "code" else cell.source
        text = re.sub(
            r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|<[^>]*>|\]\(\S*\)", " ", text, flags=re.DOTALL
        )
        left |= {word for word in re.findall(r"[a-z]{4,}", text) if pseudo(word) != word}
    assert left <= {"approx", "line", "lines", "result"}  # markers, and "the result"


@pytest.mark.slow  # eight submissions
def test_the_same_grades(translated, assignment, runner):
    """Of notebooks in either language, in a course in either language; told in the course's."""
    messages = {}
    for name in _SAMPLES:
        scores = set()
        for written_for in (assignment, translated):
            example = next(one for one in load_examples(written_for) if one.name == name)
            for graded_in in (assignment, translated):
                language = "en" if graded_in is assignment else LANGUAGE
                notebook, notes = restore(example.notebook(written_for), graded_in.notebook)
                grade = grade_restored(
                    notebook,
                    graded_in,
                    runner,
                    GradingOptions(seed="translation", language=language),
                    student="x",
                    files=None,
                ).grade
                scores.add(tuple((cell.grade_id, cell.points) for cell in grade.cells))
                assert not notes
                messages[language] = [
                    check.message for cell in grade.cells for check in cell.checks if check.message
                ]
        assert len(scores) == 1, name
    assert all("不" in text or "没有" in text for text in messages[LANGUAGE])
    assert not any(re.search("[一-鿿]", text) for text in messages["en"])


def test_known_mistakes_can_be_made_in_every_language():
    """What a mistake replaces holds no comment that a translation has in other words."""
    for assignment in map(Course(ROOT).assignment, Course(ROOT).names()):
        for language in catalogue_languages(assignment):
            notebook = from_text(assignment, language)
            solution = Solution(SimpleNamespace(name=assignment.name, notebook=notebook))
            for mistake in load_bank(assignment).mistakes.values():
                solution.variant([mistake])


def test_hints_are_in_both_languages(translated):
    """A student may switch, and the file says what the notebook speaks."""
    text = hints_text(translated)
    assert f'"language":"{LANGUAGE}"' in text
    assert text.count(f'"{LANGUAGE}":') > 20


def test_a_changed_paragraph(translated):
    """``check`` names it, and the build shows it as it is in the source, with a mark."""
    text = translated.text.read_text("utf-8")
    paragraph = next(
        line
        for line in text.split("\n")
        if len(line) > 80 and line[0].isupper() and "$" not in line
    )
    translated.text.write_text(text.replace(paragraph, f"{paragraph} Really."), "utf-8")
    try:
        (finding,) = translation_faults(translated)
        assert f"{LANGUAGE}.po: {paragraph[:60]!r}"[:-1] in finding
        assert "run `autograder translate`" in finding
        shown = "\n".join(cell.source for cell in from_text(translated).cells)
        assert shown.count("[en] ") == 1
        assert f"[en] {paragraph} Really." in shown
    finally:
        translated.text.write_text(text, "utf-8")
