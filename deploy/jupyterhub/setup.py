# ruff: noqa: INP001  a script, run by the machine's own Python
"""Put the course on a JupyterHub on this machine; README.md beside this file says how.

It needs nothing but Python's own library. Run it again after a change: it does what is missing.
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

from machine import Machine, SetupError, known

HERE = Path(__file__).resolve().parent
# The pinned packages want it; Debian 12 has 3.11.2.
OLDEST = (3, 11, 5)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
# What a course is; all else in a clone (tests, pictures, docs) an instructor does not teach with.
COURSE_FILES = ("nbgrader_config.py", "jupytext.toml")
COURSE_ROOMS = ("assignments", "source", "release")
PACKAGE_FILES = ("pyproject.toml", "README.md", "LICENSE")
PACKAGE_ROOMS = ("autograder", "utils")
UNSET_SEED = 'c.GradeCells.seed = "change me"'
# Tool: the Debian package that has it.
TOOLS = {"npm": "npm", "node": "nodejs", "useradd": "passwd", "userdel": "passwd"}


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    clone: Path
    prefix: Path
    exchange: Path
    python: Path
    port: int
    course: str
    instructor: str
    students: tuple[str, ...]


def main() -> int:
    """Do what the command line says; 0 done, 2 with a sentence."""
    words = _arguments()
    os.umask(0o022)
    machine = Machine(dry_run=words.dry_run)
    try:
        if os.geteuid():
            raise SetupError("Only root can make accounts and start their servers; use sudo.")  # noqa: TRY301
        if words.command == "remove":
            remove(machine, words.prefix, with_people=words.with_people)
        else:
            install(machine, _plan(words))
    except (SetupError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201  its report
        return 2
    if not machine.changes:
        print("nothing to do")  # noqa: T201  its report
    return 0


def install(machine: Machine, plan: Plan) -> None:
    """Accounts, environments, settings, the exchange and the course folder.

    Raises:
        SetupError: If the machine lacks something, or a step fails.
    """
    _look_at_the_machine(plan)
    machine.folder(plan.prefix)
    _remember(machine, plan)
    for name in (plan.instructor, *plan.students):
        machine.account(name)
    _nobody_shares_a_group(plan)
    machine.folder(plan.prefix / "state", 0o700)
    _environments(machine, plan)
    _settings(machine, plan)
    _exchange(machine, plan)
    _course(machine, plan)


def remove(machine: Machine, prefix: Path, *, with_people: bool) -> None:
    """Take away the software, and where asked the accounts and the exchange that were made.

    Raises:
        SetupError: If this script made nothing there.
    """
    if not (prefix / "made.json").is_file():
        raise SetupError(f"{prefix} was not made by this script: it has no made.json.")
    made = _made(prefix)
    if with_people:
        for name in made["accounts"]:
            if known(name):
                machine.run(f"remove the account {name} and its home", "userdel", "-r", name)
        if made["exchange"]:
            machine.gone(Path(made["exchange"]))
    machine.gone(prefix)


def _arguments() -> argparse.Namespace:
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
        "--port", type=int, default=8000, help="of the hub; two more: that plus 1 and plus 81"
    )
    remove_ = commands.add_parser("remove", help="take the software away again")
    remove_.add_argument(
        "--with-people",
        action="store_true",
        help="also the accounts that were made, with their homes (the course's too), and all work",
    )
    return parser.parse_args()


def _plan(words: argparse.Namespace) -> Plan:
    people = (words.instructor, *words.student)
    for name in people:
        if not NAME.fullmatch(name):
            raise SetupError(f"{name!r} is no name for an account: a-z, 0-9, - and _.")
    if len(set(people)) < len(people):
        raise SetupError("Nobody can be in the course twice: name each account once.")
    clone = words.clone.resolve()
    config = clone / "nbgrader_config.py"
    if not config.is_file():
        raise SetupError(f"{clone} is no course: it has no nbgrader_config.py.")
    found = re.search(r'course_id = "([\w-]+)"', config.read_text("utf-8"))
    if not found:
        raise SetupError(f"{config} names no course: c.CourseDirectory.course_id.")
    return Plan(
        clone=clone,
        prefix=words.prefix.resolve(),
        exchange=words.exchange.resolve(),
        python=words.python,
        port=words.port,
        course=found[1],
        instructor=words.instructor,
        students=tuple(sorted(words.student)),
    )


def _look_at_the_machine(plan: Plan) -> None:
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if not ctypes.util.find_library("seccomp"):
        missing.append("libseccomp2")
    if missing:
        raise SetupError(f"Install first: apt-get install {' '.join(sorted(set(missing)))}")
    ask = "import sys, venv, ensurepip; print(*sys.version_info[:3])"
    try:  # as a user who is nobody in particular: students run it too
        done = subprocess.run(  # noqa: S603  the Python that was named
            [plan.python, "-c", ask],
            cwd="/",
            user="nobody",
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise SetupError(f"Not everybody can run {plan.python}: {error.strerror}.") from error
    if done.returncode:
        raise SetupError(f"{plan.python} makes no environments: apt-get install python3-venv")
    if tuple(map(int, done.stdout.split())) < OLDEST:
        raise SetupError(f"{plan.python} is too old: Python 3.11.5 or newer is needed.")


def _nobody_shares_a_group(plan: Plan) -> None:
    """What is handed in becomes the instructor's group's: no student may be in it."""
    instructor = known(plan.instructor)
    for name in plan.students:
        student = known(name)
        if instructor and student:
            groups = os.getgrouplist(name, student.pw_gid)
            if instructor.pw_gid in groups:
                raise SetupError(
                    f"{name} is in {plan.instructor}'s own group and could read what others hand "
                    "in; give the instructor a group of their own."
                )


def _environments(machine: Machine, plan: Plan) -> None:
    """One for the hub, one for all people's servers and kernels, and the hub's proxy.

    A stamp says from which files each was made.
    """
    pins = HERE / "requirements.txt"
    with tempfile.TemporaryDirectory() as scratch:
        # pip builds beside the sources: not in the clone
        package = Path(scratch)
        for name in PACKAGE_FILES:
            shutil.copy(plan.clone / name, package)
        for name in PACKAGE_ROOMS:
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(plan.clone / name, package / name, ignore=ignored)
        constraints = ("-c", plan.clone / "constraints.txt", "-c", pins)
        people = (*constraints, package, "jupyterhub")
        wanted = {
            "hub": (_digest(pins), ("-r", pins), "import jupyterhub.app"),
            "env": (
                _digest(package, plan.clone / "constraints.txt", pins),
                people,
                "import autograder.nbgrader_ext.config, jupyterhub.singleuser",
            ),
        }
        for name, (stamp, packages, begin) in wanted.items():
            path = plan.prefix / name
            if _stamped(path, stamp):
                continue
            if not (path / "bin/python").exists():
                machine.run(f"make the environment {path}", plan.python, "-m", "venv", path)
            pip = (path / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
            # Debian's own is too old for some of the packages
            machine.run(f"install pip into {path}", *pip, "-c", pins, "pip")
            machine.run(f"install into {path} (minutes)", *pip, *packages)
            machine.run(f"look whether {name} starts", path / "bin/python", "-c", begin)
            machine.file(path / "stamp", stamp)
    proxy, wants = plan.prefix / "proxy", HERE / "package.json"
    if not _stamped(proxy, _digest(wants)):
        machine.file(proxy / "package.json", wants.read_text("utf-8"))
        npm = ("npm", "install", "--omit=dev", "--no-package-lock", "--no-audit", "--no-fund")
        machine.run(f"install the hub's proxy into {proxy}", *npm, cwd=proxy)
        machine.file(proxy / "stamp", _digest(wants))


def _settings(machine: Machine, plan: Plan) -> None:
    """Readable by all: nothing in them is a secret."""
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


def _exchange(machine: Machine, plan: Plan) -> None:
    """Modes as nbgrader wants them, and the sticky bit where all may write.

    The course's folders are made now: else the first to make them would own them.
    """
    course = plan.exchange / plan.course
    machine.folder(plan.exchange, 0o1777)
    machine.folder(course, 0o755, plan.instructor)
    machine.folder(course / "outbound", 0o755, plan.instructor)
    machine.folder(course / "inbound", 0o3733, plan.instructor)
    machine.folder(course / "feedback", 0o711, plan.instructor)


def _course(machine: Machine, plan: Plan) -> None:
    """The instructor's copy, with a seed that nobody else knows; one that is there stays."""
    owner = known(plan.instructor)
    course = Path(owner.pw_dir if owner else f"/home/{plan.instructor}") / plan.course
    if course.is_dir():
        machine.mode(course, 0o700)
        return
    if not machine.will(f"copy the course to {course}, with a secret seed of its own"):
        return
    assert owner is not None
    new = course.with_name(f".{course.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    for name in COURSE_ROOMS:
        shutil.copytree(
            plan.clone / name, new / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for name in COURSE_FILES:
        shutil.copy(plan.clone / name, new)
    config = new / "nbgrader_config.py"
    seed = f'c.GradeCells.seed = "{secrets.token_hex(32)}"'
    config.write_text(config.read_text("utf-8").replace(UNSET_SEED, seed), "utf-8")
    for path in (new, *new.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.chown(path, owner.pw_uid, owner.pw_gid)
    new.rename(course)


def _digest(*paths: Path) -> str:
    """One hash of what stands in the files."""
    total = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                total.update(f"{file.relative_to(path)}\0".encode() + file.read_bytes() + b"\0")
    return total.hexdigest() + "\n"


def _stamped(folder: Path, stamp: str) -> bool:
    path = folder / "stamp"
    return path.is_file() and path.read_text("utf-8") == stamp


def _made(prefix: Path) -> dict:
    """What this script made on this machine, so that it removes nothing else."""
    path = prefix / "made.json"
    if path.is_file():
        return json.loads(path.read_text("utf-8"))
    return {"accounts": [], "exchange": ""}


def _remember(machine: Machine, plan: Plan) -> None:
    """Note what is about to be made, so that even a run that breaks off can be taken back."""
    made = _made(plan.prefix)
    new = {name for name in (plan.instructor, *plan.students) if known(name) is None}
    made["accounts"] = sorted({*made["accounts"], *new})
    if not plan.exchange.exists():
        made["exchange"] = str(plan.exchange)
    machine.file(plan.prefix / "made.json", json.dumps(made) + "\n")


if __name__ == "__main__":
    sys.exit(main())
