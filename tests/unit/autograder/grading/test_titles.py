"""What a notebook calls its exercises and questions."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.titles import exercise_titles
from tests.support.mistake_bank import role


def checks(name):
    """A test cell."""
    return new_code_cell("1", metadata=role(name, grade=True, solution=False, points=1))


def question(name):
    """A cell for an answer in words."""
    return new_markdown_cell("", metadata=role(name, grade=True, solution=True, points=1))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("## 2. Steps\n\n### Exercise 3 · One step\n\nWrite it.", "Exercise 3 · One step"),
        ("### Bonus exercise · The complex step", "Bonus exercise · The complex step"),
        ("# Homework\n\n**Mind the shapes.** A row is an example.", "Homework"),
        ("**Task A:** write a loop", "Task A"),
        ("**你的两步。** 写出 A 和 B。", "你的两步"),
        ("Only words, **some** of them bold.", None),
    ],
)
def test_an_exercise_is_called_by_its_heading(text, title):
    """Without a heading, by the words that a paragraph begins with."""
    titles = exercise_titles(new_notebook(cells=[new_markdown_cell(text), checks("a-check")]))
    assert titles.get("a-check") == title


def test_a_question_is_called_by_its_first_words():
    """Also where the heading of the whole part stands in the same cell."""
    notebook = new_notebook(
        cells=[
            new_markdown_cell("## 8. Your report\n\nBriefly.\n\n**Question 1.** Why?"),
            question("first"),
            new_markdown_cell("**Conclusion.** What have you seen?"),
            question("last"),
        ]
    )
    assert exercise_titles(notebook) == {"first": "Question 1", "last": "Conclusion"}


def test_a_chinese_question_is_called_by_its_first_words():
    """Its full stop is another character."""
    cells = [new_markdown_cell("**结论\u3002** 你看到了什么"), question("a")]
    cells += [new_markdown_cell("**问题 1\uff1a**为什么"), question("b")]
    assert exercise_titles(new_notebook(cells=cells)) == {"a": "结论", "b": "问题 1"}


def test_a_heading_is_the_title_of_one_cell():
    """Two test cells under one heading are not called the same."""
    notebook = new_notebook(cells=[new_markdown_cell("# One"), checks("a"), checks("b")])
    assert exercise_titles(notebook) == {"a": "One"}
