"""The course on a real JupyterHub that deploy/jupyterhub sets up, with three accounts.

Robin is the instructor, Ada and Grace are students. Grace is curious.
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
SUBMITTED = {ADA: "l2_without_half", GRACE: "all_correct"}
NOTEBOOK = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
FORMGRADER = "formgrader/api"
PARAMETERS = {"course_id": COURSE, "assignment_id": ASSIGNMENT}
DEPLOY = ROOT / "deploy" / "jupyterhub"


def pins(path: Path) -> dict[str, str]:
    """The versions in a file of pins, by package."""
    lines = [line.split("==") for line in path.read_text("utf-8").splitlines() if line]
    return {canonicalize_name(name): version for name, version in lines}


def test_the_hub_and_the_course_pin_the_same_versions():
    """Where both pin a package, they agree."""
    hub, course = pins(DEPLOY / "requirements.txt"), pins(ROOT / "constraints.txt")
    assert {"jupyterhub", "pip"} <= hub.keys()
    assert {name: hub[name] for name in hub.keys() & course.keys()} == {
        name: course[name] for name in hub.keys() & course.keys()
    }


def test_only_root_can_set_up_a_hub():
    """Others get a sentence, and the exit code is 2."""
    script = DEPLOY / "setup.py"
    process = subprocess.run(
        ["/usr/bin/python3", script, "install", "--instructor", ROBIN],
        user=65533 if os.geteuid() == 0 else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == "Only root can make accounts and start their servers; use sudo.\n"


@dataclass(frozen=True)
class Deployment:
    """The paths of the deployment under test, and what its script printed each time."""

    prefix: Path
    exchange: Path
    port: int
    dry_run: str
    first_run: str
    second_run: str

    @property
    def shared(self) -> Path:
        """The course's part of the exchange."""
        return self.exchange / COURSE

    def find(self, pattern: str) -> Path:
        """The only path that root finds for this pattern."""
        process = as_root("sh", "-c", f"ls -d {pattern}")
        (path,) = process.stdout.splitlines()
        return Path(path)


def has_account(name: str) -> bool:
    """Whether the machine has the account."""
    return subprocess.run(["id", name], check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    """Install on this machine as the README says; afterwards remove everything again."""
    reason = missing_requirement()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    assert not any(map(has_account, PEOPLE)), (
        "an account has the name of a test's: remove it by hand"
    )
    name = f"df-test-{secrets.token_hex(4)}"
    prefix, exchange, port = Path("/opt", name), Path("/srv", name), free_port()
    # a copy that nobody edits meanwhile
    clone = tmp_path_factory.mktemp("clone")
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for folder in ("assignments", "autograder", "release", "source", "utils"):
        shutil.copytree(ROOT / folder, clone / folder, ignore=ignored)
    for path in (*ROOT.glob("*.toml"), *ROOT.glob("*.txt"), *ROOT.glob("*.py"), *ROOT.glob("*.md")):
        shutil.copy(path, clone)
    shutil.copy(ROOT / "LICENSE", clone)
    arguments = [
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
    arguments += ["--python", PYTHON, "--instructor", ROBIN, "--student", ADA, "--student", GRACE]
    try:
        dry_run = setup("--dry-run", *arguments)
        assert not any(map(has_account, PEOPLE))
        assert not prefix.exists()
        first_run = setup(*arguments)
        assert first_run.returncode == 0, first_run.stderr
        second_run = setup(*arguments)
        yield Deployment(
            prefix, exchange, port, dry_run.stdout, first_run.stdout, second_run.stdout
        )
    finally:
        removal = setup("--prefix", prefix, "remove", "--with-people")
        for path in (prefix, exchange):
            as_root("rm", "-rf", path)  # if the script has failed
    assert removal.returncode == 0, removal.stderr
    assert not any(map(has_account, PEOPLE))
    assert not any(Path("/home", name).exists() for name in PEOPLE)


@pytest.fixture(scope="module")
def hub(deployment, tmp_path_factory):
    """The running hub: by name, the people who are logged in."""
    passwords = {name: secrets.token_urlsafe(16) for name in PEOPLE}
    lines = "".join(f"{name}:{password}\n" for name, password in passwords.items())
    assert as_root("chpasswd", input=lines).returncode == 0
    log = tmp_path_factory.mktemp("hub") / "hub.log"
    with running_hub(deployment.prefix, deployment.port, log) as url:
        people = {name: HubUser(url, name, passwords[name]) for name in PEOPLE}
        for person in people.values():
            person.log_in()
            person.start()
        yield people


@dataclass(frozen=True)
class TaughtAssignment:
    """The results of one assignment, from the release to the feedback."""

    course: Path
    scores: dict[str, float]
    written: dict[str, str]
    collected: dict[str, str]
    log: str


@pytest.fixture(scope="module")
def taught(deployment, hub):
    """One assignment, taught with nbgrader's buttons; Grace does mischief before the collection."""
    robin, ada, grace = (hub[name] for name in PEOPLE)
    assignment = Course(ROOT).assignment(ASSIGNMENT)
    examples = {one.name: one for one in load_examples(assignment)}
    for step in ("assign", "release"):
        robin.request_json("POST", f"{FORMGRADER}/assignment/{ASSIGNMENT}/{step}")
    written = {}
    for person in (ada, grace):
        person.request_json("POST", "assignments/fetch", params=PARAMETERS)
        notebook = examples[SUBMITTED[person.name]].notebook(assignment)
        content = json.loads(json.dumps(notebook))
        body = {"type": "notebook", "format": "json", "content": content}
        person.request_json("PUT", f"api/contents/{NOTEBOOK}", json=body)
        person.request_json("POST", "assignments/submit", params=PARAMETERS)
        written[person.name] = person.python(f"print(open({NOTEBOOK!r}).read())")
    output = grace.python(FORGERIES.format(place=deployment, home=f"/home/{ROBIN}/{COURSE}"))
    assert output == "done\n"
    log = robin.request_json("POST", f"{FORMGRADER}/assignment/{ASSIGNMENT}/collect")["log"]
    for name in SUBMITTED:
        robin.request_json("POST", f"{FORMGRADER}/submission/{ASSIGNMENT}/{name}/autograde")
    for step in ("generate_feedback", "release_feedback"):
        robin.request_json("POST", f"{FORMGRADER}/assignment/{ASSIGNMENT}/{step}")
    for person in (ada, grace):
        person.request_json("POST", "assignments/fetch_feedback", params=PARAMETERS)
    submissions = robin.request_json("GET", f"{FORMGRADER}/submissions/{ASSIGNMENT}")
    collected = {
        name: robin.python(f"print(open('{COURSE}/submitted/{name}/{NOTEBOOK}').read())")
        for name in SUBMITTED
    }
    scores = {one["student"]: one["score"] for one in submissions}
    return TaughtAssignment(Path("/home", ROBIN, COURSE), scores, written, collected, log)


@pytest.mark.long
class TestDeployment:
    """What the script does on a machine."""

    def test_a_dry_run_prints_what_a_run_does(self, deployment):
        """The lines are the same, and nothing is done (see the fixture)."""
        assert deployment.dry_run.splitlines() == [
            f"would {line}" for line in deployment.first_run.splitlines()
        ]
        assert f"would make the account {ADA}" in deployment.dry_run

    def test_a_second_run_changes_nothing(self, deployment):
        """There is nothing left to do."""
        assert deployment.second_run == "nothing to do\n"

    def test_the_course_has_a_new_seed(self, deployment):
        """It is not the one that everybody can read in the repository."""
        seed = as_root("cat", f"/home/{ROBIN}/{COURSE}/.autograder/seed").stdout
        assert re.fullmatch(r"[0-9a-f]{64}\n", seed)

    @pytest.mark.parametrize("name", PEOPLE)
    def test_nobody_is_asked_about_news(self, hub, name):
        """JupyterLab would ask everybody at the first start whether to fetch them."""
        plugin = "@jupyterlab/apputils-extension:notification"
        settings = hub[name].request_json("GET", f"lab/api/settings/{plugin}")
        assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"


@pytest.mark.long
class TestTaughtAssignment:
    """The three work with nbgrader's own tools."""

    def test_scores_are_those_of_the_examples(self, taught):
        """Formgrader's button grades in the jail, under an ordinary account."""
        examples = {one.name: one for one in load_examples(Course(ROOT).assignment(ASSIGNMENT))}
        assert taught.scores == {
            student: examples[name].score for student, name in SUBMITTED.items()
        }

    def test_the_command_line_gives_the_same_scores(self, hub, taught):
        """`autograder grade` in the instructor's terminal agrees with formgrader."""
        output = hub[ROBIN].python(
            "import subprocess; print(subprocess.run(['autograder', 'grade', 'regularization', "
            f"'--force', '--json', '-'], cwd='{COURSE}', capture_output=True, text=True).stdout)"
        )
        scores = {one["student"]: one["score"] for one in json.loads(output)["submissions"]}
        assert scores == taught.scores

    def test_students_can_read_why_points_were_lost(self, hub, taught):
        """Ada's page names her mistake; Grace's does not."""
        pages = {
            name: hub[name].python(
                "import glob; print(*[open(path).read() for path in "
                f"glob.glob('{ASSIGNMENT}/feedback/*/{ASSIGNMENT}.html')])"
            )
            for name in SUBMITTED
        }
        bank = Course(ROOT).assignment(ASSIGNMENT).folder / "mistakes.toml"
        mistakes = tomllib.loads(bank.read_text("utf-8"))["mistake"]
        (message,) = [one["message"]["en"] for one in mistakes if one["id"] == "l2-without-half"]
        words = message.partition(".")[0]
        assert words in pages[ADA]
        assert words not in pages[GRACE]

    def test_only_the_instructor_has_formgrader(self, hub):
        """A student's server does not have the page."""
        codes = {name: hub[name].request("GET", "formgrader").status_code for name in PEOPLE}
        assert codes == {ROBIN: 200, ADA: 404, GRACE: 404}

    def test_members_of_the_course_are_the_hubs_groups(self, hub, taught):
        """With the permissions of the student's server, nbgrader asks the hub."""
        courses = hub[ADA].request_json("GET", "courses")["value"]
        assert courses == [COURSE]
        groups = hub[ADA].python(
            "import os; from nbgrader.auth import JupyterHubAuthPlugin as P; "
            "print(P().get_student_courses('*'))"
        )
        assert groups == f"{[COURSE]}\n"


@pytest.mark.long
class TestIsolation:
    """What Grace cannot do, neither from her own kernel nor over HTTP."""

    @pytest.mark.parametrize("what", ATTEMPTS)
    def test_it_is_refused(self, deployment, hub, taught, what):
        """The system refuses it; the path is there, and root can do it."""
        action, pattern = ATTEMPTS[what]
        path = pattern.format(
            course=taught.course, shared=deployment.shared, prefix=deployment.prefix
        )
        if action is not MAKE:
            path = str(deployment.find(path.replace(" ", r"\ ")))
        if action in {READ, LIST}:
            code = f"import os; {action.format(path)}"
            assert as_root(PYTHON, "-c", code).returncode == 0
        output = hub[GRACE].python(
            f"import os\ntry:\n    {action.format(path)}\n    print('done')\n"
            "except PermissionError:\n    print('refused')"
        )
        assert output == "refused\n", path

    def test_what_is_submitted_for_somebody_else_is_not_collected(self, taught):
        """Ada's own work is graded, although Grace submitted for her with a later time."""
        assert taught.collected[ADA] == taught.written[ADA]
        assert taught.written[GRACE] != taught.written[ADA]
        forged = f"'{ADA}+{ASSIGNMENT}+2099-01-01 00:00:00.000000 UTC+x'"
        assert f"{forged}: it was put there by {GRACE}" in taught.log

    def test_a_link_is_not_followed_with_the_instructors_rights(self, deployment, hub, taught):
        """What Grace linked to is not collected, and so is in no feedback that she can open."""
        names = as_root("find", f"{taught.course}/submitted/{GRACE}").stdout
        assert NOTEBOOK in names  # of the folder that has the links
        assert (
            "2099"
            in as_root(
                "cat", f"{taught.course}/submitted/{GRACE}/{ASSIGNMENT}/timestamp.txt"
            ).stdout
        )
        assert not re.search(r"source\.html|seed\.html|assignments|pipe", names)
        seed = as_root("cat", f"{taught.course}/.autograder/seed").stdout.strip()
        assert len(seed) > 20
        for secret in (seed, "BEGIN HIDDEN TESTS"):
            search = as_root("grep", "-rlF", secret, deployment.exchange)
            assert search.stdout == ""

    @pytest.mark.parametrize("path", ["lab", "api/contents", "api/kernels", "api/terminals"])
    def test_nobody_can_use_the_server_of_somebody_else(self, hub, path):
        """Robin's and Ada's servers refuse Grace's token."""
        for other in (ROBIN, ADA):
            response = hub[GRACE].request("GET", path, of=other, allow_redirects=False)
            assert response.status_code in {302, 403}
            assert response.status_code == 403 or "/hub/" in response.headers["Location"]
            assert hub[other].request("GET", path).ok

    def test_kernels_cannot_be_overheard(self, hub, taught):
        """Grace listens at all of Ada's ports, but hears only a kernel of her own with ports."""
        assert hub[GRACE].python(LISTEN) == "ready\n"
        assert hub[ADA].python("print('Ada whispers')") == "Ada whispers\n"
        assert hub[GRACE].python(RECEIVED) == "True False\n"

    def test_shared_folders_have_no_readable_files(self, hub, taught):
        """In the folders that everybody shares there is no file of others that Grace can read."""
        output = hub[GRACE].python(
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
        assert output == "looked\n"


@pytest.mark.long
@pytest.mark.browser
def test_menus_in_the_browser(hub, taught):
    """Ada has the Assignment List and no formgrader, Robin has formgrader."""
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip("Debian's chromium is not installed (apt-get install chromium)")
    screenshots = ROOT / "screenshots"
    screenshots.mkdir(exist_ok=True)
    with chromium() as browser:
        for name in (ADA, ROBIN):
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.goto(f"{hub[name].hub}/hub/login")
            if name == ADA:
                page.screenshot(path=screenshots / "hub-login.png")
            page.fill("#username_input", name)
            page.fill("#password_input", hub[name].password)
            page.click("#login_submit")
            page.wait_for_url("**/user/**")
            page.goto(f"{hub[name].hub}/user/{name}/lab?reset")
            menus = page.locator(".lm-MenuBar-itemLabel")
            menus.filter(has_text="Nbgrader").click(timeout=120_000)
            page.locator("#jp-mainmenu-nbgrader li[data-command]:visible").first.wait_for()
            items = page.locator("#jp-mainmenu-nbgrader li[data-command]:visible")
            entries = items.evaluate_all("all => all.map(one => one.dataset.command)")
            # this entry would open it in a frame, which the hub does not allow
            assert "nbgrader:open-formgrader" not in entries
            assert menus.filter(has_text="Formgrader").count() == (name == ROBIN)
            if name == ADA:
                page.click('li[data-command="nbgrader:open-assignment-list"]')
                page.wait_for_selector("#submitted_assignments_list .list_item", timeout=60_000)
                assert ASSIGNMENT in page.inner_text("#submitted_assignments_list")
                page.screenshot(path=screenshots / "hub-assignment-list.png")
            else:
                page.keyboard.press("Escape")
                menus.filter(has_text="Formgrader").click()
                with page.context.expect_page() as opened:
                    page.click("#jp-mainmenu-formgrader li")
                formgrader = opened.value
                row = formgrader.locator("#main-table tr", has_text=ASSIGNMENT)
                with screenshot(formgrader, screenshots / "hub-formgrader.png"):
                    row.wait_for(timeout=60_000)
                assert row.locator(".num-submissions").inner_text() == str(len(SUBMITTED))
                with formgrader.context.expect_page() as opened:
                    row.get_by_role("link", name=ASSIGNMENT).click()
                opened.value.wait_for_url(
                    f"**/user/{ROBIN}/lab/tree/{COURSE}/source/{ASSIGNMENT}", timeout=60_000
                )
            page.context.close()


@contextlib.contextmanager
def screenshot(page, path):
    """Take a screenshot at the end of the block, even if it fails."""
    try:
        yield
    finally:
        page.screenshot(path=path)
