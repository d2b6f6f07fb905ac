"""The cover: the form's fields, and where the student's particulars are kept."""

import pytest

from utils import labreport
from utils.labreport import cover
from utils.labreport.cover import CoverError, find_folder, load_form, load_particulars


def test_our_form_has_the_fields_of_the_published_reports():
    """In Chinese, as on the form that students hand in."""
    labels = [field.label("zh_CN") for field in load_form(None).fields]
    assert {"学号", "日期", "班级", "姓名", "Email"} <= set(labels)


def test_the_folder_is_found_from_the_notebook_s_folder(tmp_path):
    """Beside the notebooks' folders, and not too far up."""
    (tmp_path / "labreport").mkdir()
    notebooks = tmp_path / "regularization"
    notebooks.mkdir()
    assert find_folder(notebooks) == tmp_path / "labreport"
    deep = tmp_path / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    assert find_folder(deep) is None


def test_particulars_come_back_as_they_were_saved(tmp_path):
    """Quotes, Chinese and backslashes too; nothing half-written stays."""
    values = {"name": '爱达 "A"', "class": "a\\b\n", "student_number": "007"}
    path = cover.save_particulars(tmp_path / "labreport", values)
    assert load_particulars(path.parent).values == values
    assert [one.name for one in path.parent.iterdir()] == ["particulars.toml"]


def test_no_particulars_are_an_empty_cover(tmp_path):
    """A report can be made before the form is filled in."""
    assert load_particulars(None).values == {}
    assert load_particulars(tmp_path).values == {}


def test_a_number_without_quotes_is_understood(tmp_path):
    """Students write their number as a number."""
    (tmp_path / "particulars.toml").write_text("student_number = 2026")
    assert load_particulars(tmp_path).values == {"student_number": "2026"}


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("particulars.toml", "name = Ada", "is not valid TOML"),
        ("particulars.toml", "name = ['Ada']", "name has to be a text"),
        ("form.toml", "[[fields]]\nname = 'a'", "needs a name and a label"),
        ("form.toml", "fields = 3", "needs a list"),
        ("form.toml", "[[fields]]\nname = 'a'\nlabel = {en = 1}", "needs a name and a label"),
        ("form.toml", "[[fields]]\nname = 'a'\nlabel = {en = 'A'}\nsize = 3", "unknown key 'size'"),
        ("form.toml", "title = 'x'", "unknown key 'title'"),
        ("form.toml", "heading = 'x'", "heading needs a text for each language"),
    ],
)
def test_a_broken_file_is_a_sentence_with_its_name(tmp_path, name, text, sentence):
    """Which file, which entry, and what to do."""
    (tmp_path / name).write_text(text)
    with pytest.raises(CoverError, match=sentence) as caught:
        load_form(tmp_path) if name == "form.toml" else load_particulars(tmp_path)
    assert str(tmp_path / name) in str(caught.value)


@pytest.fixture
def in_notebook(monkeypatch, tmp_path):
    """A kernel, a notebook's folder, and what is displayed there."""
    shown = []
    (tmp_path / "doubling").mkdir()
    monkeypatch.chdir(tmp_path / "doubling")
    monkeypatch.setattr(labreport, "has_kernel", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    return shown


def test_the_form_saves_outside_of_the_notebook_and_forgets(in_notebook, tmp_path):
    """A second call works as the first; what is saved is not in the widgets any more."""
    labreport.cover_form()
    labreport.cover_form()
    box = in_notebook[-1]
    *inputs, last = box.children
    name = next(one for one in inputs if one.description == "Name")
    name.value = " Ada "
    button, message = last.children
    button.click()
    assert load_particulars(tmp_path / "labreport").values == {"name": "Ada"}
    assert (name.value, name.placeholder) == ("", "filled in")
    assert message.value == "Saved in labreport/particulars.toml."
    assert "Ada" not in repr(box)


def test_without_a_kernel_there_is_no_form(monkeypatch, capsys):
    """Where work is graded, the cell does nothing."""
    monkeypatch.setattr(labreport, "has_kernel", lambda: False)
    labreport.cover_form()
    labreport.met_problems()
    assert capsys.readouterr().out == ""


def test_met_problems_lists_what_was_recorded(in_notebook, tmp_path, capsys):
    """As Markdown; nothing yet where nothing was."""
    labreport.met_problems()
    assert capsys.readouterr().out == "Nothing yet.\n"
    (tmp_path / "labreport").mkdir()
    line = '{"time": "2026-03-01 12:00", "function": "f", "message": "too large"}\n'
    (tmp_path / "labreport" / "history.jsonl").write_text(line, "utf-8")
    labreport.met_problems()
    assert capsys.readouterr().out == "- 2026-03-01 12:00, `f`: too large\n"
