"""The notebooks run from beginning to end, keep small pictures, and tell nothing of the machine they ran on."""

import base64
import importlib.util
import json
import re
from pathlib import Path

import nbformat
import pytest
import pytest_socket
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST_PICTURE = 200_000


@pytest.fixture(autouse=True)
def _no_sockets():
    """A notebook's kernel is another process of this machine, spoken to over its sockets."""
    pytest_socket.enable_socket()


def test_there_are_two_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["learn_from_labelled_pairs", "match_a_messy_file"]


@pytest.mark.filterwarnings("default")  # of the kernel's client, not of ours
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws_what_it_shows(path, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    if "geo.learning" in json.dumps(notebook) and importlib.util.find_spec("geo.learning") is None:
        pytest.skip("geo.learning is not there yet")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)  # the kernel drops the first path, taking it for its folder
    kept = pictures(notebook)
    NotebookClient(notebook, timeout=240, kernel_name="python3",
                   resources={"metadata": {"path": str(ROOT)}}).execute()
    assert len(pictures(notebook)) == len(kept)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_kept_outputs_are_small_pictures_and_no_path_of_a_machine(path):
    notebook = nbformat.read(path, as_version=4)
    drawn = pictures(notebook)
    assert len(drawn) >= 2
    assert max(map(len, drawn)) < LARGEST_PICTURE
    told = json.dumps([cell.get("outputs", []) for cell in notebook.cells])
    assert not re.search(r"/(?:home|tmp|root|work|Users|var|usr)/", told)
    assert not [cell for cell in notebook.cells for output in cell.get("outputs", [])
                if output.output_type == "error" or output.get("name") == "stderr"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_needs_no_application(path):
    """The library is usable by itself; the generated works alone come from the application."""
    source = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    assert not re.search(r"(?:from|import) app(?!\.demonstration\.generate\b)", source)


def pictures(notebook: nbformat.NotebookNode) -> list[bytes]:
    return [base64.b64decode(output.data["image/png"]) for cell in notebook.cells
            for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
