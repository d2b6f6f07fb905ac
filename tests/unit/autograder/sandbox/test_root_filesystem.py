"""What a student's process sees of the file system."""

from pathlib import Path

from autograder.runners.jailed import JailedRunner
from autograder.sandbox.root_filesystem import scratch_path
from tests.support.cells import LIMITS, cell_text, notebook


def test_the_scratch_directory_hides_nothing():
    """A virtual environment below ``/tmp`` must stay visible."""
    usual = scratch_path([Path("/usr"), Path("/opt/venv/lib")])
    other = scratch_path([Path("/usr"), usual / "clone/.venv/lib"])
    assert usual != other
    assert not (usual / "clone").is_relative_to(other)


def test_a_folder_below_tmp_can_be_read(tmp_path):
    """But not written: the child writes into a scratch directory of its own."""
    (tmp_path / "data.txt").write_text("data", "utf-8")
    tmp_path.chmod(0o755)
    made = notebook(
        f"print(open({str(tmp_path / 'data.txt')!r}).read())",
        "open('mine', 'w').write('x')\nimport os, tempfile\nprint(os.listdir())\n"
        "with tempfile.TemporaryFile() as file: print(file.write(b'x'))",
    )
    with JailedRunner(readable=(tmp_path,)) as runner:
        runner.run(made, limits=LIMITS, seed="", files=None, rerun_experiments=False)
    assert [cell_text(cell) for cell in made.cells] == ["data\n", "['mine']\n1\n"]
    assert not (tmp_path / "mine").exists()
