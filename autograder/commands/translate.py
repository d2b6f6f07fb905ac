"""``autograder translate``: catalogues of translations, made and brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.commands.console import out
from autograder.commands.options import course_option

if TYPE_CHECKING:
    from autograder.course.layout import Course


@click.command()
@click.argument("name", metavar="NAME")
@click.argument("language", metavar="LANG")
@course_option
def translate(name: str, language: str, course: Course) -> None:
    """Make or update the catalogue of a translation.

    NAME is an assignment, or `messages`, `labreport` or `reports` for the sentences that our
    packages say; LANG is a code such as zh_CN.
    """
    from autograder.authoring.translatable import PACKAGES, assignment_source, package_source
    from autograder.authoring.translation.catalogue_file import update_catalogue, write_compiled

    if name in PACKAGES:
        source = package_source(name, language)
    else:
        source = assignment_source(course.assignment(name), language)
    update = update_catalogue(source.catalogue, source.entries, language)
    if source.compiled:
        write_compiled(source.catalogue, language)
    out.print(f"{source.catalogue}: {update}", highlight=False, soft_wrap=True, markup=False)
