"""The zip that Gradescope grades one assignment with.

Gradescope unpacks it into ``/autograder/source``, runs ``setup.sh`` once while it builds a Docker
image, and ``run_autograder`` in a new container for each submission. The zip holds our code, the
versions of the packages on the machine that built it, and what is needed from the course to grade
this assignment: its source notebook, limits and mistakes, the config and the secret seed. It is as
secret as the source notebook.

What the jail can and cannot do there: the container is not allowed to make namespaces (Docker's
own filter forbids it), so that layer is missing. Student code can see the container's other
processes, which are all ours, and only seccomp keeps it off the network. Landlock (where
Gradescope's kernel has it), seccomp, the limits and the switch to an unprivileged user work, and
the tests stay in another process as everywhere. For this reason ``run_autograder`` first runs
``autograder doctor``, which tries a series of hostile cells; if one of them is not contained,
nothing is graded and the submission gets no score. A course that needs more than that should
grade on a machine of its own and upload the scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import autograder
import utils
from autograder.course.layout import CONFIG, Assignment
from autograder.course.seed import seed_file
from autograder.course.settings import Settings
from autograder.distribution.pins import our_requirements, pins
from autograder.files import write_zip

_SCRIPTS = frozenset({"setup.sh", "run_autograder"})
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
# Run in a new container for each submission. Only the instructor sees what it prints.
set -uo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
python="${AUTOGRADER_PYTHON:-$root/source/.venv/bin/python}"
export PYTHONPATH="$root/source/code"
cli=("$python" -c "from autograder.cli import main; main(prog_name='autograder')")
rm -f "$root/results/results.json"
mkdir -p "$root/results"

# Copy the submission without links: one could point to a file of the course, such as the solution.
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp -R --no-dereference "$root/submission/." "$work/"
find "$work" ! -type f ! -type d -delete
# Student code runs as another user and has to read it.
chmod -R a+rX "$work"

# Without a file of results Gradescope says that the autograder failed, and gives no score.
"${cli[@]}" doctor || exit 3
"${cli[@]}" try "$work" --course "$root/source/course" --assignment NAME \\
  --format gradescope --output "$root/results/results.json" --hidden-checks VISIBILITY
"""


def build_zip(assignment: Assignment, path: Path, visibility: str) -> list[str]:
    """Write the zip; return the names of the files in it.

    Args:
        assignment: Must have been built.
        path: The zip to write.
        visibility: When students see the results of hidden checks: a visibility of Gradescope's.

    Raises:
        CourseError: If the source notebook is missing, or our own package is not installed.
    """
    for part in assignment.parts:
        part.notebook  # noqa: B018  raises here if it is missing
    files = dict(_files(assignment, visibility))
    write_zip(files, path, executable=_SCRIPTS, private=True)  # it holds the hidden tests
    return sorted(files)


def _files(assignment: Assignment, visibility: str) -> Iterator[tuple[str, bytes]]:
    yield "setup.sh", _SETUP.encode()
    run = _RUN.replace("NAME", assignment.name).replace("VISIBILITY", visibility)
    yield "run_autograder", run.encode()
    yield "requirements.txt", "".join(f"{pin}\n" for pin in pins(our_requirements())).encode()
    for package in (autograder, utils):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".toml"}:
                yield f"code/{path.relative_to(folder.parent).as_posix()}", path.read_bytes()
    root = assignment.course.root
    source = [path for path in assignment.source.parent.rglob("*") if path.is_file()]
    Settings.load(assignment.course).options  # noqa: B018  makes the seed if there is none yet
    for path in [root / CONFIG, seed_file(root), *source, *assignment.config_files]:
        if path.is_file() and ".ipynb_checkpoints" not in path.parts:
            yield f"course/{path.relative_to(root).as_posix()}", path.read_bytes()
