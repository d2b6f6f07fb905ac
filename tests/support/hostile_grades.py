"""Hypothesis strategies for grades in which each text may come from a hostile student."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from autograder.models import CellResult, CheckResult, Grade, Status, Verdict
from autograder.reports.grade_view import GradeView
from tests.support.strategies import grades_of

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

HOSTILE_TEXTS = (
    "]]>",
    "<script>alert(1)</script>",
    "a | b\n| c |",
    "`one` and `two`",
    "a lone ` tick",
    "\x00\x07\x1b[31m",
    "\ud800 half",
    "🙂 ünï ✗",
    "::error::no",
    "%0A::stop-commands::x",
    "&amp; &#124;",
    "line\r\nline\rline\n",
    "![x](http://evil.example/a.png)",
    "https://evil.example @all #1 $x$",
    "=1+1",
    "",
)
# Any characters, also halves of surrogate pairs.
texts = st.sampled_from(HOSTILE_TEXTS) | st.text(st.characters(), max_size=40)
grades = grades_of(texts, texts, st.sampled_from([0.0, 0.5, 1.0, 2.25, 10.0]))
views = st.builds(GradeView, grade=grades, file=texts, when=st.just(WHEN))

FAILED = Grade("ada", "regularization", Status.NOT_GRADED, 100.0, message="The kernel broke.")
SAMPLE = Grade(
    "ada",
    "regularization",
    Status.GRADED,
    38.0,
    (
        CellResult(
            "l2-check",
            12.0,
            9.0,
            Verdict.WRONG,
            (
                CheckResult("printed", Verdict.RIGHT, "", 3.0, 3.0),
                CheckResult("fresh", Verdict.WRONG, "Too `big`.", 0.0, 3.0, "l2-without-half"),
                CheckResult("slow", Verdict.TIMED_OUT, "It ran over 30 s.", 6.0, 6.0),
            ),
        ),
        CellResult("question", 8.0),
        CellResult("conclusion", 18.0, 0.0),
    ),
    seconds=0.25,
    jail=("seccomp",),
    notes=("x (1).ipynb was graded.",),
)
