"""How long the class report takes to make, and a browser to open: `python -m benchmarks.report`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from autograder.course.layout import Course
from tests.support import made_up_class as made_up
from tests.support.jupyterlab import CHROMIUM, FLAGS

LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> None:
    """One line a class size."""
    assignment = Course.find(Path(__file__).parent).assignment("regularization")
    assert assignment.notebook.cells
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
    ):
        for students in (30, 300, 3000):
            place = Path(folder) / f"{students}.html"
            begun = time.perf_counter()
            place.write_text(made_up.page(assignment, students), "utf-8")
            made = time.perf_counter() - begun
            loads = []
            for _ in range(5):
                tab = browser.new_page()
                tab.goto(place.as_uri())
                loads.append(tab.evaluate(LOADED) / 1000)
                tab.close()
            size = place.stat().st_size // 1000
            print(
                f"{students:5} students: made in {made:.2f} s, {size} kB, "
                f"opens in {sorted(loads)[2]:.2f} s (worst of 5: {max(loads):.2f} s)"
            )


if __name__ == "__main__":
    main()
