"""The language that a course speaks: ``c.Course.language`` in ``nbgrader_config.py``."""

from __future__ import annotations

from traitlets import TraitError, Unicode
from traitlets.config import Config, Configurable

from autograder.course.config import load_config
from autograder.course.layout import CONFIG, Course
from autograder.course.toml_files import suggestion
from autograder.errors import CourseError
from utils.messages import ENGLISH, languages


class CourseTraits(Configurable):  # type: ignore[misc]  # traitlets has no types here
    """The traits of ``c.Course`` in ``nbgrader_config.py``."""

    language = Unicode(
        ENGLISH, help="The language of notebooks, messages, feedback and reports, as `zh_CN`."
    ).tag(config=True)

    @classmethod
    def section_names(cls) -> list[str]:
        """The sections of the config that are read."""
        return [*super().section_names(), "Course"]


def configured_language(config: Config) -> str:
    """The language that a config sets; English if it sets none.

    Raises:
        TraitError: If there are no messages in it.
    """
    language = str(CourseTraits(config=config).language)
    if language not in languages():
        raise TraitError(
            f"c.Course.language is {language!r}; there are {', '.join(languages())}."
            f"{suggestion(language, languages())}"
        )
    return language


def course_language(course: Course) -> str:
    """The language that a course speaks; English if it has no config.

    Raises:
        CourseError: If the config cannot be loaded, or sets a language that there is not.
    """
    if not (course.root / CONFIG).is_file():
        return ENGLISH
    try:
        return configured_language(load_config(course))
    except TraitError as error:
        raise CourseError(f"{course.root / CONFIG} sets a wrong value: {error}") from error
