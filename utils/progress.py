"""A progress bar for long training, which disappears when the training is over.

In a notebook the bar is a display that is updated in place, so it leaves no trace in the saved
notebook. It says how long the run will still take, if that is long. Elsewhere it is a tqdm bar on
standard output. A short run shows no bar at all.
"""

import sys
import time
from typing import Any, Self

from utils.kernel import has_kernel
from utils.messages import get_message

PROGRESS_EVERY = 100  # steps: an update at every step would take as long as the step
PROGRESS_DELAY = 2.0  # seconds: a shorter run needs no bar
REDRAW_DELAY = 0.1  # seconds
LONG = 10.0  # seconds: what takes longer is said


class Progress:
    """A bar for ``total`` steps, to be used in a ``with`` statement.

    The bar appears two seconds after the start. With a total of 0 it never does.
    """

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
        """Move the bar to ``step``, and show it if it is time."""
        if self.bar is not None:
            self.bar.reach(step)
        elif self.total and time.monotonic() - self.start > PROGRESS_DELAY:
            self.bar = (
                _PageBar(self.total, self.start) if has_kernel() else _TerminalBar(self.total)
            )
            self.bar.reach(step)

    def write(self, line: str) -> None:
        """Print a line above the bar, if there is one."""
        if self.bar is not None:
            self.bar.write(line)
        else:
            print(line)  # noqa: T201 - asked for by print_cost


def duration(seconds: float) -> str:
    """A time in words: "40 seconds", "3 minutes"."""
    if seconds < 100:
        return get_message("seconds", count=f"{seconds:.0f}")
    return get_message("minutes", count=f"{seconds / 60:.0f}")


class _PageBar:
    """A bar in a notebook: the browser's own progress element."""

    def __init__(self, total: int, start: float) -> None:
        from IPython.display import HTML, display  # noqa: PLC0415 - only in a notebook

        self.total = total
        self.start = start
        self.html = HTML
        self.drawn = time.monotonic()
        self.shown = display(HTML(""), display_id=True)

    def reach(self, step: int) -> None:
        now = time.monotonic()
        if now - self.drawn > REDRAW_DELAY:
            self.drawn = now
            bar = f'<progress max="{self.total}" value="{step}" style="width:24em"></progress>'
            left = (now - self.start) / step * (self.total - step)
            rest = get_message("time_left", duration=duration(left)) if left > LONG else ""
            self.shown.update(self.html(f"{bar} {step / self.total:.0%}{rest}"))

    def write(self, line: str) -> None:
        print(line)  # noqa: T201 - asked for by print_cost

    def close(self) -> None:
        self.shown.update(self.html(""))


class _TerminalBar:
    """A tqdm bar on standard output, which is removed at the end."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm  # noqa: PLC0415 - a short run does not need it

        # tqdm's monitor is a thread that refreshes bars which are rarely updated. This one is
        # updated often, and a process that may be forked or jailed is better off without threads.
        bar_class = type("Bar", (tqdm,), {"monitor_interval": 0})
        self.bar: Any = bar_class(
            total=total, desc=get_message("training"), file=sys.stdout, leave=False
        )

    def reach(self, step: int) -> None:
        self.bar.update(step - self.bar.n)

    def write(self, line: str) -> None:
        self.bar.write(line, file=sys.stdout)

    def close(self) -> None:
        self.bar.close()
