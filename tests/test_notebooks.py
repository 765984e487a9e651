"""Every notebook runs from top to bottom in a fresh kernel, and none holds output."""

from __future__ import annotations

import re
import time
from pathlib import Path

import nbformat
import pytest
from ipykernel.kernelspec import write_kernel_spec
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def specs(tmp_path, monkeypatch):
    """Return where to find the interpreter that runs the tests, whatever else is installed."""
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel chooses the one of notebooks
    write_kernel_spec(str(tmp_path / "kernels" / "python3"))
    return KernelSpecManager(kernel_dirs=[str(tmp_path / "kernels")])


@pytest.fixture
def kernel(specs):
    """Return a kernel for a notebook."""
    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)


class Session:
    """Cells entered one by one.

    Args:
        manager: The kernel, running.
    """

    def __init__(self, manager):
        self.manager = manager
        self.client = manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def enter(self, code, interrupt_at=None):
        """Run a cell, and interrupt it once it has printed something; return what it shows."""
        cell = self.client.execute(code)
        shown = ""
        latest = time.monotonic() + 60
        while time.monotonic() < latest:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != cell:
                continue
            content = message["content"]
            shown += content.get("text", "") + "\n".join(content.get("traceback", []))
            shown += content.get("data", {}).get("text/plain", "")
            if interrupt_at is not None and interrupt_at in shown:
                self.manager.interrupt_kernel()
                interrupt_at = None
            if content.get("execution_state") == "idle":
                return re.sub(r"\x1b\[[\d;]*m", "", shown)
        raise TimeoutError(shown)


@pytest.fixture
def session(specs):
    """Return a session with a kernel of its own, in which everything is imported."""
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=specs)
    manager.start_kernel()
    session = Session(manager)
    assert session.enter("from brainsim import *") == ""
    yield session
    session.client.stop_channels()
    manager.shutdown_kernel(now=True)


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


def test_the_stop_button_ends_the_cell_after_a_whole_step(session):
    """Recordings are complete, and the network goes on as if nothing had been."""
    session.enter("""
        def network():
            group = NeuronGroup(1, "dv/dt = (sin(t/second) - v)/(10*ms) : 1", method="euler")
            trace = StateMonitor(group, "v", record=0, every=1000)
            return Network(group, trace), group, trace

        def report(elapsed, completed, start, duration):
            if completed > 0:
                print("it runs")

        net, group, trace = network()
    """)
    shown = session.enter(
        """
        while True:
            net.run(1e5*second, report=report, report_period=0.1*second)
        """,
        interrupt_at="it runs",
    )
    assert re.search(
        r"RunInterrupted: the run ended after a whole step, at t = .*s, and can go on", shown
    )
    assert "brainsim/" not in shown.partition("Traceback")[2]
    session.enter("""
        steps = round(net.t/defaultclock.dt)
        whole = abs(net.t/defaultclock.dt - steps) < 1e-3
        rows = len(trace.t) == -(-steps//1000)
        reached = net.t
        net.run(1*ms)
        twin, twin_group, twin_trace = network()
        twin.run(net.t)
    """)
    same = "bool(group.v[0] == twin_group.v[0])"
    shown = session.enter(f"whole, rows, {same}, round((net.t - reached)/us)")
    assert shown == "(True, True, True, 1000)"


def test_an_error_shows_the_cell_and_the_place_in_the_model(session):
    shown = session.enter("""
        group = NeuronGroup(1, "dv/dt = -v/tua : 1", method="exact")
        run(1*ms)
    """)
    assert re.search(r"^-+> \d+ +run\(1\*ms\)$", shown, re.MULTILINE)
    assert shown.endswith("""
'tua' is not defined
  in equations of 'neurongroup'
  1 | dv/dt = -v/tua : 1
    |            ^^^
  help: did you mean 'tan'?""")
    assert shown.count("'tua' is not defined") == 1
    assert "brainsim/" not in shown


def test_verbose_mode_shows_where_an_error_was_found(session):
    session.enter("%xmode Verbose")
    assert "ufuncs.py" in session.enter("1*mV + 1*nA")
    session.enter("%xmode Context")
    assert "ufuncs.py" not in session.enter("1*mV + 1*nA")


def test_a_progress_bar_comes_without_a_warning(session):
    session.enter("group = NeuronGroup(1, 'v : 1')")
    shown = session.enter("run(1*ms, report='bar')")
    assert "s simulated" in shown  # as text, or as what stands for a graphical bar
    assert "Warning" not in shown


def test_a_cell_that_makes_groups_can_be_run_again(session):
    """The plain run sees the new objects only, and they start at t = 0."""
    cell = """
        group = NeuronGroup(1, 'v : 1', threshold='v > 1', reset='v = 0')
        synapses = Synapses(group, group, on_pre='v += 1')
        synapses.connect()
        run(1*ms)
        run(1*ms)
        print(len(collect()), magic_network.t)
    """
    assert session.enter(cell) == session.enter(cell) == "2 2. ms\n"
    session.enter("another = NeuronGroup(1, 'v : 1')")
    assert "MagicError: run() sees objects that have run before" in session.enter("run(1*ms)")
    session.enter("start_scope()")
    assert session.enter(cell) == "2 2. ms\n"
