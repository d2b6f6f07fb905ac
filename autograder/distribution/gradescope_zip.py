"""The zip with which Gradescope grades one assignment.

Gradescope unpacks it into ``/autograder/source``, runs ``setup.sh`` once while it builds a Docker
image, and ``run_autograder`` for each submission in a container of its own. In the zip are our
code, the packages' versions of the machine that built it, and of the course what grading one
assignment needs: its source notebook, limits and mistakes, and the config with the secret seed. It
is as secret as the source notebook.

What the jail can and cannot do there. The container has no right to make namespaces (Docker's
own filter forbids it), so that layer is off: student code could see the container's other
processes, of which there are only ours, and its own network is closed by seccomp alone. Landlock
(where Gradescope's kernel has it), seccomp, the limits, and the change to a user without rights
hold, and the tests stay in another process as everywhere. ``run_autograder`` therefore asks
``autograder doctor`` first: it tries a row of hostile cells, and if one of them is not contained,
nothing is graded and the submission is left without a score. For courses where that is too
little, grade on a machine of your own and upload the scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import autograder
import utils
from autograder.course.layout import CONFIG, Assignment
from autograder.errors import CourseError
from autograder.files import write_zip

DISTRIBUTION = "deep-foundations"
_SCRIPTS = frozenset({"setup.sh", "run_autograder"})
_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_SETUP = """\
#!/usr/bin/env bash
# Run once, as root, while Gradescope builds the image.
set -euo pipefail
here="${AUTOGRADER_ROOT:-/autograder}/source"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends libseccomp2 python3 python3-venv
python=""
for name in python3 python3.13 python3.12 python3.11; do
  if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python="$name"
    break
  fi
done
if [ -z "$python" ]; then  # Ubuntu 22.04 has 3.10 as python3, and 3.11 beside it
  apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv
  python=python3.11
fi
"$python" -m venv "$here/.venv"
"$here/.venv/bin/python" -m pip install --quiet -r "$here/requirements.txt"
"""
_RUN = """\
#!/usr/bin/env bash
# Run for each submission, in a container of its own. What it prints is the instructor's to see.
set -uo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
python="${AUTOGRADER_PYTHON:-$root/source/.venv/bin/python}"
export PYTHONPATH="$root/source/code"
cli=("$python" -c "from autograder.cli import main; main(prog_name='autograder')")
rm -f "$root/results/results.json"
mkdir -p "$root/results"

# The work as data: a link could stand for a file of the course, such as the solution.
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp -R --no-dereference "$root/submission/." "$work/"
find "$work" ! -type f ! -type d -delete
# Student code reads it as another user.
chmod -R a+rX "$work"

# Without a file of results Gradescope says that the autograder failed, and gives no score.
"${cli[@]}" doctor || exit 3
"${cli[@]}" try "$work" --course "$root/source/course" --assignment NAME \\
  --format gradescope --output "$root/results/results.json" --hidden-checks VISIBILITY
"""


def build_zip(assignment: Assignment, place: Path, visibility: str) -> list[str]:
    """Write the zip; return the names of what is in it.

    Args:
        assignment: It must have been built.
        place: Where the zip goes.
        visibility: When students see what came of hidden checks.

    Raises:
        CourseError: If the source notebook is missing, or our own package is not installed.
    """
    assert assignment.notebook.cells is not None  # a sentence now, not one in Gradescope
    contents = dict(_contents(assignment, visibility))
    write_zip(contents, place, executable=_SCRIPTS, private=True)  # the hidden tests are in it
    return sorted(contents)


def _contents(assignment: Assignment, visibility: str) -> Iterator[tuple[str, bytes]]:
    yield "setup.sh", _SETUP.encode()
    run = _RUN.replace("NAME", assignment.name).replace("VISIBILITY", visibility)
    yield "run_autograder", run.encode()
    yield "requirements.txt", "".join(f"{line}\n" for line in sorted(_pins())).encode()
    for package in (autograder, utils):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".toml"}:
                yield f"code/{path.relative_to(folder.parent).as_posix()}", path.read_bytes()
    root = assignment.course.root
    beside = [path for path in assignment.source.parent.rglob("*") if path.is_file()]
    wanted = [root / CONFIG, *beside, *assignment.folder.glob("*.toml")]
    for path in wanted:
        if path.is_file() and ".ipynb_checkpoints" not in path.parts:
            yield f"course/{path.relative_to(root).as_posix()}", path.read_bytes()


def _pins() -> set[str]:
    """Our dependencies and theirs, each at the version that is installed here.

    Raises:
        CourseError: If our own package is not installed.
    """
    pins: dict[str, str] = {}
    waiting = [(DISTRIBUTION, frozenset[str]())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        try:
            found = distribution(name)
        except PackageNotFoundError as error:
            if name != DISTRIBUTION:
                continue  # one that this platform does not need
            raise CourseError(
                f"The package {DISTRIBUTION} is not installed, so its dependencies are not "
                "known. Run `pip install -e .` in the course's repository."
            ) from error
        if name != DISTRIBUTION:
            pins[name] = f"{found.metadata['Name']}=={found.version}"
        waiting += [one for line in found.requires or () for one in _required(line, extras)]
    return set(pins.values())


def _required(line: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Name and extras of a requirement, unless it belongs to an extra that nobody asked for."""
    match = _REQUIREMENT.match(line)
    extra = _EXTRA.search(line)
    if match and (extra is None or extra[1] in extras):
        asked = frozenset(one.strip() for one in (match[2] or "").split(",") if one.strip())
        yield match[1].lower(), asked
