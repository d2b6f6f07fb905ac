# ruff: noqa: INP001  a script, run by the machine's own Python
"""Put the course on a JupyterHub on this machine; README.md beside this file says how.

It needs only Python's standard library. Run it again after a change: it does what is missing.
"""

from __future__ import annotations

import argparse
import ctypes.util
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from machine import Machine, SetupError, find_account

HERE = Path(__file__).resolve().parent
# Needed by the pinned packages; Debian 12 has 3.11.2.
OLDEST = (3, 11, 5)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
# What a course consists of; instructors do not need the rest of a clone (tests, docs).
COURSE_FILES = ("nbgrader_config.py", "jupytext.toml")
COURSE_FOLDERS = ("assignments", "source", "release")
PACKAGE_FILES = ("pyproject.toml", "README.md", "LICENSE")
PACKAGE_FOLDERS = ("autograder", "utils")
# The Debian packages that have these commands.
TOOLS = {"npm": "npm", "node": "nodejs", "useradd": "passwd", "userdel": "passwd"}


@dataclass(frozen=True)
class Plan:
    """What to install, and where."""

    clone: Path
    prefix: Path
    exchange: Path
    python: Path
    port: int
    course: str
    instructor: str
    students: tuple[str, ...]


def main() -> int:
    """Run the command; returns 0 if it is done, 2 after an error was printed."""
    arguments = _parse_arguments()
    os.umask(0o022)
    machine = Machine(dry_run=arguments.dry_run)
    try:
        if os.geteuid():
            raise SetupError("Only root can make accounts and start their servers; use sudo.")  # noqa: TRY301
        if arguments.command == "remove":
            remove(machine, arguments.prefix, with_people=arguments.with_people)
        else:
            install(machine, _make_plan(arguments))
    except (SetupError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    if not machine.changes:
        print("nothing to do")  # noqa: T201
    return 0


def install(machine: Machine, plan: Plan) -> None:
    """Make accounts, environments, settings, the exchange and the course folder.

    Raises:
        SetupError: If the machine lacks something, or a step fails.
    """
    _check_requirements(plan)
    machine.folder(plan.prefix)
    _record_made(machine, plan)
    for name in (plan.instructor, *plan.students):
        machine.account(name)
    _check_groups(plan)
    machine.folder(plan.prefix / "state", 0o700)
    _make_environments(machine, plan)
    _write_settings(machine, plan)
    _make_exchange(machine, plan)
    _copy_course(machine, plan)


def remove(machine: Machine, prefix: Path, *, with_people: bool) -> None:
    """Remove the software and, if asked, the accounts and the exchange that were made.

    Raises:
        SetupError: If this script has made nothing there.
    """
    if not (prefix / "made.json").is_file():
        raise SetupError(f"{prefix} was not made by this script: it has no made.json.")
    made = _read_made(prefix)
    if with_people:
        for name in made["accounts"]:
            if find_account(name):
                machine.run(f"remove the account {name} and its home", "userdel", "-r", name)
        if made["exchange"]:
            machine.remove(Path(made["exchange"]))
    machine.remove(prefix)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    parser.add_argument("--prefix", type=Path, default=Path("/opt/deep-foundations"))
    commands = parser.add_subparsers(dest="command", required=True)
    install_ = commands.add_parser("install", help="put the course on this machine")
    install_.add_argument("--instructor", required=True, metavar="NAME")
    install_.add_argument("--student", action="append", default=[], metavar="NAME")
    install_.add_argument("--clone", type=Path, default=HERE.parents[1], help="the course's clone")
    install_.add_argument("--exchange", type=Path, default=Path("/srv/nbgrader/exchange"))
    install_.add_argument("--python", type=Path, default=Path("/usr/bin/python3"))
    install_.add_argument(
        "--port",
        type=int,
        default=8000,
        help="of the hub, which also needs the ports 1 and 81 above it",
    )
    remove_ = commands.add_parser("remove", help="remove the software")
    remove_.add_argument(
        "--with-people",
        action="store_true",
        help="also the accounts that were made, with their homes (and the course), and all work",
    )
    return parser.parse_args()


def _make_plan(arguments: argparse.Namespace) -> Plan:
    people = (arguments.instructor, *arguments.student)
    for name in people:
        if not NAME.fullmatch(name):
            raise SetupError(f"{name!r} cannot be the name of an account: use a-z, 0-9, - and _.")
    if len(set(people)) < len(people):
        raise SetupError("Name each account only once.")
    clone = arguments.clone.resolve()
    config = clone / "nbgrader_config.py"
    if not config.is_file():
        raise SetupError(f"{clone} is not a course: it has no nbgrader_config.py.")
    course_id = re.search(r'course_id = "([\w-]+)"', config.read_text("utf-8"))
    if not course_id:
        raise SetupError(f"{config} does not set c.CourseDirectory.course_id.")
    return Plan(
        clone=clone,
        prefix=arguments.prefix.resolve(),
        exchange=arguments.exchange.resolve(),
        python=arguments.python,
        port=arguments.port,
        course=course_id[1],
        instructor=arguments.instructor,
        students=tuple(sorted(arguments.student)),
    )


def _check_requirements(plan: Plan) -> None:
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if not ctypes.util.find_library("seccomp"):
        missing.append("libseccomp2")
    if missing:
        raise SetupError(f"Install first: apt-get install {' '.join(sorted(set(missing)))}")
    print_version = "import sys, venv, ensurepip; print(*sys.version_info[:3])"
    try:  # as an ordinary user, since students run it, too
        process = subprocess.run(  # noqa: S603  the Python that was given
            [plan.python, "-c", print_version],
            cwd="/",
            user="nobody",
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise SetupError(f"Not everybody can run {plan.python}: {error.strerror}.") from error
    if process.returncode:
        raise SetupError(f"{plan.python} cannot make environments: apt-get install python3-venv")
    if tuple(map(int, process.stdout.split())) < OLDEST:
        raise SetupError(f"{plan.python} is too old: Python 3.11.5 or newer is needed.")


def _check_groups(plan: Plan) -> None:
    """Make sure that no student is in the instructor's group, which can read what is handed in."""
    instructor = find_account(plan.instructor)
    for name in plan.students:
        student = find_account(name)
        if instructor and student:
            groups = os.getgrouplist(name, student.pw_gid)
            if instructor.pw_gid in groups:
                raise SetupError(
                    f"{name} is in {plan.instructor}'s own group and could read what others hand "
                    "in; give the instructor a group of their own."
                )


def _make_environments(machine: Machine, plan: Plan) -> None:
    """Make one for the hub, one for everybody's servers and kernels, and install the hub's proxy.

    The file ``digest`` in each says which files it was made from.
    """
    pins = HERE / "requirements.txt"
    with tempfile.TemporaryDirectory() as temporary:
        # pip builds beside the sources, which must not happen in the clone
        package = Path(temporary)
        for name in PACKAGE_FILES:
            shutil.copy(plan.clone / name, package)
        for name in PACKAGE_FOLDERS:
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(plan.clone / name, package / name, ignore=ignored)
        constraints = ("-c", plan.clone / "constraints.txt", "-c", pins)
        for_people = (*constraints, package, "jupyterhub")
        environments = {
            "hub": (_digest(pins), ("-r", pins), "import jupyterhub.app"),
            "env": (
                _digest(package, plan.clone / "constraints.txt", pins),
                for_people,
                "import autograder.nbgrader_ext.config, jupyterhub.singleuser",
            ),
        }
        for name, (digest, packages, first_import) in environments.items():
            path = plan.prefix / name
            if _is_made_from(path, digest):
                continue
            if not (path / "bin/python").exists():
                machine.run(f"make the environment {path}", plan.python, "-m", "venv", path)
            pip = (path / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
            # Debian's own pip is too old for some of the packages
            machine.run(f"install pip into {path}", *pip, "-c", pins, "pip")
            machine.run(f"install into {path} (minutes)", *pip, *packages)
            machine.run(f"look whether {name} starts", path / "bin/python", "-c", first_import)
            machine.file(path / "digest", digest)
    proxy, requirements = plan.prefix / "proxy", HERE / "package.json"
    if not _is_made_from(proxy, _digest(requirements)):
        machine.file(proxy / "package.json", requirements.read_text("utf-8"))
        npm = ("npm", "install", "--omit=dev", "--no-package-lock", "--no-audit", "--no-fund")
        machine.run(f"install the hub's proxy into {proxy}", *npm, cwd=proxy)
        machine.file(proxy / "digest", _digest(requirements))


def _write_settings(machine: Machine, plan: Plan) -> None:
    """Write settings that everybody can read: nothing in them is secret."""
    etc = plan.prefix / "etc"
    hub = {
        "course": plan.course,
        "exchange": str(plan.exchange),
        "instructor": plan.instructor,
        "port": plan.port,
        "students": plan.students,
    }
    machine.file(etc / "hub.json", json.dumps(hub, indent=2) + "\n")
    text = (HERE / "jupyterhub_config.py").read_text("utf-8")
    machine.file(etc / "jupyterhub_config.py", text)
    for path in sorted((HERE / "config").rglob("*.*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(HERE / "config")
            machine.file(etc / name, path.read_text("utf-8"))


def _make_exchange(machine: Machine, plan: Plan) -> None:
    """Make folders with the modes that nbgrader needs, and sticky where everybody can write.

    The folders of the course are made now because whoever made them first would own them.
    """
    course = plan.exchange / plan.course
    machine.folder(plan.exchange, 0o1777)
    machine.folder(course, 0o755, plan.instructor)
    machine.folder(course / "outbound", 0o755, plan.instructor)
    machine.folder(course / "inbound", 0o3733, plan.instructor)
    machine.folder(course / "feedback", 0o711, plan.instructor)


def _copy_course(machine: Machine, plan: Plan) -> None:
    """Copy the course for the instructor, with a new secret seed; an existing one is kept."""
    owner = find_account(plan.instructor)
    course = Path(owner.pw_dir if owner else f"/home/{plan.instructor}") / plan.course
    if course.is_dir():
        machine.mode(course, 0o700)
        return
    if not machine.announce(f"copy the course to {course}, with a secret seed of its own"):
        return
    assert owner is not None
    new = course.with_name(f".{course.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    for name in COURSE_FOLDERS:
        shutil.copytree(
            plan.clone / name, new / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for name in COURSE_FILES:
        shutil.copy(plan.clone / name, new)
    seed = new / ".autograder" / "seed"
    seed.parent.mkdir()
    seed.write_text(secrets.token_hex(32) + "\n", "utf-8")
    for path in (new, *new.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.chown(path, owner.pw_uid, owner.pw_gid)
    new.rename(course)


def _digest(*paths: Path) -> str:
    """Digest of the files' names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                digest.update(f"{file.relative_to(path)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest() + "\n"


def _is_made_from(folder: Path, digest: str) -> bool:
    path = folder / "digest"
    return path.is_file() and path.read_text("utf-8") == digest


def _read_made(prefix: Path) -> dict:
    """What this script has made on this machine, so that it removes nothing else."""
    path = prefix / "made.json"
    if path.is_file():
        return json.loads(path.read_text("utf-8"))
    return {"accounts": [], "exchange": ""}


def _record_made(machine: Machine, plan: Plan) -> None:
    """Record what is about to be made, so that even an interrupted run can be undone."""
    made = _read_made(plan.prefix)
    new = {name for name in (plan.instructor, *plan.students) if find_account(name) is None}
    made["accounts"] = sorted({*made["accounts"], *new})
    if not plan.exchange.exists():
        made["exchange"] = str(plan.exchange)
    machine.file(plan.prefix / "made.json", json.dumps(made) + "\n")


if __name__ == "__main__":
    sys.exit(main())
