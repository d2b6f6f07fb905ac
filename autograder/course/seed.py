"""The secret seed of a course: from its config, or random in a file that only its owner reads.

Hidden checks draw their inputs from the seed, and the key that signs receipts is derived from it.
Who knows one input of a hidden check can try guesses at the seed, millions a second: only a random
one stands that.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from autograder.errors import CourseError
from autograder.files import atomic_replacement

FOLDER: Final = ".autograder"
FILE: Final = "seed"
SHORTEST: Final = 16  # characters
_FEWEST: Final = 8  # of them different
# What this project's own config, documentation and tests have said.
PUBLISHED: Final = frozenset({"change me", "a long text that only you know", "seed", "bench"})


def seed_file(root: Path) -> Path:
    """Where a course keeps its seed if its config sets none."""
    return root / FOLDER / FILE


def load_seed(root: Path) -> str:
    """The seed in a course's file, which is made if it does not exist.

    Raises:
        CourseError: If the file cannot be read or written, or is damaged.
    """
    path = seed_file(root)
    try:
        if not path.exists():
            _create(path)
        seed = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise CourseError(
            f"{path}, which holds the course's seed, cannot be read or made: {reason}. Ask its "
            "owner for the seed, or set c.GradeCells.seed in nbgrader_config.py."
        ) from error
    if weakness(seed):
        raise CourseError(
            f"{path} is damaged: {weakness(seed)}. Take the seed from a backup or from another "
            "machine that grades this course, or remove the file to begin with a new seed."
        )
    return seed


def weakness(seed: str) -> str:
    """Why others could know or guess a seed, as part of a sentence; empty if they cannot."""
    if not seed:
        return "there is no seed in it"
    if seed in PUBLISHED:
        return "its seed is one that everybody can read in the documentation"
    if len(seed) < SHORTEST or len(set(seed)) < _FEWEST:
        return "its seed is short enough to be guessed"
    return ""


def seed_problem(root: Path, config: Path, seed: str) -> str:
    """What is wrong with how a course keeps its seed, and what to do; empty if nothing is.

    Args:
        root: The course.
        config: Its config.
        seed: The seed that is in use.
    """
    path = seed_file(root)
    if reason := weakness(seed):
        return (
            f"{config}: {reason}. With it, students can compute the inputs of hidden checks and "
            f"sign receipts. Take c.GradeCells.seed out: a random one is then made in {path}."
        )
    if path.is_file() and path.stat().st_mode & 0o077 and path.read_text("utf-8").strip() == seed:
        return f"{path} can be read by other users. Run `chmod 600` on it."
    return ""


def _create(path: Path) -> None:
    """Write a random seed; of several processes that do so at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ignored = path.parent / ".gitignore"
    if not ignored.exists():
        with atomic_replacement(ignored) as temporary:
            temporary.write_text("*\n", "utf-8")
    mine = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    with atomic_replacement(mine, private=True) as temporary:
        temporary.write_text(secrets.token_hex(32) + "\n", "utf-8")
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        mine.rename(path)
        return
    mine.unlink()
