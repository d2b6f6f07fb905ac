"""A report as a file: its sections in both languages, its figures, and what it never holds."""

import io
import sys
from pathlib import Path

import nbformat
import pypdfium2
import pytest
from PIL import Image

from tests.unit.utils.labreport.conftest import answer, figure, png, v4
from utils.labreport import words
from utils.labreport.__main__ import main
from utils.labreport.content import read_notebook
from utils.labreport.cover import save_particulars
from utils.labreport.document import Options
from utils.labreport.exporters import (
    LabReportExporter,
    LabReportInMenu,
    LabReportPDFExporter,
    LabReportPDFInMenu,
)
from utils.labreport.pandoc import ConversionError
from utils.labreport.pictures import Picture
from utils.labreport.render import PDF
from utils.labreport.report import make_report


@pytest.fixture
def folder(tmp_path, notebook):
    """A course's folder with the notebook in it; returns the notebook's file."""
    path = tmp_path / "doubling" / "doubling.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)
    save_particulars(tmp_path / "labreport", {"name": "Ada", "class": "2", "student_number": "17"})
    return path


def pdf_text(data):
    """All text of a PDF."""
    pages = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def test_html_has_every_field_of_the_form(folder, capsys):
    """The fields of the published reports, in their order."""
    assert main([str(folder), "--language", "zh_CN"]) == 0
    page = folder.with_suffix(".labreport.html").read_text("utf-8")
    assert capsys.readouterr().out.strip() == str(folder.with_suffix(".labreport.html"))
    say = words.load("zh_CN")
    places = [
        page.index(f">{say[key]}<")
        for key in ("purpose", "environment", "principle", "steps", "results", "conclusion")
    ]
    assert places == sorted(places)
    for text in (
        "学号",
        "Ada",
        "课程实验报告",
        "y <span",
        "Because",
        "A sum of two",
        "图 1",
        "未作答",
    ):
        assert text in page
    assert 'src="data:image/png;base64,' in page
    assert 'alt="Exercise 1 · Twice"' in page


def test_html_loads_nothing(folder):
    """No address in it but of namespaces, and a policy that forbids to load."""
    main([str(folder)])
    page = folder.with_suffix(".labreport.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_pdf_says_the_same(folder):
    """Cover, code, results, figure and answers, with page numbers."""
    output = folder.with_name("report.pdf")
    assert main([str(folder), "-o", str(output)]) == 0
    text = pdf_text(output.read_bytes())
    for part in (
        "Ada",
        "Lab report",
        "y = given * x",
        "the sign",
        "Figure 1",
        "Because two",
        "1 / ",
    ):
        assert part in text
    assert b"StructTreeRoot" in output.read_bytes(), "the PDF is not tagged"


def test_code_and_names_can_be_left_out(folder):
    """For a course that marks blind, or that wants no source code."""
    main([str(folder), "--no-code", "--anonymous"])
    page = folder.with_suffix(".labreport.html").read_text("utf-8")
    assert "Ada" not in page
    assert "Student number" not in page
    assert "given" not in page


def test_several_notebooks_make_one_report(folder):
    """Each is a part of its own; the cover and the appendix are there once."""
    other = folder.with_name("other.ipynb")
    other.write_bytes(folder.read_bytes())
    output = folder.with_name("both.html")
    assert main([str(folder), str(other), "-o", str(output)]) == 0
    page = output.read_text("utf-8")
    assert page.count(">Steps<") == 2
    assert page.count("Figure 2") == 1
    assert page.count(">Appendix<") == 1


def test_what_cannot_be_made_is_a_sentence(folder, capsys, tmp_path):
    """Exit code 2, the file's name, no traceback, no half-written file."""
    text = tmp_path / "a.ipynb"
    text.write_text("hello")
    assert main([str(text)]) == 2
    assert "is not a Jupyter notebook" in capsys.readouterr().err
    assert main([str(folder), "-o", str(tmp_path / "missing" / "x.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    (tmp_path / "labreport" / "particulars.toml").write_text("name = Ada")
    assert main([str(folder)]) == 2
    assert "particulars.toml is not valid TOML" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(folder), "-o", "x.docx"])
    assert list(folder.parent.iterdir()) == [folder]


def test_a_course_s_own_template_and_form_are_used(folder, tmp_path):
    """From the folder ``labreport``."""
    (tmp_path / "labreport" / "report.html").write_text("MINE $for(cover)$$cover.label$;$endfor$")
    (tmp_path / "labreport" / "form.toml").write_text(
        '[[fields]]\nname = "bench"\nlabel = { en = "Bench" }\n'
    )
    main([str(folder)])
    assert folder.with_suffix(".labreport.html").read_text("utf-8").startswith("MINE Bench;")


@pytest.mark.parametrize(
    "formula",
    ["$\\undefined{x}$", "$\\begin{a}$", "$" + "{" * 200 + "$", '$#import "x"$', "$\\frac{1}$"],
)
def test_a_formula_that_cannot_be_set_costs_no_report(notebook, tmp_path, formula):
    """It is shown in one form or another."""
    notebook.cells[6] = answer("why", f"See {formula} here.")
    report = make_report([read_notebook(notebook, "x")], tmp_path, Options(), PDF)
    text = pdf_text(report.data)
    assert "See" in text
    assert "here." in text


@pytest.mark.parametrize(
    "text",
    ['#read("/etc/passwd")', '#image("x.png")', "`#panic()`", "\\\\ ] #panic() [", "$ #panic() $"],
)
def test_typst_s_own_commands_are_text(notebook, tmp_path, text):
    """What a student writes is never markup of Typst's."""
    notebook.cells[6] = answer("why", f"Before {text} after.")
    said = pdf_text(make_report([read_notebook(notebook, "x")], tmp_path, Options(), PDF).data)
    assert "Before" in said
    assert "root:" not in said


def test_the_exporters_are_in_jupyter_s_menu(folder, notebook):
    """JupyterLab lists what has a name there; nbconvert gives the notebook's folder."""
    resources = {"metadata": {"name": "doubling", "path": str(folder.parent)}}
    page, _ = LabReportExporter().from_notebook_node(notebook, resources)
    assert "Ada" in page
    data, _ = LabReportPDFExporter().from_notebook_node(notebook, resources)
    assert data.startswith(b"%PDF")


def test_only_the_entries_of_the_menu_are_in_it():
    """JupyterLab lists the exporters that say so; the others are for the command line."""
    assert LabReportInMenu().export_from_notebook == "Lab report"
    assert LabReportPDFInMenu().export_from_notebook == "Lab report (PDF)"
    assert not LabReportExporter().export_from_notebook


def test_chinese_without_a_font_is_said(notebook, tmp_path, monkeypatch):
    """In place of empty boxes without a word."""
    monkeypatch.setattr("utils.labreport.render._chinese_font", lambda: None)
    report = make_report([read_notebook(notebook, "x")], tmp_path, Options("zh_CN"), PDF)
    assert report.notes == [words.load("zh_CN")["no_chinese"]]


def test_a_picture_is_no_taller_than_a_third_of_a_page():
    """A wide one takes all of the width; one of few rows is smaller than a table of pictures."""
    assert Picture(png(400, 100)).width() == 1.0
    assert Picture(png(100, 100)).width() == pytest.approx(45 / 170)
    assert Picture(png(540, 540)).width() == pytest.approx(60 / 170)
    assert Picture(png(900, 900)).width() == pytest.approx(90 / 170)
    assert Picture(b"\xff\xd8\xff").width() == 0.7


def jpeg_says(columns, rows):
    """The first bytes of a JPEG that says how large it is, behind a segment of something else."""
    size = rows.to_bytes(2, "big") + columns.to_bytes(2, "big")
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08" + size + bytes(9)


def png_says(columns, rows):
    """A PNG with another size in its header."""
    size = columns.to_bytes(4, "big") + rows.to_bytes(4, "big")
    return png()[:16] + size + png()[24:]


@pytest.mark.parametrize("form", ["html", PDF])
@pytest.mark.parametrize(
    "data", [png_says(20_000, 20_000), jpeg_says(60_000, 60_000), png_says(2**31, 1), b"GIF89a"]
)
def test_a_picture_of_too_many_pixels_is_left_out_with_a_sentence(notebook, tmp_path, data, form):
    """A file of some kilobytes may hold pixels for gigabytes of memory, here and in a browser."""
    notebook.cells.append(figure(data))
    report = make_report([read_notebook(notebook, "doubling")], tmp_path, Options(), form)
    assert "doubling.ipynb: Pictures that are left out because they are" in report.notes[-1]
    assert report.notes[-1].endswith("damaged: 1.")


def test_the_size_of_a_jpeg_is_known():
    """Wherever the segment with it is; of a file without it nothing is."""
    assert Picture(jpeg_says(640, 480)).size == (640, 480)
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG")
    assert Picture(file.getvalue()).size == (64, 48)
    for data in (b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x00", jpeg_says(1, 1)[:14]):
        assert Picture(data).size == (0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_typst_has_only_so_much_memory(notebook, tmp_path, monkeypatch):
    """What needs more ends with a sentence, and not with the computer."""
    monkeypatch.setattr("utils.labreport.render._MEMORY", 100 << 20)
    notebook.cells.append(figure(png(6000, 6000)))
    content = read_notebook(notebook, "doubling")
    with pytest.raises(ConversionError, match="Typst needs more than 100 MB of memory"):
        make_report([content], tmp_path, Options(), PDF)


def test_a_notebook_of_another_format_still_exports(notebook):
    """A cell without outputs, a raw cell, unknown metadata."""
    notebook.cells.append(v4.new_raw_cell("raw"))
    notebook.cells.append(v4.new_markdown_cell("x", metadata={"labreport": ["principle"]}))
    page, _ = LabReportExporter().from_notebook_node(notebook)
    assert "Doubling" in page


def test_the_student_s_numbers_stand_beside_the_expected_ones(notebook, tmp_path):
    """Numbers and short arrays; what is no such pair is passed over."""
    data = notebook.cells[3].outputs[0]["data"]["application/vnd.autograder.report+json"]
    long = "x" * 100
    data["checks"][0]["compared"] = [["y", "1.5", "2.5"], ["z", long, long], ["w"], 7]
    page = make_report([read_notebook(notebook, "x")], tmp_path, Options()).data.decode()
    assert "1.5 (expected 2.5)" in page
    assert long not in page
    data["checks"][0]["compared"] = "text"
    assert make_report([read_notebook(notebook, "x")], tmp_path, Options()).data


def test_printed_results_are_in_the_report(notebook, tmp_path):
    """What a cell printed, as text; of a long output its first lines, and no progress bars."""
    cell = v4.new_code_cell("print(accuracy)")
    cell.outputs = [
        v4.new_output("stream", name="stdout", text="test accuracy \x1b[1m91.0%\x1b[0m\n"),
        v4.new_output("stream", name="stderr", text="50%|#####"),
        v4.new_output("stream", name="stdout", text="10%\r20%\r"),
        v4.new_output("stream", name="stdout", text="line\n" * 500),
    ]
    notebook.cells.insert(5, cell)
    page = make_report([read_notebook(notebook, "x")], tmp_path, Options()).data.decode()
    assert "test accuracy 91.0%" in page
    assert "50%|" not in page
    assert "20%" not in page
    assert 5 < page.count("line\n") < 40


def test_the_list_of_problems_met_is_no_result(notebook, tmp_path):
    """It is a memory aid for the student."""
    cell = v4.new_code_cell("from utils.labreport import met_problems\n\nmet_problems()")
    cell.outputs = [v4.new_output("stream", name="stdout", text="- too large")]
    notebook.cells.append(cell)
    page = make_report([read_notebook(notebook, "x")], tmp_path, Options()).data.decode()
    assert "- too large" not in page


def test_a_notebook_without_results_is_said_where_it_is_exported(folder, notebook, capsys):
    """Not only in the report, which may be opened much later."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, folder)
    assert main([str(folder)]) == 0
    assert "run all its cells" in capsys.readouterr().err


def test_added_code_is_in_the_appendix_unless_code_is_left_out(notebook):
    """What led to a conclusion can be read there, as text, in the reader's language."""
    notebook.cells += [
        v4.new_code_cell("import numpy", id="code-0123456789"),
        v4.new_code_cell("print('</pre><script>mine()</script>')", id="0a1b2c3d"),
    ]
    content = read_notebook(notebook, "doubling")
    for language in words.languages():
        page = make_report([content], Path(), Options(language)).data.decode()
        appendix = page[page.index(f">{words.load(language)['own_code']}<") :]
        assert "mine()" in appendix
        assert "<script>" not in page
    assert "mine()" not in make_report([content], Path(), Options(code=False)).data.decode()


def test_an_exercise_without_a_fault_takes_one_line(notebook):
    """The checks are named in it; a table is for what is wrong, or for values beside each other."""
    (cell,) = [one for one in notebook.cells if "exercise.report" in one.source]
    checks = next(iter(cell.outputs[0].data.values()))["checks"]
    page = make_report([read_notebook(notebook, "x")], Path(), Options("en")).data.decode()
    assert "<table" in page[page.index(">Results<") : page.index(">Conclusions<")]
    for check in checks:
        check.update(verdict="right", message="")
    page = make_report([read_notebook(notebook, "x")], Path(), Options("en")).data.decode()
    results = page[page.index(">Results<") : page.index(">Conclusions<")]
    assert "<table" not in results
    assert "All 2 checks are right. (the value; the sign)" in " ".join(results.split())
    del checks[1:]
    page = make_report([read_notebook(notebook, "x")], Path(), Options("en")).data.decode()
    assert "✓ right (the value)" in " ".join(page.split())
