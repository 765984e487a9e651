"""Every notebook runs from top to bottom in a fresh kernel, and none holds output."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from ipykernel.kernelspec import write_kernel_spec
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Return a kernel of the interpreter that runs the tests, whatever else is installed."""
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel chooses the one of notebooks
    write_kernel_spec(str(tmp_path / "kernels" / "python3"))
    specs = KernelSpecManager(kernel_dirs=[str(tmp_path / "kernels")])
    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)


def code_cells(path):
    """Return the cells of a notebook that hold code."""
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    """A wrong folder would leave nothing to test."""
    assert NOTEBOOKS


@each_notebook
def test_no_output_is_stored(path):
    """Output is made by the reader; stored, it would be out of date and spoil every diff."""
    for cell in code_cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None


@each_notebook
def test_a_notebook_runs(path, kernel, tmp_path):
    """No cell fails, none prints a warning, and there are figures to see."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, km=kernel, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(cleanup_kc=True)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    complaints = [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert not complaints
    assert [o for o in outputs if "image/png" in o.get("data", {})]
