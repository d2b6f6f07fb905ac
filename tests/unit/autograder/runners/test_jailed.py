"""Whole notebooks: honest ones run as in a kernel, and hostile ones are contained."""

import gc
import os
import tempfile
import textwrap
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from nbformat.v4 import new_code_cell

from autograder.course.assignment_toml import Limits
from autograder.engine.child.libraries import LIBRARIES
from autograder.engine.trusted import zygote_client
from autograder.engine.trusted.errors import EngineError
from autograder.engine.trusted.zygote_client import ZygoteClient
from autograder.runners.jailed import JailedRunner
from tests.support import guards, hidden_cell
from tests.support.cells import LIMITS, REPOSITORY, cell_text, execute_in, notebook, test_cell

ADD = "def add(a, b):\n    return a + b"
SUM = "print(add(1, 2))"
SHORT = replace(LIMITS, cell_seconds=1.0)


def test_a_student_function_is_called_from_a_test_cell(execute):
    """The simplest case: a function there, a check here."""
    assert execute(ADD, test_cell(SUM)) == ["", "3\n"]


def test_a_test_cell_sees_only_the_state_before_it(execute):
    """Cells run in the notebook's order, including test cells."""
    outputs = execute(ADD, test_cell(SUM), "def add(a, b):\n    return 0", test_cell(SUM))
    assert outputs == ["", "3\n", "", "0\n"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1 + 1", "2"),
        ("1 + 1;", ""),
        ("import asyncio\nawait asyncio.sleep(0)\n'awaited'", "'awaited'"),
        ("%%capture out\nprint(1)", ""),
        ("!echo from the shell", "from the shell\n"),
        ("_ = 5\nprint(In[-1][:5])", "_ = 5\n"),
        ("import ipywidgets\nipywidgets.IntSlider()", "IntSlider(value=0)"),
        ("import sys\nprint('e', file=sys.stderr)", "e\n"),
        ("input()", "StdinNotImplementedError: input() has nobody to ask while work is graded."),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("quit()", ""),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("def f(:", "SyntaxError: invalid syntax"),
    ],
)
def test_cells_run_as_in_ipython(execute, cell, expected):
    """Magics, shell commands, top-level await, widgets, errors."""
    (output,) = execute(cell)
    if cell.endswith("exit(3)"):  # IPython also warns
        assert "To exit: use" in output
    else:
        assert output.split(" (")[0] == expected


def test_scikit_learn_finds_its_threads_without_proc(execute):
    """Much of scikit-learn asks which libraries have threads, which is looked up in /proc."""
    outputs = execute(
        "from threadpoolctl import threadpool_info, threadpool_limits\n"
        "with threadpool_limits(1): print({info['num_threads'] for info in threadpool_info()})",
        "from sklearn.cluster import KMeans\n"
        "print(KMeans(2, n_init=1, random_state=0).fit([[0.0], [1.0], [9.0]]).inertia_)",
    )
    assert outputs == ["{1}\n", "0.5\n"]


def test_figures_are_drawn_inline(runner):
    """As PNG, with ``%matplotlib inline`` and without."""
    nb = notebook(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "%matplotlib inline\nplt.plot([2, 1]);",
    )
    runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    for cell in nb.cells:
        (output,) = cell.outputs
        assert output.data["image/png"].startswith("iVBOR")


def test_figures_drawn_ahead_change_nothing(runner, monkeypatch):
    """For a class that draws, the zygote draws first; each child sees and shows the same."""
    drawn, draw = [], ZygoteClient.draw_first_figures
    monkeypatch.setattr(
        ZygoteClient, "draw_first_figures", lambda zygote: drawn.append(draw(zygote))
    )
    sources = (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "print(plt.get_fignums(), plt.rcParams['axes.grid'], len(In), sorted(globals()))",
        "from utils import plots\nimport numpy as np\nplots.plot_data(np.eye(2), np.eye(1, 2));",
    )

    def outputs(threshold):
        monkeypatch.setattr("autograder.runners.jailed._NOTEBOOKS_BEFORE_DRAWING", threshold)
        nb = notebook(*sources)
        runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
        return [cell.outputs for cell in nb.cells]

    before = outputs(threshold=10**6)
    assert drawn == []
    assert outputs(threshold=1) == before
    assert drawn == [None]
    assert before[0][0].data["image/png"]


def test_tracebacks_show_the_student_and_not_the_engine(runner):
    """The student's line is there; no frame of ours is."""
    nb = notebook("def f():\n    return 1 / 0\nf()")
    runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    text = "\n".join(nb.cells[0].outputs[0].traceback)
    assert "In[1]" in text
    assert "autograder" not in text


def test_a_display_is_updated_by_a_later_cell(runner):
    """``update`` changes the earlier cell's output, as in a notebook."""
    nb = notebook(
        "from IPython.display import display\nd = display(1, display_id=True)", "d.update(2)"
    )
    runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    assert nb.cells[0].outputs[0].data["text/plain"] == "2"


def test_experiments_keep_their_saved_outputs_unless_rerun(runner):
    """Training cells are not run for a grade."""
    nb = notebook("print('new')")
    nb.cells[0].metadata["tags"] = ["experiment"]
    runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    assert nb.cells[0].outputs == []
    runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=True)
    assert nb.cells[0].outputs[0].text == "new\n"


def test_data_files_beside_the_notebook_are_there_and_shadow_nothing(execute, tmp_path):
    """A helper module can be imported, but none replaces a library; links are not followed."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("hello")
    (tmp_path / "helper.py").write_text("X = 5")
    (tmp_path / "colorsys.py").write_text("raise RuntimeError")
    (tmp_path / "link").symlink_to("/etc/passwd")
    outputs = execute(
        "import helper, colorsys, os\n"
        "print(open('data/a.txt').read(), helper.X, os.path.lexists('link'))",
        files=tmp_path,
    )
    assert outputs == ["hello 5 False\n"]


def test_each_submission_starts_afresh(execute):
    """Nothing of one submission is visible to the next."""
    execute("x = 1\nimport numpy\nnumpy.hacked = 1\nopen('left', 'w').write('x')")
    outputs = execute(
        "import numpy, os\nprint('x' in dir(), hasattr(numpy, 'hacked'), os.listdir())"
    )
    assert outputs == ["False False []\n"]


def test_the_student_cannot_tell_that_it_is_graded(execute):
    """Neither the seed nor nbgrader's variable is in the child; both are in hidden tests."""
    names = "import os\nprint(sorted({'AUTOGRADER_SEED', 'NBGRADER_EXECUTION'} & set(os.environ)))"
    before = dict(os.environ)
    hidden = """
        import os
        seed = os.environ["AUTOGRADER_SEED"]
        ### BEGIN HIDDEN TESTS
        assert seed == "secret"
        ### END HIDDEN TESTS
        (seed, os.environ["NBGRADER_EXECUTION"])
        """
    outputs = execute(names, test_cell(hidden))
    assert outputs == ["[]\n", "('secret', 'autograde')"]
    assert dict(os.environ) == before


def test_the_student_s_process_has_loaded_only_what_it_may(execute):
    """The zygote and its children load the modules of ours that are on the list, and no others."""
    for when, modules in guards.modules_of_the_student(execute).items():
        intruders = guards.intruders(modules)
        assert not intruders, f"loaded {when}: {', '.join(intruders)}"
        unused = guards.ALLOWED - {name for name, _ in modules}
        assert not unused, f"on the list, but not loaded {when}: {', '.join(sorted(unused))}"


def test_no_secret_of_a_test_is_in_the_student_s_memory(execute):
    """A hidden test's text and values and the seed are in no object and nowhere in raw memory.

    A secret of the student's own is found each time: the search does see what is there.
    """
    for when, (among_objects, in_memory) in guards.secrets_of_the_student(execute).items():
        assert among_objects == [guards.PLANTED], f"among the objects {when}: {among_objects}"
        assert in_memory == [guards.PLANTED], f"in raw memory {when}: {in_memory}"


@pytest.fixture(scope="module")
def execute_carelessly():
    """Run cells in forks of a zygote that has imported the examiner and a test module."""
    test_module = hidden_cell.__name__
    boot = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        f"import autograder.engine.trusted.examiner, {test_module} as kept; "
        f"del sys.modules[{test_module!r}]; sys.path.remove(sys.argv[1]); "
        # without the libraries that only students import it starts in half the time
        "from autograder.engine.child import libraries; libraries.BASE = ''; "
    )
    with JailedRunner() as careless:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(zygote_client, "_START_CODE", boot + zygote_client._START_CODE)
            assert careless.layers  # it starts here, and no other in this way
        careless._zygote.words = frozenset(LIBRARIES)  # nothing that would be loaded by another
        yield partial(execute_in, careless)


def test_a_zygote_that_imports_the_examiner_or_a_test_is_noticed(execute_carelessly):
    """Each module is named, and what it imports, even one that hides from ``sys.modules``."""
    for modules in guards.modules_of_the_student(execute_carelessly).values():
        intruders = guards.intruders(modules)
        assert {"autograder.engine.trusted.examiner", hidden_cell.__name__} <= set(intruders)
        assert {"autograder.engine.trusted.session", "nbformat"} <= set(intruders)


def test_secrets_in_a_zygote_are_noticed(execute_carelessly):
    """However a test module holds them; those in an array's data by the search of raw memory."""
    held = {*guards.IN_CELL, guards.PLANTED}
    for among_objects, in_memory in guards.secrets_of_the_student(execute_carelessly).values():
        assert set(among_objects) == held - {"in an array"}
        assert set(in_memory) == held


@pytest.mark.parametrize(
    ("name", "file", "allowed"),
    [
        ("utils.checks", str(REPOSITORY / "utils/checks.py"), True),
        ("numpy", np.__file__, True),
        ("__main__", "", True),
        ("autograder.engine.renamed", "", False),
        ("utils.new", "", False),
        ("tests", "", False),
        ("sqlalchemy.orm", "", False),
        ("harmless", str(REPOSITORY / "autograder/engine/trusted/session.py"), False),
        ("master", str(REPOSITORY / "assignments/regularization/solution.py"), False),
    ],
)
def test_a_module_of_ours_that_is_not_on_the_list_is_an_intruder(name, file, allowed):
    """Whether it is new, renamed, loaded under another name, or a library of the grader's."""
    assert (guards.intruders([(name, file)]) == []) == allowed


KILLERS = {
    "exits": "import os\nos._exit(3)",
    "segfaults": "import ctypes\nctypes.string_at(0)",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nos.abort()",
    "never ends": "while True: pass",
    "swallows its interrupt": """
        while True:
            try:
                while True: pass
            except BaseException: pass
    """,
    "takes all memory": "x = b'x' * 10**12",
    "recurses in C": "import sys\nsys.setrecursionlimit(10**9)\nf = lambda: f()\nf()",
}


@pytest.mark.parametrize("killer", KILLERS.values(), ids=KILLERS)
def test_a_cell_that_ends_the_process_costs_itself_only(execute, killer):
    """The cells before it are run again; those after it are graded."""
    outputs = execute("x = 1", ADD, killer, test_cell("print(add(1, 2), x)"), limits=SHORT)
    assert outputs[3] == "3 1\n"
    assert ":" in outputs[2]


@pytest.mark.parametrize("killer", KILLERS.values(), ids=KILLERS)
def test_a_call_that_ends_the_process_costs_its_check_only(execute, killer):
    """The next call, of another function, is answered as if nothing had happened."""
    body = textwrap.indent(textwrap.dedent(killer), "    ")
    outputs = execute(
        ADD,
        f"def bad():\n{body}",
        test_cell("""
            try:
                bad()
            except Exception as error:
                print(error.verdict)
            print(add(1, 2))
        """),
        limits=SHORT,
    )
    verdict, rest = outputs[2].split("\n", 1)
    assert verdict in {"raised", "timed_out", "out_of_memory"}
    assert rest == "3\n"


def test_a_function_that_never_ends_gets_little_time_again(execute):
    """After its first timeout it gets a tenth of the time: 50 calls take less than 20 limits."""
    start = time.monotonic()
    execute(
        "def f():\n    while True: pass",
        test_cell("""
            for _ in range(50):
                try: f()
                except Exception: pass
        """),
        limits=SHORT,
    )
    assert time.monotonic() - start < 20 * SHORT.cell_seconds


def test_the_submission_s_time_bounds_everything(execute):
    """Cells that come after it is used up do not run, and say so."""
    outputs = execute("import time\ntime.sleep(60)", "print(1)", limits=Limits(30, 1.0))
    assert outputs[0].startswith("TimedOut")
    assert outputs[1] == "TimedOut: The notebook's 1 seconds are used up."


def test_a_notebook_that_always_dies_comes_to_an_end(execute):
    """Restarts are bounded."""
    outputs = execute(*["import os\nos._exit(1)"] * 20)
    assert outputs[0] == "ProcessEnded: The code ended its Python process (exit code 1)."
    assert outputs[-1].startswith("ProcessEnded: The notebook's process ended too often")


@pytest.mark.parametrize("printing", ["while True: print('x' * 1000)", "print('x' * 10**8)"])
def test_endless_output_is_cut(execute, printing):
    """A cell that prints more than is kept is stopped."""
    outputs = execute(printing, "print(1)")
    assert len(outputs[0]) <= LIMITS.output_mb * 2**20
    assert outputs[1] == "1\n"


@pytest.mark.parametrize(
    "message",
    [
        "b'\\xff\\xff\\xff\\xff'",
        "b'\\0\\0\\0\\1\\xc1'",
        "b'\\0\\0\\0\\3' + msgpack.packb([1, 'x'])",
        "struct.pack('>I', 2**20) + b'x'",
    ],
)
def test_a_broken_protocol_costs_only_the_check(execute, message):
    """A malformed answer is not infrastructure, and the other checks go on."""
    outputs = execute(
        ADD,
        f"""
        import os, struct, msgpack, stat
        ends = [fd for fd in range(3, 64) if os.path.exists(f'/dev/fd/{{fd}}') or True]
        for fd in ends:
            try:
                if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, {message})
            except OSError: pass
        """,
        test_cell("""
            try: print(add(1, 2))
            except Exception as error: print(error.verdict)
        """),
        limits=SHORT,
    )
    assert outputs[2] in {"3\n", "forbidden\n", "timed_out\n", "output_too_large\n"}


def test_a_poisoned_numpy_does_not_reach_the_examiner(execute):
    """What a student patches is only patched in the student's process."""
    outputs = execute(
        """
        import numpy as np, builtins, msgpack
        np.testing.assert_allclose = lambda *a, **k: None
        np.allclose = lambda *a, **k: True
        builtins.abs = lambda x: 0
        def wrong(): return 1.0
        """,
        test_cell("import numpy as np\nprint(np.allclose(wrong(), 2.0), abs(-2))"),
    )
    assert outputs[1] == "False 2\n"


def test_breaking_the_engine_s_own_code_is_not_infrastructure(execute):
    """The student may break their own process; the check says that there was no answer."""
    outputs = execute(
        """
        import autograder.engine.protocol.wire as wire
        def nonsense(*a, **k): raise RuntimeError
        wire.Encoder = wire.pack = wire.unpack = nonsense
        """,
        test_cell("try: print(f())\nexcept Exception as error: print(type(error).__name__)"),
    )
    assert outputs[1] in {"StudentError\n", "NameError\n"}


def test_a_dead_zygote_is_infrastructure_and_the_next_run_works():
    """A crash of the machinery is never a student's zero."""
    with JailedRunner() as runner:
        assert runner.layers is not None
        zygote = runner._zygote._process
        for process in psutil.Process(zygote.pid).children(recursive=True):
            process.kill()
        zygote.kill()
        zygote.wait()
        nb = notebook(ADD, test_cell(SUM))
        settings = {"limits": LIMITS, "seed": "", "files": None, "rerun_experiments": False}
        with pytest.raises(EngineError):
            runner.run(nb, **settings)
        runner.run(nb, **settings)
        assert nb.cells[1].outputs[0].text == "3\n"


def test_what_a_test_cell_cannot_pass_costs_that_cell(runner):
    """It is the author's mistake: no student loses points for it, and the others are graded."""
    nb = notebook(ADD, test_cell("add(object(), 1)", "bad"), test_cell("print(add(1, 2))"))
    run = runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    assert "passes a object" in run.unasked["bad"]
    assert cell_text(nb.cells[1]).startswith("CannotBeAsked: The test cell passes a object")
    assert cell_text(nb.cells[2]) == "3\n"


def test_nothing_is_left_behind(monkeypatch, tmp_path):
    """No process, folder or open descriptor of a runner outlives it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gc.collect()
    others = set(psutil.Process().children(recursive=True))
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with JailedRunner() as runner:
        nb = notebook("!sleep 100 >/dev/null 2>&1 &", ADD, test_cell(SUM))
        runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
        own = set(psutil.Process().children(recursive=True)) - others
    assert own
    assert not [process for process in own if process.is_running()]
    assert not list(tmp_path.iterdir())
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_calls_are_recorded_by_test_cell(runner):
    """Arguments as they were before the call, the random state, the result or the error."""
    nb = notebook(
        "import numpy as np\ndef f(x):\n    x += 1\n    return x * 2\ndef g(): return 1 / 0",
        test_cell(
            "import numpy as np\nx = np.zeros(2)\nf(x)\nx[:] = 9\ntry: g()\nexcept Exception: pass",
            "a",
        ),
    )
    run = runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    f, g = run.calls["a"]
    (argument,), keywords = f.arguments()
    assert (f.function, argument.tolist(), keywords) == ("f", [0, 0], {})
    assert f.outcome()[0].tolist() == [2, 2]
    assert f.random_state[0] == "MT19937"
    assert (g.error.ename, g.error.line_number) == ("ZeroDivisionError", 5)
    with pytest.raises(LookupError):
        g.outcome()


def test_changed_arguments_are_recorded(runner):
    """Arrays, and lists that now hold a part of the result."""
    nb = notebook(
        "def f(x, parts):\n    x += 1\n    y = x * 2\n    parts.append(y)\n    return y",
        test_cell("import numpy as np\nf(np.zeros(2), parts=[])", "a"),
    )
    run = runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    (call,) = run.calls["a"]
    _, ((x,), keywords) = call.outcome()
    assert x.tolist() == [1, 1]
    assert [part.tolist() for part in keywords["parts"]] == [[2, 2]]
    assert call.arguments()[0][0].tolist() == [0, 0]


def test_only_a_line_of_the_notebook_is_reported(runner):
    """The child could report any text as the line that raised the error."""
    nb = notebook(
        "import linecache\ndef f(x):\n    own = f.__code__.co_filename\n"
        "    linecache.cache[own] = (1, None, [f'input {x}\\n'] * 9, own)\n    raise ValueError\n"
        "def g():\n    return 1 / 0",
        test_cell(
            "for call in (g, lambda: f(7)):\n    try: call()\n    except Exception: pass", "a"
        ),
    )
    run = runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    g, f = run.calls["a"]
    assert (g.error.line_number, g.error.line) == (7, "return 1 / 0")
    assert (f.error.line_number, f.error.line) == (None, "")
    assert "input" not in str(f.error)


def test_the_grader_s_own_random_state_is_its_own(execute):
    """A run does not change the numbers that this process draws."""
    np.random.seed(3)
    expected = np.random.RandomState(3).rand()
    execute(
        "import numpy as np\nnp.random.seed(1)", test_cell("import numpy as np\nnp.random.rand()")
    )
    assert np.random.rand() == expected


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        ("a = 7\n%time b = a + 1\nprint(b)", "8"),
        ("where = !echo here\nprint(where[0])", "here"),
        ("In [1]: c = 5\nprint(c)", "5"),
        (">>> c = 6\n>>> print(c)", "6"),
        ("\n\nprint('late')", "late"),
        ("    d = 1\n    print(d)", "1"),
        ("import asyncio\nawait asyncio.sleep(0)\nprint('awaited')", "awaited"),
        ("print(3 %\n  2)", "1"),
    ],
)
def test_what_only_ipython_reads(execute, cell, printed):
    """Magics, commands, prompts and a bare ``await`` run as in a notebook, and so does Python."""
    assert execute(cell)[0].strip().endswith(printed)


def test_a_student_s_own_input_transformers_are_used(execute):
    """Whatever a notebook registers to change a cell's text does so."""
    outputs = execute(
        """
        from IPython.core.inputtransformer2 import TokenTransformBase
        class Answer(TokenTransformBase):
            @classmethod
            def find(cls, lines):
                for line in lines:
                    for token in line:
                        if token.string == "ANSWER":
                            return cls(token.start)
            def transform(self, lines):
                return [line.replace("ANSWER", "42") for line in lines]
        shell = get_ipython()
        shell.input_transformer_manager.token_transformers.append(Answer)
        shell.input_transformers_cleanup.append(
            lambda lines: [line.replace("QUESTION", "'what?'") for line in lines]
        )
        """,
        "print(ANSWER, QUESTION)",
    )
    assert outputs[1] == "42 what?\n"


def solution(source):
    """A cell in which the student writes, as nbgrader marks it."""
    role = {"grade": False, "solution": True, "grade_id": "solution"}
    return new_code_cell(source, metadata={"nbgrader": role})


@pytest.mark.parametrize(
    "line",
    [
        "import no_such_module as nsm\nnsm.use('dark')",
        "from google.colab import drive\ndrive.mount('/content')",
        "%matplotlib widget",
        "%load_ext no_such_extension",
        "%no_such_magic 3",
        "!no-such-command",
    ],
)
def test_what_can_run_of_a_cell_runs(execute, line):
    """A line that needs the student's machine is passed over, with those that need its import."""
    outputs = execute(f"{line}\ndef add(a, b):\n    return a + b", test_cell(SUM))
    assert outputs[1] == "3\n"


@pytest.mark.parametrize("line", ["1 / 0", "undefined", "for i in undefined: import math"])
def test_any_other_error_ends_its_cell(execute, line):
    """As in a notebook."""
    outputs = execute(f"{line}\nx = 1", test_cell("print(x)"))
    assert outputs[1] == "NameError: name 'x' is not defined"


def test_a_missing_name_is_explained_by_the_line_that_failed(runner):
    """The line is named, here and in a note, where its failure is why a name is missing."""
    nb = notebook(
        "x = 1\nimport no_such_module as nsm",
        "1 / 0\nrate = 0.1",
        "def f():\n    return nsm\ndef g():\n    return rate\ndef h():\n    return typo",
        test_cell("""
            from utils import checks
            exercise = checks.Exercise("f", points=3)
            @exercise.check("f", points=1)
            def check_f(check): f()
            @exercise.check("g", points=1)
            def check_g(check): g()
            @exercise.check("h", points=1)
            def check_h(check): h()
            exercise.report()
        """),
        test_cell("f()"),
    )
    run = runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    text = str(nb.cells[3].outputs[-1].data)
    assert "nsm, which is not defined because the line `import no_such_module as nsm`" in text
    assert "rate, which is not defined because the line `1 / 0` failed" in text
    assert "the name typo is not defined. Run the cells above" in text
    assert (
        nb.cells[4].outputs[-1].evalue.endswith(": the line `import no_such_module as nsm` failed")
    )
    (note,) = run.notes
    assert "`import no_such_module as nsm` in cell 1 failed" in note


def test_own_cells_do_not_use_up_the_time_of_checks(runner):
    """They are cut first, with a note for each; what a graded cell needs is not."""
    limits = replace(LIMITS, cell_seconds=6.0, submission_seconds=12.0)
    nb = notebook(
        "import time\ntime.sleep(4)  # sweep 1",
        "time.sleep(4)  # sweep 2",
        "time.sleep(4)  # sweep 3",
        "def helper(a, b): return a + b",
        solution("def add(a, b):\n    return helper(a, b)"),
        test_cell(SUM),
    )
    run = runner.run(nb, limits=limits, seed="", files=None, rerun_experiments=False)
    assert nb.cells[5].outputs[0].text == "3\n"
    assert ["cell 2" in run.notes[0], "cell 3" in run.notes[1], len(run.notes)] == [True, True, 2]
    assert "sweep 2" in run.notes[0]
    assert "student" not in run.notes[0]  # who reads it on Gradescope or in `try` is one


def test_a_cell_that_nothing_needs_is_not_run_again(runner):
    """After a crash the slow sweep is left out; what graded cells need is run again."""
    nb = notebook(
        "import time\nstart = 1",
        "time.sleep(1.2); sweep = 1",
        solution("def add(a, b):\n    return a + b + start"),
        "import os\nos._exit(1)",
        test_cell("print(add(1, 2))"),
        "print('sweep' in globals())",
    )
    runner.run(nb, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    assert nb.cells[4].outputs[0].text == "4\n"
    assert nb.cells[5].outputs[0].text == "False\n"


@pytest.mark.parametrize("command", ["!pip install torch", "%pip install -q torch"])
def test_an_installation_fails_at_once(execute, command):
    """There is no network, and pip does not try five times to find one."""
    begun = time.monotonic()
    (output,) = execute(command)
    assert "No matching distribution found" in output
    assert "Retrying" not in output
    assert time.monotonic() - begun < 15
