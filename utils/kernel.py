"""Whether this is a notebook: a process with a kernel, which can react to what a page sends."""

from __future__ import annotations

import sys


def has_kernel() -> bool:
    """Tell whether code runs in a notebook's kernel, not in a terminal or where work is graded."""
    ipython = sys.modules.get("IPython")  # in a kernel it is loaded; elsewhere nobody waits for it
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
