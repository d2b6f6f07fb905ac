"""A progress bar for long training: in a page while it runs, and gone when it is over.

In a notebook the bar is a display that is updated in place, so a saved notebook holds no trace of
it; elsewhere it is tqdm on standard output. A run that is over soon shows none.
"""

import sys
import time
from typing import Any, Self

PROGRESS_EVERY = 100  # steps: a bar that is touched at every one would cost as much as the step
PROGRESS_DELAY = 2.0  # seconds: a run that is over sooner needs no bar
REDRAW_DELAY = 0.1  # seconds


class Progress:
    """Counts to ``total``; a total of 0 shows nothing, ever."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.start = time.monotonic()
        self.bar: _PageBar | _TerminalBar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def reach(self, step: int) -> None:
        """Move the bar to ``step``."""
        if self.bar is not None:
            self.bar.reach(step)
        elif self.total and time.monotonic() - self.start > PROGRESS_DELAY:
            self.bar = _PageBar(self.total) if _in_notebook() else _TerminalBar(self.total)
            self.bar.reach(step)

    def write(self, line: str) -> None:
        """Print a line without tearing the bar apart."""
        if self.bar is not None:
            self.bar.write(line)
        else:
            print(line)  # noqa: T201 - asked for by print_cost


class _PageBar:
    """The browser's own progress element."""

    def __init__(self, total: int) -> None:
        from IPython.display import HTML, display  # noqa: PLC0415 - only where there is IPython

        self.total = total
        self.html = HTML
        self.drawn = time.monotonic()
        self.shown = display(HTML(""), display_id=True)

    def reach(self, step: int) -> None:
        now = time.monotonic()
        if now - self.drawn > REDRAW_DELAY:
            self.drawn = now
            bar = f'<progress max="{self.total}" value="{step}" style="width:24em"></progress>'
            self.shown.update(self.html(f"{bar} {step / self.total:.0%}"))

    def write(self, line: str) -> None:
        print(line)  # noqa: T201 - asked for by print_cost

    def close(self) -> None:
        self.shown.update(self.html(""))


class _TerminalBar:
    """tqdm on standard output, wiped at the end."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm  # noqa: PLC0415 - a short run needs none

        # The monitor is a thread that wakes a bar nobody updates; ours is updated, and a process
        # that may be forked or jailed is better off without threads.
        bar_class = type("Bar", (tqdm,), {"monitor_interval": 0})
        self.bar: Any = bar_class(total=total, desc="training", file=sys.stdout, leave=False)

    def reach(self, step: int) -> None:
        self.bar.update(step - self.bar.n)

    def write(self, line: str) -> None:
        self.bar.write(line, file=sys.stdout)

    def close(self) -> None:
        self.bar.close()


def _in_notebook() -> bool:
    """Whether what is displayed ends up in a notebook's page."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and shell.has_trait("kernel")
