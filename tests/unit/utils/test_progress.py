"""The progress bar of a notebook: what it says while it runs, and what it leaves."""

import pytest

from utils import progress


@pytest.fixture
def pages(monkeypatch):
    """What is shown in a notebook, one after the other; the clock stands."""
    shown = []

    class Display:
        def update(self, html):
            shown.append(html.data)

    monkeypatch.setattr("IPython.display.display", lambda *_, **__: Display())
    monkeypatch.setattr(progress, "has_kernel", lambda: True)
    monkeypatch.setattr(progress.time, "monotonic", lambda: 0.0)
    return shown


@pytest.mark.parametrize(
    ("seconds", "step", "says"),
    [
        (40.0, 10, "10%, 6 minutes left"),
        (30.0, 30, "30%, 70 seconds left"),
        (600.0, 10, "10%, 90 minutes left"),
        (30.0, 90, "90%"),
    ],
)
def test_bar_says_how_long_it_will_still_take(pages, monkeypatch, seconds, step, says):
    """As long for each step to come as for one that is done; the last seconds are not counted."""
    with progress.Progress(100) as bar:
        monkeypatch.setattr(progress.time, "monotonic", lambda: 3.0)
        bar.reach(1)
        monkeypatch.setattr(progress.time, "monotonic", lambda: seconds)
        bar.reach(step)
        assert pages[-1].endswith(f"</progress> {says}")
    assert pages[-1] == ""


def test_short_run_has_no_bar(pages):
    """Within two seconds nothing is shown."""
    with progress.Progress(5) as bar:
        bar.reach(5)
    assert pages == []
