"""What a course's config says about grading."""

import pytest

from autograder.course.batch_settings import BatchSettings
from autograder.course.grading_options import EngineChoice, GradingOptions, OutputLimits
from autograder.course.language import course_language
from autograder.course.layout import CONFIG
from autograder.course.settings import Settings
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT, SEED


@pytest.fixture
def configure(course):
    """Add lines to the course's config."""

    def add(*lines):
        path = course.root / CONFIG
        path.write_text("\n".join([path.read_text("utf-8"), *lines, ""]), "utf-8")

    return add


def test_settings_of_the_course(course):
    """Name, gradebook and seed come from the config; everything else is a default."""
    settings = Settings.load(course)
    assert settings.course_id == "deep-foundations"
    assert settings.db_url == f"sqlite:///{course.root / 'gradebook.db'}"
    assert settings.choice == EngineChoice()
    assert settings.options == GradingOptions(seed=SEED)


def test_the_command_line_takes_precedence(course, configure):
    """Over the config, which takes precedence over the defaults."""
    configure("c.GradeCells.engine = 'kernel'", "c.GradeCells.jail_minimum = ['seccomp']")
    settings = Settings.load(course, {"jail": "none", "rerun_experiments": True})
    assert settings.choice == EngineChoice("kernel", "none", frozenset({"seccomp"}))
    assert settings.options.rerun_experiments


def test_the_language(course, configure):
    """It is a part of what a grade depends on, and one that there is not is named."""
    assert Settings.load(course).options.language == course_language(course) == "en"
    configure("c.Course.language = 'zh_CN'")
    assert Settings.load(course).options.language == course_language(course) == "zh_CN"
    configure("c.Course.language = 'zh_TW'")
    for load in (Settings.load, course_language):
        with pytest.raises(
            CourseError, match=r"'zh_TW'; there are en, zh_CN\. Did you mean 'zh_CN'"
        ):
            load(course)


def test_a_value_that_is_not_allowed(course, configure):
    """The sentence names the file and the setting."""
    configure("c.GradeCells.engine = 'steam'")
    with pytest.raises(CourseError, match=rf"{CONFIG} sets a wrong value: .*'engine' trait"):
        Settings.load(course)


def test_a_course_directory_with_overrides(course):
    """It has the same config, which stays as it was."""
    settings = Settings.load(course)
    other = settings.course_directory(root="/elsewhere", assignment_id=ASSIGNMENT)
    assert (other.root, other.assignment_id) == ("/elsewhere", ASSIGNMENT)
    assert other.course_id == settings.course_id
    assert settings.course_directory().root == str(course.root)


def test_files_beside_the_source_notebook(course, configure):
    """Notebooks, hints and what students may overwrite are left out."""
    configure(f"c.Autograde.exclude_overwriting = {{'{ASSIGNMENT}': ['mine.csv']}}")
    folder = course.assignment(ASSIGNMENT).source.parent
    for name in ("data.csv", "mine.csv", "hints.json", "other.ipynb"):
        (folder / name).write_text("{}", "utf-8")
    settings, assignment = Settings.load(course), course.assignment(ASSIGNMENT)
    assert dict(settings.replacing_files(assignment)) == {"data.csv": folder / "data.csv"}
    assert set(dict(settings.files_beside_source(assignment))) == {"data.csv", "mine.csv"}


def test_batch_settings_of_the_course(course, configure):
    """What nbgrader's converter and its preprocessors are configured to do."""
    configure(
        "c.LimitOutput.max_lines = 7",
        "c.Autograde.create_student = False",
        "c.Autograde.permissions = 600",
        "c.CourseDirectory.student_id_exclude = 'ada,bo'",
        "c.LateSubmissionPlugin.penalty_method = 'zero'",
    )
    settings = BatchSettings.load(course)
    assert settings.output_limits == OutputLimits(max_lines=7)
    assert not settings.create_student
    assert settings.permissions == 0o600
    assert settings.excluded == {"ada", "bo"}
    assert settings.penalty is not None
    assert settings.penalty("cleo", 12.0, 60.0) == 12.0


def test_preprocessors_that_are_off(course, configure):
    """Then output is kept whole and penalties are left as they are."""
    configure("c.LimitOutput.enabled = False", "c.AssignLatePenalties.enabled = False")
    settings = BatchSettings.load(course)
    assert settings.output_limits == OutputLimits(-1, -1)
    assert settings.penalty is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.Autograde.autograde_preprocessors.append('my.Step')", r"adds Step, so only nbgrader"),
        ("c.Autograde.autograde_preprocessors = []", r"does not call autograder's configure\(c\)"),
        ("c.BaseConverter.pre_convert_hook = print", r"adds a hook of the converter"),
    ],
)
def test_a_pipeline_that_only_nbgrader_can_run(course, configure, line, words):
    """A batch refuses it with a sentence; commands without a batch do not care."""
    configure(line)
    Settings.load(course)
    with pytest.raises(CourseError, match=words):
        BatchSettings.load(course)
