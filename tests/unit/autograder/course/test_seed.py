"""The secret seed of a course."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.course.layout import CONFIG, Course
from autograder.course.seed import load_seed, seed_file, seed_problem, weakness
from autograder.course.settings import Settings
from autograder.errors import CourseError
from autograder.gradebook.connect import open_gradebook
from tests.conftest import SEED
from tests.support.command_line import run


@pytest.fixture
def unseeded(course) -> Course:
    """A course whose config sets no seed."""
    config = course.root / CONFIG
    config.write_text(config.read_text("utf-8").replace("c.GradeCells.seed =", "_ ="), "utf-8")
    return course


def set_seed(course: Course, seed: str) -> None:
    """Set the seed in a course's config."""
    with (course.root / CONFIG).open("a") as file:
        file.write(f"\nc.GradeCells.seed = {seed!r}\n")


def test_a_course_gets_a_random_seed_of_its_own(tmp_path):
    """Two courses have two, each stays, and only the owner can read it."""
    first, second = load_seed(tmp_path / "a"), load_seed(tmp_path / "b")
    assert first != second
    assert len(first) == len(second) == 64
    assert load_seed(tmp_path / "a") == first
    assert seed_file(tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in seed_file(tmp_path / "a").parent.iterdir()].count("seed") == 1


def test_many_commands_at_once_agree_on_one(tmp_path):
    """As shards do that start together on a shared disk; no half-written file is ever read."""
    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(load_seed, [tmp_path] * 64))) == 1
    assert sorted(path.name for path in seed_file(tmp_path).parent.iterdir()) == [
        ".gitignore",
        "seed",
    ]


def test_git_does_not_track_it(tmp_path):
    """Whatever the repository's own .gitignore says."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    load_seed(tmp_path)
    shown = subprocess.run(
        ["git", "-C", tmp_path, "status", "--porcelain", "--untracked-files=all"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == ""


def test_the_config_takes_precedence(course, unseeded):
    """A course that sets its seed keeps it, and no file is made."""
    set_seed(course, SEED)
    assert Settings.load(course).options.seed == SEED
    assert not seed_file(course.root).exists()


def test_the_file_is_used_if_the_config_sets_none(unseeded):
    """And made only when the seed is needed, not by whatever reads the config."""
    settings = Settings.load(unseeded)
    assert not seed_file(unseeded.root).exists()
    assert settings.options.seed == load_seed(unseeded.root)


@pytest.mark.parametrize("text", ["", "\n", "short", "change me", "x" * 64])
def test_a_damaged_file_is_refused(tmp_path, text):
    """Another seed in its place would change what was graded before."""
    load_seed(tmp_path)
    seed_file(tmp_path).write_text(text)
    with pytest.raises(CourseError, match=r"seed is damaged.*remove the file"):
        load_seed(tmp_path)


def test_a_folder_in_which_nothing_can_be_made(tmp_path):
    """The sentence says what else can be done."""
    (tmp_path / ".autograder").write_text("a file")
    with pytest.raises(CourseError, match=r"set c\.GradeCells\.seed"):
        load_seed(tmp_path)


@pytest.mark.parametrize(
    ("seed", "strong"),
    [
        ("", False),
        ("change me", False),
        ("a long text that only you know", False),
        ("2027", False),
        ("abababababababababababab", False),
        ("0123456789abcdef" * 4, True),
        (SEED, True),
    ],
)
def test_weak_seeds(seed, strong):
    """Published, short, or of few different characters."""
    assert (weakness(seed) == "") is strong


def test_a_file_that_others_can_read(tmp_path):
    """As after copying it to another machine."""
    seed = load_seed(tmp_path)
    assert seed_problem(tmp_path, tmp_path / CONFIG, seed) == ""
    seed_file(tmp_path).chmod(0o644)
    assert "chmod 600" in seed_problem(tmp_path, tmp_path / CONFIG, seed)


@pytest.mark.parametrize("command", ["check", "grade", "doctor"])
def test_commands_say_when_a_seed_is_published(course, monkeypatch, command):
    """The sentence names the file and what to do; without that seed nothing is said."""
    monkeypatch.setattr("autograder.commands.check._check_in_turn", lambda *_: iter([]))
    monkeypatch.setattr("autograder.commands.check.check_in_parallel", lambda *_: iter([]))
    monkeypatch.setattr("autograder.reports.test_strength_table.strength_table", lambda _: "")
    monkeypatch.setattr("autograder.commands.machine_report.examine_machine", report)
    words = [command] if command == "doctor" else [command, "regularization"]
    monkeypatch.setattr("autograder.commands.grade.assignments", lambda *_: [])
    monkeypatch.setattr("autograder.commands.check.assignments", lambda *_: [])
    told = "everybody can read"
    assert told not in run(*words, course=course).output
    set_seed(course, "change me")
    shown = " ".join(run(*words, course=course).output.split())
    assert told in shown
    assert "Take c.GradeCells.seed out" in shown


def report():
    """What was found on a machine on which nothing was examined."""
    from autograder.commands.machine_report import MachineReport

    return MachineReport({"Python": "3"})


@pytest.mark.parametrize(("folder", "mode"), [(0o755, 0o600), (0o2770, 0o660)])
def test_who_can_read_the_gradebook(tmp_path, folder, mode):
    """Its owner, and in a course that a group shares, the group; an older one is closed, too."""
    tmp_path.chmod(folder)
    path = tmp_path / "gradebook.db"
    open_gradebook(f"sqlite:///{path}").close()
    assert path.stat().st_mode & 0o777 & ~mode == 0
    path.chmod(0o664)
    open_gradebook(f"sqlite:///{path}").close()
    assert path.stat().st_mode & 0o777 == mode
