"""`autograder demo`: which folders it replaces. The demo itself is in the functional tests."""

from tests.support.command_line import run, sentence


def test_only_demos_are_replaced(course, tmp_path):
    """A folder that is not an earlier demo is left alone."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.tex").touch()
    result = run("demo", "--into", folder, course=course)
    assert result.exit_code == 2
    assert "is not an earlier demo" in sentence(result)
    assert (folder / "thesis.tex").exists()
