# ruff: noqa: INP001  imported from the folder of nbgrader_config.py
"""Handing in so that only the instructor can read it.

nbgrader opens a submission to all and hides its name. Here it is closed as well: the inbound
folder gives what is put there to the instructor's group.
"""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange.default import ExchangeSubmit


class PrivateSubmit(ExchangeSubmit):
    """nbgrader's submit, with a folder that is the student's and the instructor's alone."""

    def copy_files(self) -> None:
        """Hand in; then close the folder."""
        super().copy_files()
        Path(self.inbound_path, self.assignment_filename).chmod(0o770)
