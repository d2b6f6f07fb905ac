"""The site is built without a warning, and what its pages say is so."""

from __future__ import annotations

import ast
import html.parser
import inspect
import json
import pkgutil
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields

import click
import jsonschema
import pytest
import yaml
from hypothesis import given
from msgspec import convert, structs

import autograder
import utils
from autograder.authoring.examples import Example
from autograder.cli import main
from autograder.course.assignment_toml import Limits, LimitsTable
from autograder.course.layout import Course
from autograder.course.settings import GradingTraits
from autograder.diagnosis.mistakes import EquivalentMutant, Mistake, load_bank
from autograder.diagnosis.solution import load_solution
from autograder.models import Grade, Verdict
from autograder.reports.formats import FORMATS
from autograder.reports.json_report import to_json
from autograder.sandbox.jail import LAYERS
from tests.conftest import ASSIGNMENT
from tests.support.jupyterlab import chromium
from tests.support.solutions import ROOT
from tests.support.strategies import grades
from utils import checks

DOCS = ROOT / "docs"
CONTEXT = click.Context(main)
COMMANDS = {name: main.get_command(CONTEXT, name) for name in main.list_commands(CONTEXT)}
PAGES = sorted(DOCS.rglob("*.md"))
# Pages that tell a reader what to type: also those outside of the site.
TELLING = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def named(path):
    """How a page is called in a test's name."""
    return path.relative_to(ROOT).as_posix()


def blocks(path, *languages):
    """Code blocks of a page, without the indentation of a list."""
    for indent, language, text in FENCE.findall(path.read_text("utf-8")):
        if language in languages:
            yield "\n".join(line.removeprefix(indent) for line in text.split("\n"))


def commands(path):
    """Every call of ours that a page shows, in a block or between backticks."""
    text = re.sub(r"\\\n\s*", "", path.read_text("utf-8"))
    found = re.findall(r"(?:^|[`$&] ?|then )(autograder [^`\n]+)", text, re.MULTILINE)
    return [one.strip() for one in found if re.match(r"autograder [a-z]", one)]


class Sources(html.parser.HTMLParser):
    """What a page makes a browser load."""

    def __init__(self, text):
        super().__init__()
        self.loaded = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note what a tag loads."""
        given = dict(attrs)
        loads = tag in {"script", "img", "iframe", "link", "source", "video"}
        self.loaded += [given[key] for key in ("src", "href") if loads and given.get(key)]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The built site, for the whole run; warnings end the build."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--fail-on-warning", "--keep-going", "--quiet", "--jobs", "auto"]
    options += ["--doctree-dir", str(folder / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(folder / "html")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder / "html"


@pytest.fixture(scope="module")
def browser():
    """One Chromium for the tests of this file: as long as it is open, an event loop runs."""
    with chromium() as running:
        yield running


def test_every_page_is_in_the_menu(site):
    """The menu beside each page links all of them, in their four parts."""
    text = (site / "index.html").read_text("utf-8")
    menu = text.partition('<div class="sidebar-tree">')[2].partition("</aside>")[0]
    links = set(re.findall(r'href="([^"#]+)"', menu))
    pages = {path.relative_to(DOCS).with_suffix(".html").as_posix() for path in PAGES}
    made = {path.relative_to(site).as_posix() for path in (site / "reference/api").iterdir()}
    assert links == (pages - {"index.html"}) | made
    parts = re.findall(r'class="caption-text">([^<]+)<', menu)
    assert parts == ["Tutorial", "How-to guides", "Reference", "Explanation"]


def test_the_site_loads_nothing_from_elsewhere(site):
    """No script, font, picture or style comes over a network."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(PAGES)
    loaded = [one for page in pages for one in Sources(page.read_text("utf-8")).loaded]
    assert len(loaded) > 50
    assert [one for one in loaded if re.match(r"(\w+:)?//", one)] == []
    styles = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"@import|url\(['\"]?(?:https?:)?//", styles) == []


@pytest.mark.browser
def test_the_site_is_read_from_a_file(site, browser):
    """On a phone, without a server: no error in the console, nothing loaded, nothing cut off."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    troubles = watched(page)
    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            troubles.append(f"{path.relative_to(site)} is wider than a phone")
    page.close()
    assert troubles == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("words", "title", "address"),
    [
        ("late penalties", "How scores get into the gradebook", "explanation/gradebook.html"),
        ("numpy pickle", "Why the tests stay outside", "explanation/trust-line.html"),
        ("unchanged", "utils.checks.Check.unchanged", "reference/checks.html"),
        ("--min-score", "autograder-try", "reference/commands.html"),
    ],
)
def test_the_search_works_from_a_file(site, browser, words, title, address):
    """Words typed into the box of the first page give links to the pages that have them."""
    page = browser.new_page()
    troubles = watched(page)
    page.goto((site / "index.html").as_uri())
    page.get_by_placeholder("Search").fill(words)
    page.keyboard.press("Enter")
    page.locator("#search-results li a").filter(has_text=title).first.click()
    page.wait_for_url(f"**/{address}*")
    page.close()
    assert troubles == []


def watched(page):
    """A list that receives what goes wrong in a page, and what it loads from elsewhere."""
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("requestfailed", lambda request: troubles.append(f"{request.url} failed"))
    elsewhere = re.compile("^(?!file:|data:)")
    page.route(elsewhere, lambda route: troubles.append(route.request.url) or route.abort())
    return troubles


def words_of(markup):
    """The text of a piece of a page, with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).replace("¶", "").split())


def test_the_page_of_commands_has_them_all(site):
    """Each command has its section, with each option and what it is for."""
    page = (site / "reference" / "commands.html").read_text("utf-8")
    _, *parts = re.split(r'<section id="autograder-(\w+)">', page)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    assert set(sections) == set(COMMANDS)
    for name, command in COMMANDS.items():
        told = words_of(sections[name])
        helps = [command.help, *(getattr(option, "help", None) for option in command.params)]
        for text in filter(None, helps):
            assert " ".join(text.split()).replace("`", "") in told, name
        for option in command.params:
            for sign in option.opts if isinstance(option, click.Option) else ():
                assert f'id="cmdoption-autograder-{name}-{sign.strip("-")}"' in sections[name]


def test_every_module_has_its_docstrings_on_a_page(site):
    """Of both packages, whatever is added to them; a ``__main__`` is a command and no module."""
    pages = [*(site / "reference" / "api").iterdir(), site / "reference" / "checks.html"]
    found = re.findall(r'id="module-([\w.]+)"', "".join(one.read_text("utf-8") for one in pages))
    modules = [
        module.name
        for top in (autograder, utils)
        for module in pkgutil.walk_packages(top.__path__, f"{top.__name__}.")
        if not module.name.endswith(".__main__")
    ]
    assert sorted(found) == sorted(["autograder", "utils", *modules])


def test_the_page_of_checks_explains_every_argument(site):
    """An author can work from the page: each comparison is there, and each of its arguments."""
    page = (site / "reference" / "checks.html").read_text("utf-8")
    _, *parts = re.split(r'<dt [^>]*id="utils\.checks\.([\w.]+)">', page)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    told = {"fresh": checks.fresh, "Exercise": checks.Exercise}
    for kind in (checks.Exercise, checks.Check):
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                told[f"{kind.__name__}.{name}"] = method
    assert {"Exercise.check", "Check.close", "Check.unchanged"} < set(told)
    for name, function in told.items():
        for argument in set(inspect.signature(function).parameters) - {"self"}:
            assert f"<strong>{argument}</strong>" in sections[name], (name, argument)


@pytest.mark.parametrize("page", TELLING, ids=named)
def test_every_command_shown_exists(page):
    """Each `autograder …` on a page names a command of ours, and options that it takes."""
    for line in commands(page):
        words = shlex.split(line.split(" #")[0].replace("…", "..."))
        words = words[1 : next((n for n, one in enumerate(words) if one in {"&&", "|"}), None)]
        name, *rest = words
        assert name in COMMANDS, line
        command = COMMANDS[name]
        taken = {sign: option for option in command.params for sign in option.opts}
        while rest:
            word = rest.pop(0)
            if word.startswith("--") or word == "-h":
                assert word in {*taken, "--help", "-h"}, line
                option = taken.get(word)
                if option is not None and not getattr(option, "is_flag", False) and rest:
                    value = rest.pop(0)
                    if isinstance(option.type, click.Choice):
                        assert value in option.type.choices, line


def test_commands_are_found_on_pages():
    """The search for commands finds them in blocks, between backticks and over broken lines."""
    found = [line for page in TELLING for line in commands(page)]
    assert len(found) > 50
    assert "autograder doctor" in found
    assert any("--format junit" in line and "--min-score" in line for line in found)
    assert {line.split()[1] for line in found} >= set(COMMANDS)


@pytest.mark.parametrize("page", TELLING, ids=named)
def test_every_file_named_exists(page):
    """A file of the repository that a page names between backticks is there."""
    folders = "assignments|autograder|benchmarks|deploy|docs|tests|utils|\\.github"
    names = re.findall(rf"`((?:{folders})/[\w./-]+)`", page.read_text("utf-8"))
    made = {"assignments/regularization/examples/lambda_squared.toml"}  # by the reader
    missing = [one for one in names if one not in made and not (ROOT / one).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_sample_is_valid(page):
    """Python compiles, TOML and JSON and YAML are read."""
    for text in blocks(page, "python"):
        ast.parse(text)
    for text in blocks(page, "toml"):
        tomllib.loads(text)
    for text in blocks(page, "json"):
        json.loads(text)
    for text in blocks(page, "yaml"):
        yaml.safe_load(text)


def test_samples_are_what_the_loaders_take():
    """Each sample of mistakes.toml, examples and assignment.toml is accepted by our own readers."""
    seen = {"mistake": 0, "student": 0, "limits": 0}
    for page in PAGES:
        for text in blocks(page, "toml"):
            data = tomllib.loads(text)
            for one in data.get("mistake", []):
                convert(one, Mistake)
                seen["mistake"] += 1
            convert(data.get("equivalent", []), list[EquivalentMutant])
            if "student" in data:
                convert({"name": page.stem, **data}, Example)
                seen["student"] += 1
            if "limits" in data:
                convert(data["limits"], LimitsTable)
                seen["limits"] += 1
    assert all(seen.values()), seen


def test_the_tutorials_mistake_is_one(course):
    """What a reader of the tutorial adds is a mistake of our solution, and a sample of it."""
    assignment = course.assignment(ASSIGNMENT)
    mistake, sample = blocks(DOCS / "tutorial" / "first-assignment.md", "toml")
    path = assignment.folder / "mistakes.toml"
    path.write_text(path.read_text("utf-8") + "\n" + mistake, "utf-8")
    known = load_bank(assignment).mistakes
    (added,) = [
        one for one in known if one not in load_bank(Course(ROOT).assignment(ASSIGNMENT)).mistakes
    ]
    example = Example(name="lambda_squared", **tomllib.loads(sample))
    assert set(example.names.values()) == {added}
    namespace = load_solution(assignment).globals_with_mistakes([known[added]])
    wrong = namespace._replaced[known[added].function]
    (cell,) = [c for c in example.notebook(assignment).cells if _name(c) == "l2-cost"]
    assert example.answers["l2-cost"][0] in wrong
    assert example.answers["l2-cost"][0] in cell.source


def _name(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def rows(page):
    """By name: the default and the meaning in the tables of a page."""
    text = (DOCS / page).read_text("utf-8")
    found = re.findall(r"^\| `([^`]+)` \|(.+)\|$", text, re.MULTILINE)
    return {name: [part.strip() for part in rest.split(" | ")] for name, rest in found}


def test_reference_of_fields_is_complete():
    """Every limit, field and setting is on its page, with its default, and no other is."""
    told = rows("reference/assignment-toml.md")
    limits = {one.name: f"{one.default:g}" for one in fields(Limits)}
    assert {name: told[name][0] for name in limits} == limits
    mistake = {one.name for one in structs.fields(Mistake)} - {"title", "message"}
    assert set(rows("reference/mistakes-toml.md")) == {*mistake, "title.en", "message.en"}
    assert set(rows("reference/examples-toml.md")) == {
        one.name for one in structs.fields(Example) if one.name != "name"
    }
    required = {one.name for one in structs.fields(Example) if one.required}
    assert required == {"name", "student", "about", "score"}
    settings = {
        name.removeprefix("c.GradeCells."): told[0]
        for name, told in rows("reference/configuration.md").items()
        if name.startswith("c.GradeCells.")
    }
    ours = {
        name: trait.default() for name, trait in GradingTraits.class_own_traits(config=True).items()
    }
    assert {
        name: ast.literal_eval(told.strip("`").replace("\\|", "|"))
        for name, told in settings.items()
    } == ours


def test_words_of_the_contract_are_explained():
    """Every verdict, every layer of the jail and every exit code has its row."""
    assert set(rows("reference/json.md")) >= {one.value for one in Verdict}
    assert set(rows("explanation/jail.md")) == set(LAYERS)
    text = (DOCS / "reference" / "commands.md").read_text("utf-8")
    assert re.findall(r"^\| (\d) \|", text, re.MULTILINE) == ["0", "1", "2", "3"]


def test_what_each_layer_is_for_is_what_was_measured():
    """The page on the jail names just those layers that an attack of LAYERS.md needs to be off."""
    table = (ROOT / "tests" / "attacks" / "LAYERS.md").read_text("utf-8")
    head, *attacks = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.split("\n")
        if line.startswith("| ")
    )
    columns = {head[n]: [row[0] for row in attacks if row[n]] for n in range(1, len(head))}
    assert columns.pop("all layers") == []
    page = (DOCS / "explanation" / "jail.md").read_text("utf-8")
    told = set(re.findall(r"^- Without `(\w+)`", page, re.MULTILINE))
    assert columns.pop("no layer")
    assert told == {name.removeprefix("without ") for name, some in columns.items() if some}


def test_every_make_target_named_exists():
    """What pages tell a reader to make, the Makefile makes."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in TELLING:
        text = page.read_text("utf-8")
        told = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
        assert told <= targets, page


SCHEMA = json.loads((DOCS / "reference" / "grades.schema.json").read_text("utf-8"))


@given(grades)
def test_grades_fit_the_schema(grade):
    """Whatever a grade is, its JSON is what the schema says, and every field is in the schema."""
    data = json.loads(json.dumps(to_json(ASSIGNMENT, [grade])))
    jsonschema.validate(data, SCHEMA)
    parts = SCHEMA["$defs"]
    assert set(data) == set(SCHEMA["properties"])
    for one in data["submissions"]:
        assert set(one) == set(parts["submission"]["properties"])
        for notebook in one["notebooks"]:
            assert set(notebook) == set(parts["notebook"]["properties"])
            for cell in notebook["cells"]:
                assert set(cell) == set(parts["cell"]["properties"])
                for check in cell["checks"]:
                    assert set(check) == set(parts["check"]["properties"])


def test_the_schema_can_refuse():
    """A verdict that does not exist, or a missing field, is not taken."""
    sample = json.loads(next(blocks(DOCS / "reference" / "json.md", "json")))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(sample, SCHEMA)
    for one in sample["submissions"]:
        assert Grade.from_json(one, assignment="x").to_json()["notebooks"]
    sample["submissions"][0]["notebooks"][0]["cells"][0]["verdict"] = "nice"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(sample, SCHEMA)


def test_measured_figures_stand_where_they_were_measured():
    """Each figure that the page on costs takes from a benchmark is on that benchmark's page."""
    text = (DOCS / "how-to" / "cluster.md").read_text("utf-8")
    table = re.findall(r"^\| .+ \| ([\d.,]+) \| `(benchmarks/\w+\.md)`", text, re.MULTILINE)
    assert table
    for figure, page in table:
        assert f" {figure} " in (ROOT / page).read_text("utf-8"), f"{figure} in {page}"


def test_the_page_on_github_names_every_format():
    """The table says who reads each, so it is written by hand."""
    page = (DOCS / "how-to" / "github.md").read_text("utf-8")
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", page)) == set(FORMATS)
