"""``python -m utils.labreport NOTEBOOK…``: makes the lab report that is handed in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from utils.labreport import words
from utils.labreport.content import NotebookError, read_file
from utils.labreport.cover import CoverError
from utils.labreport.document import Options
from utils.labreport.pandoc import ConversionError
from utils.labreport.render import HTML, PDF
from utils.labreport.report import make_report


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a report and say where it is; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m utils.labreport",
        description="Make a lab report, as HTML or PDF, from one solved notebook or several.",
        epilog="Run all cells and save the notebook first: the report shows what is saved in it.",
    )
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument(
        "-o", "--output", type=Path, help="the report's file; its ending decides on HTML or PDF"
    )
    parser.add_argument("--pdf", action="store_true", help="make a PDF where --output names none")
    parser.add_argument("--language", choices=words.languages(), default="")
    parser.add_argument("--no-code", action="store_true", help="leave your code out")
    parser.add_argument("--anonymous", action="store_true", help="leave name and number out")
    options = parser.parse_args(arguments)
    form = PDF if options.pdf else HTML
    first: Path = options.notebooks[0]
    output: Path = options.output or first.with_suffix(f".labreport.{form}")
    if output.suffix.lower() not in {".html", ".pdf"}:
        parser.error(f"{output} has to end in .html or .pdf")
    try:
        report = make_report(
            [read_file(path) for path in options.notebooks],
            first.parent,
            Options(options.language, code=not options.no_code, anonymous=options.anonymous),
            PDF if output.suffix.lower() == ".pdf" else HTML,
        )
        new = output.with_name(f".{output.name}.new")
        new.write_bytes(report.data)
        new.replace(output)
    except (NotebookError, CoverError, ConversionError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except OSError as error:
        print(f"{output} cannot be written: {error.strerror}.", file=sys.stderr)  # noqa: T201
        return 2
    for note in report.notes:
        print(note, file=sys.stderr)  # noqa: T201
    print(output)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
