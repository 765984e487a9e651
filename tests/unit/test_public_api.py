"""The names of the package: which there are, what they mean, who wins where two share a name."""

from __future__ import annotations

import builtins
import copy
import gc
import importlib
import inspect
import io
import pickle
import pydoc
import subprocess
import sys
import types
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

import brainsim
import brainsim.only
from brainsim import numpy_, pylab_names
from brainsim.pylab_names import StandIn
from brainsim.units import UNIT_AWARE_FUNCTIONS, DimensionMismatchError, ms, mV, second
from brainsim.units.names import STAR_NAMES

CLASSES = """
    BinomialFunction BrianLogger BrianObject BrianObjectException BrianPreference Clock CodeRunner
    DimensionMismatchError Equations EventMonitor ExplicitStateUpdater Expression Function Group
    ImportExport MagicError MagicNetwork Nameable Network NetworkOperation NeuronGroup PoissonGroup
    PoissonInput PopulationRateMonitor PreferenceError Quantity SpikeGeneratorGroup SpikeMonitor
    SpikeSource StateMonitor StateUpdateMethod Statements Subgroup Synapses TimedArray Unit
    Cylinder CythonCodeObject EventClock Morphology NumpyCodeObject Section Soma SpatialNeuron
    Trackable VariableOwner
""".split()  # noqa: SIM905 - reads better than a list
FUNCTIONS = """
    check_units collect declare_types get_dimensions get_logger get_or_create_dimension get_unit
    have_same_dimensions implementation in_best_unit in_unit is_dimensionless is_scalar_type
    linked_var network_operation
    profiling_summary register_new_unit restore run scheduling_summary seed start_scope stop store
    set_device get_device reset_device load_results
    sweep write_slurm_script
    check_cache clear_cache get_local_namespace restore_initial_state std_silent test
""".split()  # noqa: SIM905
OBJECTS = """
    DEFAULT_CONSTANTS DEFAULT_FUNCTIONS DEFAULT_UNITS defaultclock magic_network prefs
    euler exact exponential_euler gsl_rk2 gsl_rk4 gsl_rk8pd gsl_rkck gsl_rkf45 heun independent
    linear milstein rk2 rk4
    brian_prefs device all_devices
""".split()  # noqa: SIM905
OWN = {*CLASSES, *FUNCTIONS, *OBJECTS, *UNIT_AWARE_FUNCTIONS, *STAR_NAMES}

# the names of pylab_names.py were written down for this version of matplotlib
MATPLOTLIB_KNOWN = (3, 11)
MATPLOTLIB = tuple(int(part) for part in version("matplotlib").split(".")[:2])


def names_from(module):
    """Return what `from module import *` brings, by name."""
    names = getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")])
    return {name: getattr(module, name) for name in names}


@pytest.fixture(scope="module")
def star():
    """Return what `from brainsim import *` brings, by name."""
    return names_from(brainsim)


# -------------------------------------------------------------------------- which names there are


def test_the_star_import_without_numpy_brings_our_names_and_nothing_else():
    """A name that comes or goes is a decision, and is written down above."""
    assert set(names_from(brainsim.only)) == OWN


def test_every_name_is_an_attribute_of_the_package(star):
    """`import brainsim as b` reaches the same things as the star import."""
    assert set(star) >= OWN
    for name, value in names_from(brainsim.only).items():
        assert getattr(brainsim, name) is star[name] is value


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS])
def test_classes_and_functions_are_documented(name):
    """`help(NeuronGroup)` says something, and not what a base class says."""
    assert vars(brainsim)[name].__doc__


def test_the_version_is_that_of_the_project():
    """The installed distribution, the package, and the keys of the cache agree."""
    assert brainsim.__version__ == "0.1.0"


def test_type_checkers_are_told(star):
    """The marker is there, and what they cannot see at run time is written out for them."""
    folder = Path(brainsim.__file__).parent
    assert (folder / "py.typed").is_file()
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    for name in OWN:
        assert f"{name} as {name}" in text, name
    assert "__all__" in vars(brainsim)
    assert not [name for name in star if name.startswith("_")]


@pytest.mark.row("2 from brian2 import *")
def test_no_submodule_of_ours_is_brought(star):
    """`model`, `errors`, `program` are names that users give to their own things."""
    own = {n: v for n, v in star.items() if getattr(v, "__name__", "").startswith("brainsim.")}
    assert {n for n, v in own.items() if isinstance(v, types.ModuleType)} == {"np", "numpy"}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("brainsim.units.allunits", "umetre2"),
        ("brainsim.units.stdunits", "mV"),
        ("brainsim.units.fundamentalunits", "DimensionMismatchError"),
        ("brainsim.units.constants", "faraday_constant"),
        ("brainsim.equations.equations", "EquationError"),
        ("brainsim.core.clocks", "defaultclock"),
        ("brainsim.core.functions", "timestep"),
        ("brainsim.core.magic", "MagicError"),
        ("brainsim.core.namespace", "DEFAULT_UNITS"),
        ("brainsim.core.network", "TextReport"),
        ("brainsim.core.preferences", "BrianPreference"),
        ("brainsim.core.variables", "linked_var"),
        ("brainsim.groups.group", "CodeRunner"),
        ("brainsim.input.timedarray", "TimedArray"),
        ("brainsim.spatialneuron.morphology", "Soma"),
        ("brainsim.stateupdaters.base", "UnsupportedEquationsException"),
        ("brainsim.stateupdaters.explicit", "rk4"),
        ("brainsim.utils.logger", "catch_logs"),
    ],
)
def test_dotted_names_that_scripts_use(module, name):
    """They are where the tradition has them."""
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.row("2 dotted names scripts do use")
def test_dotted_names_need_no_import_of_their_own():
    """`import brainsim as b2` is enough to name what is in its modules."""
    found = python_prints(
        "import brainsim as b2; from brainsim import model, solvers\n"
        "print(b2.core.clocks.defaultclock is b2.defaultclock, b2.only.Network is b2.Network)\n"
        "print(b2.stateupdaters.exact is b2.exact, b2.utils.logger.catch_logs.__name__)\n"
        "print('core' in b2.__all__, hasattr(b2, 'cores'))"
    )
    assert found.split() == ["True", "True", "True", "catch_logs", "False", "False"]


def python_prints(code):
    """Return what a fresh interpreter prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.row("2 dotted names scripts do use")
def test_a_text_report_writes_to_any_stream():
    """A file, or a buffer as here; a report of a run is one line."""
    stream = io.StringIO()
    report = importlib.import_module("brainsim.core.network").TextReport(stream)
    report(0 * second, 0.0, 0 * second, 2 * second)
    report(3 * second, 0.25, 0 * second, 2 * second)
    report(12 * second, 1.0, 0 * second, 2 * second)
    assert stream.getvalue().splitlines() == [
        "Starting simulation at t=0. s for a duration of 2. s",
        "0.5 s (25%) simulated in 3s, estimated 9s remaining.",
        "2. s (100%) simulated in 12s",
    ]


@pytest.mark.row("2 classes exported")
def test_living_instances_of_a_class_are_known():
    """`Trackable` lists them, those of subclasses too, and forgets the dead."""
    before = brainsim.Clock.__instances__()
    clock = brainsim.Clock(0.1 * ms)
    (new,) = brainsim.Clock.__instances__() - before
    assert new() is clock
    assert new in brainsim.Nameable.__instances__()
    assert new not in brainsim.Network.__instances__()
    del clock
    gc.collect()
    assert new not in brainsim.Clock.__instances__()


# --------------------------------------------------------------------------------------- who wins


def test_only_sums_and_tests_of_arrays_hide_builtin_functions(star):
    """As in pylab: `sum` adds arrays, while `max`, `round` and `input` stay Python's."""
    hidden = {n for n in vars(builtins) if n in star and star[n] is not getattr(builtins, n)}
    assert hidden == {"all", "any", "divmod", "sum"}


def test_numpy_is_brought_whole(star):
    """Each public name of NumPy, and as in pylab the functions of three of its submodules."""
    wanted = {*np.__all__, *np.linalg.__all__, *np.fft.__all__, *np.random.__all__}
    missing = wanted - set(star) - set(vars(builtins))
    assert [name for name in missing if not name.startswith("_")] in ([], ["core"])
    assert star["array"] is np.array
    assert star["rand"] == np.random.rand
    assert star["ma"].masked_array is np.ma.masked_array


def test_units_and_our_functions_win(star):
    """`cm` is a length, `seed` seeds the simulator, `exp` looks at units, `np` is unit-aware."""
    assert star["cm"] == 0.01 * star["metre"]
    assert star["seed"] is brainsim.model.randomness.seed
    assert star["np"] is star["numpy"] is numpy_
    for name in UNIT_AWARE_FUNCTIONS:
        assert star[name] is getattr(brainsim.units, name)


def test_numpy_with_units():
    """`np` of the star import keeps units where NumPy loses them, and is NumPy elsewhere."""
    ends = numpy_.linspace(0 * mV, 1 * mV, 3)
    assert ends[2] == 1 * mV
    with pytest.raises(DimensionMismatchError):
        numpy_.exp(1 * mV)
    assert numpy_.random is np.random
    assert numpy_.ndarray is np.ndarray
    assert numpy_.__version__ == np.__version__
    assert set(np.__all__) <= set(numpy_.__all__)
    assert set(dir(np)) <= set(dir(numpy_))
    with pytest.raises(AttributeError, match="no attribute 'arrray'"):
        numpy_.arrray  # noqa: B018


# ---------------------------------------------------------------------------- names of matplotlib


def is_of_matplotlib(value):
    """Return whether a name of pylab is matplotlib's, and not something that it imported."""
    if isinstance(value, types.MethodType):
        value = value.__self__ if isinstance(value.__self__, type) else type(value.__self__)
    home = value.__name__ if isinstance(value, types.ModuleType) else None
    home = home or getattr(value, "__module__", None) or type(value).__module__
    return home.split(".")[0] in {"matplotlib", "cycler"}


@pytest.fixture(scope="module")
def pylab():
    """Return pylab, drawing into memory."""
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    return importlib.import_module("matplotlib.pylab")


@pytest.fixture(scope="module")
def names_of_pylab(pylab):
    """Return the public names of pylab that are matplotlib's own."""
    public = {n: v for n, v in vars(pylab).items() if not n.startswith("_")}
    return {n for n, v in public.items() if is_of_matplotlib(v)}


def test_the_names_of_matplotlib_are_complete(star, names_of_pylab):
    """Only names which came after the version we know may be missing."""
    if MATPLOTLIB <= MATPLOTLIB_KNOWN:
        assert names_of_pylab <= set(star)


def test_the_names_of_matplotlib_exist(star, pylab):
    """Each stand-in stands for something, unless matplotlib is older than the version we know."""
    stand_ins = {n: v for n, v in star.items() if isinstance(v, StandIn)}
    assert {"plot", "figure", "plt", "rcParams", "Figure", "detrend"} <= set(stand_ins)
    for name, stand_in in stand_ins.items():
        if hasattr(pylab, name):
            assert bool(stand_in) == bool(getattr(pylab, name))
        else:
            assert MATPLOTLIB < MATPLOTLIB_KNOWN, f"{name} is no more"


def test_modules_of_the_standard_library_come_along(star):
    """Pylab has them, and scripts say `time.time()` without importing it."""
    for name in pylab_names.STANDARD:
        assert star[name] is importlib.import_module(name)


# -------------------------------------------------------------------------------------- stand-ins


@pytest.fixture
def plt(pylab):
    """Return the stand-in for pyplot; figures are closed and settings restored afterwards."""
    with pylab.rc_context():
        yield brainsim.plt
    pylab.close("all")


def test_a_stand_in_says_what_it_is():
    """Its representation is honest, and its name does not need matplotlib."""
    assert repr(brainsim.plot) == "<stand-in for matplotlib.pyplot.plot>"
    assert repr(brainsim.plt) == "<stand-in for matplotlib.pyplot>"
    assert brainsim.plot.__name__ == "plot"
    assert str(brainsim.rcsetup).startswith("<module 'matplotlib.rcsetup'")


def test_help_is_that_of_the_function(pylab):
    """Documentation, signature and completion are those of what it stands for."""
    assert brainsim.plot.__doc__ == pylab.plot.__doc__
    assert inspect.signature(brainsim.plot) == inspect.signature(pylab.plot)
    assert "subplots" in dir(brainsim.plt)
    assert "lines and/or markers" in pydoc.render_doc(brainsim.plot)
    assert not hasattr(brainsim.plt, "__signature__")


def test_functions_and_modules(plt, pylab):
    """The same figure is drawn into whichever way a function is reached."""
    figure, axes = plt.subplots()
    brainsim.plot([1, 2], [3, 4])
    brainsim.xlabel("time (ms)")
    assert brainsim.gcf() is figure
    assert axes.get_xlabel() == "time (ms)"
    assert brainsim.mpl.rcParams is pylab.rcParams
    with pytest.raises(AttributeError, match="nonsense"):
        brainsim.subplot(nonsense=1)


def test_what_is_put_into_a_module_is_used(plt, monkeypatch):
    """A test or a notebook may replace `plt.show`; `show()` then calls the replacement."""
    called = []
    monkeypatch.setattr(plt, "show", lambda: called.append(True))
    brainsim.show()
    assert called
    brainsim.plt.remark = 1
    del plt.remark
    assert not hasattr(plt, "remark")


@pytest.mark.usefixtures("plt")
def test_settings(pylab):
    """`rcParams` is read, written, updated, looped over and copied."""
    settings = brainsim.rcParams
    settings["font.size"] = 11
    assert pylab.rcParams["font.size"] == 11
    settings.update({"font.size": 12})
    assert settings["font.size"] == 12
    assert "font.size" in settings
    assert "font.size" in list(settings)
    assert len(settings) == len(pylab.rcParams)
    assert dict(settings) == dict(pylab.rcParams)
    saved, deeply_saved = copy.copy(settings), copy.deepcopy(settings)
    settings["font.size"] = 13
    assert saved["font.size"] == deeply_saved["font.size"] == 12
    table = StandIn("os", "environ")
    table["BRAINSIM_STAND_IN"] = "1"
    del table["BRAINSIM_STAND_IN"]
    assert "BRAINSIM_STAND_IN" not in table


def test_classes(plt):
    """A class is made, asked for, subclassed, and used in annotations."""

    class Mine(brainsim.Figure):
        """A figure of a user."""

    figure = plt.figure(FigureClass=Mine)
    assert isinstance(figure, brainsim.Figure)
    assert issubclass(Mine, brainsim.Figure)
    assert not isinstance(3, brainsim.Figure)
    assert isinstance(brainsim.Circle((0, 0), 1), brainsim.Circle)
    assert isinstance(None, brainsim.Axes | None)
    assert isinstance(None, int | brainsim.Axes | None)


def test_quantities_are_drawn_in_base_units(plt):
    """Also where matplotlib compares them with its own numbers, as `axhline` does."""
    _, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    line = brainsim.axhline(-50 * mV)
    assert list(line.get_ydata(orig=False)) == [-0.05, -0.05]
    assert brainsim.hist([1, 2] * second)[0].sum() == 2


def test_a_stand_in_survives_pickling():
    """As part of a function that is sent to another process, say."""
    twin = pickle.loads(pickle.dumps(brainsim.plot))  # noqa: S301 - our own bytes
    assert repr(twin) == repr(brainsim.plot)


def test_a_name_that_the_module_lacks():
    """An old version of matplotlib has not all names; the error says which and where."""
    with pytest.raises(AttributeError, match=r"'numpy' has no attribute 'nothing'"):
        StandIn("numpy", "nothing")()
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        StandIn("no_such_module").anything  # noqa: B018
