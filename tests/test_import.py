"""What importing costs, and a script that imports everything: each test is a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "examples" / "first_network.py"
# slow to import, and not needed before they are used
GUESTS = ("sympy", "mpmath", "matplotlib", "scipy", "tqdm", "Cython", "setuptools", "IPython")
UNUSED_PARTS = ("numpy.f2py", "numpy.testing", "unittest", "multiprocessing", "asyncio")
REPORT = f"""
import sys
print(*(name for name in {GUESTS + UNUSED_PARTS} if name in sys.modules))
"""
SIMULATION = """
from brainsim import *
prefs.codegen.target = "numpy"
tau = 10*ms
source = PoissonGroup(5, rates=1*kHz)
target = NeuronGroup(5, "dv/dt = -v/tau : 1", threshold="v > 1", reset="v = 0", method="exact")
synapses = Synapses(source, target, on_pre="v += 0.5")
synapses.connect(p=0.5)
target.v = "rand()"
trace, spikes = StateMonitor(target, "v", record=True), SpikeMonitor(target)
run(10*ms)
try:
    NeuronGroup(1, "dv/dt = -v/taau : 1", threshold="v > plott")
except Exception:
    pass
"""
NEWCOMER = """
import runpy, sys
from brainsim import prefs, seed
prefs.codegen.target = sys.argv[1]
seed(1)
left = runpy.run_path(sys.argv[2], run_name="__main__")
import matplotlib.pyplot as plt
(line,) = plt.gca().lines
times, neurons = (axis.tolist() for axis in line.get_data())
print(len(times) == left["spike_monitor"].num_spikes)
print(0 <= min(times) and max(times) < 1000, 0 <= min(neurons) and max(neurons) < 100)
print(plt.gca().get_xlabel(), plt.gca().get_ylabel(), plt.gca().get_title(), sep="|")
print(len(times), times, neurons)
"""


def python(code: str, *words: str | Path) -> str:
    """Return what a program prints; it draws into memory, and its failure is shown."""
    result = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import brainsim",
        "from brainsim import *",
        "from brainsim.only import *",
        "import brainsim.numpy_ as np",
    ],
)
def test_importing_loads_nothing_slow(code):
    """Neither sympy nor matplotlib, though the star import has its names; and nothing warns."""
    strictly = "import warnings\nwarnings.simplefilter('error')\n"
    assert python(strictly + code + REPORT).split() == []


def test_a_simulation_without_figures_loads_nothing_slow():
    """Looking for objects and names in the user's frame leaves the stand-ins alone."""
    assert python(SIMULATION + REPORT).split() == []


@pytest.mark.parametrize(
    "use",
    [
        "plot([1, 2], [3, 4])",
        "fig, axes = plt.subplots()",
        "rcParams['font.size'] = 9",
        "isinstance(3, Figure)",
        "plot.__doc__",
    ],
)
def test_the_first_use_loads_matplotlib(use):
    """Whichever name of it is used first."""
    assert python(f"from brainsim import *\n{use}\n{REPORT}").split()[0] == "matplotlib"


def test_units_work_in_figures_of_those_who_import_matplotlib_first():
    """The order of the two imports does not matter once a name of the star import is used."""
    python(
        "import matplotlib.pyplot as pyplot\nfrom brainsim import *\npyplot.plot([0, 1], [0, 1])\n"
        "figure()\naxhline(-50*mV)\npyplot.axhline(-50*mV)"
    )


def test_without_matplotlib_there_are_the_names_of_numpy():
    """And a script that draws is told so by its first `plot`."""
    block = "import sys\nsys.modules['matplotlib'] = None\nfrom brainsim import *\n"
    assert (
        python(block + "print(sin(0), np.pi > 3, rand(3).shape, 3*mV)") == "0.0 True (3,) 3. mV\n"
    )
    assert python(block + "print('plot' in dir(), 'plt' in dir())") == "False False\n"


def test_importing_leaves_the_surroundings_alone():
    """No random numbers drawn, no warning filters, no signal handlers, no logging set up."""
    code = """
import logging, random, signal, warnings
import numpy as np
np.random.seed(1)
def surroundings():
    handlers = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    state = np.random.get_state()[1].tolist()
    return warnings.filters[:], handlers, state, random.getstate(), logging.root.handlers[:]
before = surroundings()
import brainsim
print(surroundings() == before)
"""
    assert python(code) == "True\n"


def test_the_script_of_a_newcomer_runs_as_it_stands():
    """Each target draws the raster that it announces, and all draw the same one."""
    drawn = [python(NEWCOMER, target, SCRIPT) for target in ("c", "cython", "numpy")]
    complete, inside, labels, raster = drawn[0].splitlines()
    assert complete == "True"
    assert inside == "True True"
    assert labels == "Time (ms)|Neuron index|Raster plot of SNN activity"
    # some 1.5 spikes a neuron; the seed is fixed, so this does not depend on luck
    assert int(raster.split()[0]) > 50
    assert drawn[1] == drawn[2] == drawn[0]
