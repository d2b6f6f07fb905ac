"""``autograder doctor``: whether this machine can contain what students submit."""

from __future__ import annotations

import json
import sys

import click

from autograder.commands.console import err, out, print_error
from autograder.commands.exit_codes import FAULT
from autograder.commands.machine_report import examine_machine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check whether this machine can contain hostile notebooks."""
    with err.status("running hostile cells"):
        report = examine_machine()
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=1))
    else:
        report.show(out)
    if not report.is_safe:
        print_error(report.problem)
        sys.exit(FAULT)
