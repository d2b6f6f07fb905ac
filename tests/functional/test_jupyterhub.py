"""The course on a real JupyterHub, as deploy/jupyterhub sets it up: three accounts of this machine.

Robin teaches; Ada and Grace learn. Grace is curious.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from autograder.authoring.examples import load_examples
from autograder.course.layout import Course
from tests.conftest import ASSIGNMENT
from tests.support.curious_student import ATTEMPTS, FORGERIES, LIST, LISTEN, MAKE, READ, RECEIVED
from tests.support.jupyterhub import (
    PYTHON,
    HubUser,
    as_root,
    free_port,
    missing_requirement,
    running_hub,
    setup,
)
from tests.support.jupyterlab import CHROMIUM, chromium
from tests.support.solutions import ROOT

COURSE = "deep-foundations"
ROBIN, ADA, GRACE = PEOPLE = ("df-robin", "df-ada", "df-grace")
HANDED_IN = {ADA: "l2_without_half", GRACE: "all_correct"}
NOTEBOOK = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
FORMGRADER = "formgrader/api"
WHICH = {"course_id": COURSE, "assignment_id": ASSIGNMENT}
DEPLOY = ROOT / "deploy" / "jupyterhub"


def pins(path: Path) -> dict[str, str]:
    """By package: the version in a file of bare pins."""
    lines = [line.split("==") for line in path.read_text("utf-8").splitlines() if line]
    return {canonicalize_name(name): version for name, version in lines}


def test_the_hub_and_the_course_want_the_same_versions():
    """The hub's pins are bare, and where the course pins a package, too, they agree."""
    hub, course = pins(DEPLOY / "requirements.txt"), pins(ROOT / "constraints.txt")
    assert {"jupyterhub", "pip"} <= hub.keys()
    assert {name: hub[name] for name in hub.keys() & course.keys()} == {
        name: course[name] for name in hub.keys() & course.keys()
    }


def test_only_root_sets_up_a_hub():
    """Anybody else gets a sentence, and exit code 2."""
    script = DEPLOY / "setup.py"
    done = subprocess.run(
        ["/usr/bin/python3", script, "install", "--instructor", ROBIN],
        user=65533 if os.geteuid() == 0 else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Only root can make accounts and start their servers; use sudo.\n"


@dataclass(frozen=True)
class Place:
    """Where the deployment under test lies, and what its script said each time."""

    prefix: Path
    exchange: Path
    port: int
    dry: str
    first: str
    again: str

    @property
    def shared(self) -> Path:
        """The course's part of the exchange."""
        return self.exchange / COURSE

    def found(self, pattern: str) -> Path:
        """The one path that root sees there."""
        done = as_root("sh", "-c", f"ls -d {pattern}")
        (path,) = done.stdout.splitlines()
        return Path(path)


def there_are(name: str) -> bool:
    """Whether the machine has the account."""
    return subprocess.run(["id", name], check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Install on this machine as the README says; take everything away again."""
    reason = missing_requirement()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    assert not any(map(there_are, PEOPLE)), "an account with a test's name: remove it by hand"
    name = f"df-test-{secrets.token_hex(4)}"
    prefix, exchange, port = Path("/opt", name), Path("/srv", name), free_port()
    # a clone that nobody edits meanwhile
    clone = tmp_path_factory.mktemp("clone")
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for room in ("assignments", "autograder", "release", "source", "utils"):
        shutil.copytree(ROOT / room, clone / room, ignore=ignored)
    for path in (*ROOT.glob("*.toml"), *ROOT.glob("*.txt"), *ROOT.glob("*.py"), *ROOT.glob("*.md")):
        shutil.copy(path, clone)
    shutil.copy(ROOT / "LICENSE", clone)
    words = [
        "--prefix",
        prefix,
        "install",
        "--clone",
        clone,
        "--exchange",
        exchange,
        "--port",
        str(port),
    ]
    words += ["--python", PYTHON, "--instructor", ROBIN, "--student", ADA, "--student", GRACE]
    try:
        dry = setup("--dry-run", *words)
        assert not any(map(there_are, PEOPLE))
        assert not prefix.exists()
        first = setup(*words)
        assert first.returncode == 0, first.stderr
        again = setup(*words)
        yield Place(prefix, exchange, port, dry.stdout, first.stdout, again.stdout)
    finally:
        gone = setup("--prefix", prefix, "remove", "--with-people")
        for path in (prefix, exchange):
            as_root("rm", "-rf", path)  # had the script failed
    assert gone.returncode == 0, gone.stderr
    assert not any(map(there_are, PEOPLE))
    assert not any(Path("/home", name).exists() for name in PEOPLE)


@pytest.fixture(scope="module")
def hub(place, tmp_path_factory):
    """The running hub's address, and by name who is logged in there."""
    passwords = {name: secrets.token_urlsafe(16) for name in PEOPLE}
    lines = "".join(f"{name}:{password}\n" for name, password in passwords.items())
    assert as_root("chpasswd", input=lines).returncode == 0
    log = tmp_path_factory.mktemp("hub") / "hub.log"
    with running_hub(place.prefix, place.port, log) as url:
        people = {name: HubUser(url, name, passwords[name]) for name in PEOPLE}
        for person in people.values():
            person.log_in()
            person.start()
        yield people


@dataclass(frozen=True)
class Term:
    """What came of one assignment, from the release to the feedback."""

    course: Path
    scores: dict[str, float]
    written: dict[str, str]
    collected: dict[str, str]
    log: str


@pytest.fixture(scope="module")
def term(place, hub):
    """One assignment by the buttons of nbgrader; before the collection Grace does what she can."""
    robin, ada, grace = (hub[name] for name in PEOPLE)
    assignment = Course(ROOT).assignment(ASSIGNMENT)
    examples = {one.name: one for one in load_examples(assignment)}
    for step in ("assign", "release"):
        robin.request_json("POST", f"{FORMGRADER}/assignment/{ASSIGNMENT}/{step}")
    written = {}
    for person in (ada, grace):
        person.request_json("POST", "assignments/fetch", params=WHICH)
        notebook = examples[HANDED_IN[person.name]].notebook(assignment)
        content = json.loads(json.dumps(notebook))
        body = {"type": "notebook", "format": "json", "content": content}
        person.request_json("PUT", f"api/contents/{NOTEBOOK}", json=body)
        person.request_json("POST", "assignments/submit", params=WHICH)
        written[person.name] = person.python(f"print(open({NOTEBOOK!r}).read())")
    said = grace.python(FORGERIES.format(place=place, home=f"/home/{ROBIN}/{COURSE}"))
    assert said == "done\n"
    log = robin.request_json("POST", f"{FORMGRADER}/assignment/{ASSIGNMENT}/collect")["log"]
    for name in HANDED_IN:
        robin.request_json("POST", f"{FORMGRADER}/submission/{ASSIGNMENT}/{name}/autograde")
    for step in ("generate_feedback", "release_feedback"):
        robin.request_json("POST", f"{FORMGRADER}/assignment/{ASSIGNMENT}/{step}")
    for person in (ada, grace):
        person.request_json("POST", "assignments/fetch_feedback", params=WHICH)
    found = robin.request_json("GET", f"{FORMGRADER}/submissions/{ASSIGNMENT}")
    collected = {
        name: robin.python(f"print(open('{COURSE}/submitted/{name}/{NOTEBOOK}').read())")
        for name in HANDED_IN
    }
    scores = {one["student"]: one["score"] for one in found}
    return Term(Path("/home", ROBIN, COURSE), scores, written, collected, log)


@pytest.mark.long
class TestDeployment:
    """What the script does to a machine."""

    def test_a_dry_run_says_what_a_run_then_does(self, place):
        """Line by line the same, and nothing is done (the fixture looked)."""
        assert place.dry.splitlines() == [f"would {line}" for line in place.first.splitlines()]
        assert f"would make the account {ADA}" in place.dry

    def test_a_second_run_finds_nothing_to_do(self, place):
        """Running it again changes nothing."""
        assert place.again == "nothing to do\n"

    def test_the_course_has_a_seed_of_its_own(self, place):
        """Not the one that everybody can read in the repository."""
        config = as_root("cat", f"/home/{ROBIN}/{COURSE}/nbgrader_config.py").stdout
        (seed,) = re.findall(r'seed = "(.*)"', config)
        assert len(seed) == 64
        assert "change me" not in config

    @pytest.mark.parametrize("name", PEOPLE)
    def test_nobody_is_asked_whether_to_fetch_news(self, hub, name):
        """JupyterLab would ask each person at the first start."""
        plugin = "@jupyterlab/apputils-extension:notification"
        found = hub[name].request_json("GET", f"lab/api/settings/{plugin}")
        assert found["schema"]["properties"]["fetchNews"]["default"] == "false"


@pytest.mark.long
class TestTerm:
    """The three do their work with nbgrader's own tools."""

    def test_each_gets_the_score_that_the_example_must_get(self, term):
        """Graded by formgrader's button, in the jail, as an ordinary account."""
        examples = {one.name: one for one in load_examples(Course(ROOT).assignment(ASSIGNMENT))}
        assert term.scores == {who: examples[name].score for who, name in HANDED_IN.items()}

    def test_the_command_line_says_the_same(self, hub, term):
        """`autograder grade` in the instructor's terminal gives formgrader's scores."""
        said = hub[ROBIN].python(
            "import subprocess; print(subprocess.run(['autograder', 'grade', 'regularization', "
            f"'--force', '--json', '-'], cwd='{COURSE}', capture_output=True, text=True).stdout)"
        )
        found = {one["student"]: one["score"] for one in json.loads(said)["submissions"]}
        assert found == term.scores

    def test_a_student_reads_why_points_were_lost(self, hub, term):
        """The fetched page names Ada's mistake; Grace's does not."""
        pages = {
            name: hub[name].python(
                "import glob; print(*[open(path).read() for path in "
                f"glob.glob('{ASSIGNMENT}/feedback/*/{ASSIGNMENT}.html')])"
            )
            for name in HANDED_IN
        }
        bank = Course(ROOT).assignment(ASSIGNMENT).folder / "mistakes.toml"
        mistakes = tomllib.loads(bank.read_text("utf-8"))["mistake"]
        (hint,) = [one["message"]["en"] for one in mistakes if one["id"] == "l2-without-half"]
        words = hint.partition(".")[0]
        assert words in pages[ADA]
        assert words not in pages[GRACE]

    def test_formgrader_is_the_instructors(self, hub):
        """The page is in Robin's server and not in a student's."""
        answers = {name: hub[name].request("GET", "formgrader").status_code for name in PEOPLE}
        assert answers == {ROBIN: 200, ADA: 404, GRACE: 404}

    def test_the_hubs_groups_say_who_is_in_the_course(self, hub, term):
        """Nbgrader asks the hub, with the right of the student's own server."""
        found = hub[ADA].request_json("GET", "courses")["value"]
        assert found == [COURSE]
        groups = hub[ADA].python(
            "import os; from nbgrader.auth import JupyterHubAuthPlugin as P; "
            "print(P().get_student_courses('*'))"
        )
        assert groups == f"{[COURSE]}\n"


@pytest.mark.long
class TestIsolation:
    """What Grace cannot do, from a kernel of her own and over HTTP."""

    @pytest.mark.parametrize("what", ATTEMPTS)
    def test_it_is_refused(self, place, hub, term, what):
        """The system says no; the path is there, and root gets at it."""
        action, pattern = ATTEMPTS[what]
        path = pattern.format(course=term.course, shared=place.shared, prefix=place.prefix)
        if action is not MAKE:
            path = str(place.found(path.replace(" ", r"\ ")))
        if action in {READ, LIST}:
            code = f"import os; {action.format(path)}"
            assert as_root(PYTHON, "-c", code).returncode == 0
        said = hub[GRACE].python(
            f"import os\ntry:\n    {action.format(path)}\n    print('done')\n"
            "except PermissionError:\n    print('refused')"
        )
        assert said == "refused\n", path

    def test_what_is_handed_in_for_another_is_not_collected(self, term):
        """Ada's own work is graded, though Grace handed in for her with a later time."""
        assert term.collected[ADA] == term.written[ADA]
        assert term.written[GRACE] != term.written[ADA]
        forged = f"'{ADA}+{ASSIGNMENT}+2099-01-01 00:00:00.000000 UTC+x'"
        assert f"{forged}: it was put there by {GRACE}" in term.log

    def test_a_link_is_not_followed_with_the_instructors_rights(self, place, hub, term):
        """What Grace linked to is not collected, hence not in any feedback that she can open."""
        names = as_root("find", f"{term.course}/submitted/{GRACE}").stdout
        assert NOTEBOOK in names  # of the very folder that holds the links
        assert (
            "2099"
            in as_root("cat", f"{term.course}/submitted/{GRACE}/{ASSIGNMENT}/timestamp.txt").stdout
        )
        assert not re.search(r"source\.html|seed\.html|assignments|pipe", names)
        seed = re.search(
            'seed = "(.*)"', as_root("cat", f"{term.course}/nbgrader_config.py").stdout
        )
        for secret in (seed[1], "BEGIN HIDDEN TESTS"):
            found = as_root("grep", "-rlF", secret, place.exchange)
            assert found.stdout == ""

    @pytest.mark.parametrize("path", ["lab", "api/contents", "api/kernels", "api/terminals"])
    def test_nobody_enters_anothers_server(self, hub, path):
        """With a token of her own Grace is refused by Robin's and Ada's servers."""
        for other in (ROBIN, ADA):
            answer = hub[GRACE].request("GET", path, of=other, allow_redirects=False)
            assert answer.status_code in {302, 403}
            assert answer.status_code == 403 or "/hub/" in answer.headers["Location"]
            assert hub[other].request("GET", path).ok

    def test_kernels_cannot_be_overheard(self, hub, term):
        """Grace listens at all ports of Ada, and hears but a kernel of her own with ports."""
        assert hub[GRACE].python(LISTEN) == "ready\n"
        assert hub[ADA].python("print('Ada whispers')") == "Ada whispers\n"
        assert hub[GRACE].python(RECEIVED) == "True False\n"

    def test_nothing_lies_about(self, hub, term):
        """In the folders that all share there is no file of another that Grace can read."""
        said = hub[GRACE].python(
            "import os, pwd\n"
            "others = {pwd.getpwnam(name).pw_uid for name in ('df-ada', 'df-robin')}\n"
            "for top in ('/tmp', '/var/tmp', '/dev/shm'):\n"
            "    for folder, _, names in os.walk(top):\n"
            "        for name in names:\n"
            "            path = os.path.join(folder, name)\n"
            "            try:\n"
            "                if os.lstat(path).st_uid in others and os.access(path, os.R_OK):\n"
            "                    print(path)\n"
            "            except OSError:\n"
            "                pass\n"
            "print('looked')"
        )
        assert said == "looked\n"


@pytest.mark.long
@pytest.mark.browser
def test_what_each_sees_in_the_browser(hub, term):
    """Through the hub's login: Ada her Assignment List, Robin formgrader; Ada has no formgrader."""
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip("Debian's chromium is not installed (apt-get install chromium)")
    pictures = ROOT / "screenshots"
    pictures.mkdir(exist_ok=True)
    with chromium() as browser:
        for name in (ADA, ROBIN):
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.goto(f"{hub[name].hub}/hub/login")
            if name == ADA:
                page.screenshot(path=pictures / "hub-login.png")
            page.fill("#username_input", name)
            page.fill("#password_input", hub[name].password)
            page.click("#login_submit")
            page.wait_for_url("**/user/**")
            page.goto(f"{hub[name].hub}/user/{name}/lab?reset")
            menus = page.locator(".lm-MenuBar-itemLabel")
            menus.filter(has_text="Nbgrader").click(timeout=120_000)
            page.locator("#jp-mainmenu-nbgrader li[data-command]:visible").first.wait_for()
            offered = page.locator("#jp-mainmenu-nbgrader li[data-command]:visible")
            entries = offered.evaluate_all("all => all.map(one => one.dataset.command)")
            # in a frame, where this entry opens it, the hub lets nothing be shown
            assert "nbgrader:open-formgrader" not in entries
            assert menus.filter(has_text="Formgrader").count() == (name == ROBIN)
            if name == ADA:
                page.click('li[data-command="nbgrader:open-assignment-list"]')
                page.wait_for_selector("#submitted_assignments_list .list_item", timeout=60_000)
                assert ASSIGNMENT in page.inner_text("#submitted_assignments_list")
                page.screenshot(path=pictures / "hub-assignment-list.png")
            else:
                page.keyboard.press("Escape")
                menus.filter(has_text="Formgrader").click()
                with page.context.expect_page() as opened:
                    page.click("#jp-mainmenu-formgrader li")
                formgrader = opened.value
                row = formgrader.locator("#main-table tr", has_text=ASSIGNMENT)
                with taken(formgrader, pictures / "hub-formgrader.png"):
                    row.wait_for(timeout=60_000)
                assert row.locator(".num-submissions").inner_text() == str(len(HANDED_IN))
                with formgrader.context.expect_page() as opened:
                    row.get_by_role("link", name=ASSIGNMENT).click()
                opened.value.wait_for_url(
                    f"**/user/{ROBIN}/lab/tree/{COURSE}/source/{ASSIGNMENT}", timeout=60_000
                )
            page.context.close()


@contextlib.contextmanager
def taken(page, path):
    """A picture of what was seen, whether what was waited for came or not."""
    try:
        yield
    finally:
        page.screenshot(path=path)
