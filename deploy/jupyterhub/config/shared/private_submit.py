# ruff: noqa: INP001  imported from the folder of nbgrader_config.py
"""Submissions that only the instructor can read.

nbgrader lets everybody read a submission, but hides its name. Here its folder is closed, too: what
is put into the inbound folder gets the instructor's group.
"""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange.default import ExchangeSubmit


class PrivateSubmit(ExchangeSubmit):
    """nbgrader's ``submit``, with a folder that only student and instructor can enter."""

    def copy_files(self) -> None:
        """Submit, then close the folder to others."""
        super().copy_files()
        Path(self.inbound_path, self.assignment_filename).chmod(0o770)
