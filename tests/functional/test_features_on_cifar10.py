"""The features notebook with CIFAR-10: the same cells, on the archive that its authors publish."""

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from tests.support.cifar10 import write_archive, write_folder
from tests.support.solutions import ROOT
from utils.pictures import cifar10

OURS = "pictures = load_pictograms()\n# pictures = load_cifar10("
THEIRS = "pictures = load_cifar10("


@pytest.fixture
def archive(tmp_path):
    """An archive of 1,250 pictures of noise to train on, of which 1,000 are for validation."""
    stream = np.random.RandomState(4)
    batches = {
        name: (stream.randint(0, 256, (250, 3072)).astype(np.uint8), stream.randint(0, 10, 250))
        for name in (*cifar10.BATCHES, cifar10.TEST_BATCH)
    }
    return write_archive(tmp_path, write_folder(tmp_path, batches))


@pytest.mark.slow
def test_all_cells_run_on_cifar10(archive, tmp_path):
    """With one `#` moved every cell runs, even where nothing can be learned."""
    notebook = nbformat.read(ROOT / "source/features/features.ipynb", 4)
    (cell,) = [cell for cell in notebook.cells if OURS in cell.source]
    cell.source = cell.source.replace(OURS, THEIRS)
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": tmp_path}})
    client.force_raise_errors = True  # experiments are tagged as cells that may raise
    client.execute()
    printed = "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
    )
    assert "250 to train on, 1000 for validation, 250 for the test" in printed
    assert "goes on with" not in printed
    assert "HOG and hues: (250, 154) (1000, 154) (250, 154)" in printed
