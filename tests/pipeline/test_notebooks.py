"""The notebooks of the documentation run, and hold the outputs of a run."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "docs" / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]


def execute(notebook, folder: Path, monkeypatch) -> None:
    """Run all cells in order with this interpreter; the first that raises ends it."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    client = NotebookClient(notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute()


def code_cells(path: Path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_stored_outputs_are_those_of_one_run_in_order(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert "image/png" in kinds
    assert [output for output in outputs if output.output_type == "stream"]


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:.*:DeprecationWarning"
)  # of the kernel's machinery, no code of ours runs in this process
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_notebook_runs_and_prints_what_is_stored(path, tmp_path, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, tmp_path, monkeypatch)
    again = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, stored in zip(again, code_cells(path), strict=True):
        assert [kind(output) for output in cell.outputs] == [kind(output) for output in stored.outputs]


def kind(output) -> tuple[str, ...]:
    """Kind of an output: its channel, or the formats that it has."""
    return (output.output_type, *sorted(output.get("data", {})), output.get("name", ""))
