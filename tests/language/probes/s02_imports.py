"""Section 2: what the package brings, by star import and by dotted names."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import numpy as np
from probing import probe, raised


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


CLASSES = words("""
    BrianObject BrianLogger BrianObjectException Clock CodeRunner Cylinder DimensionMismatchError
    Equations EventMonitor ExplicitStateUpdater Expression Function Group ImportExport MagicError
    MagicNetwork Morphology Nameable Network NetworkOperation NeuronGroup PoissonGroup PoissonInput
    PopulationRateMonitor PreferenceError BrianPreference Quantity Section Soma SpatialNeuron
    SpikeGeneratorGroup SpikeMonitor SpikeSource StateMonitor StateUpdateMethod Statements Subgroup
    Synapses TimedArray BinomialFunction Trackable Unit VariableOwner CythonCodeObject
    NumpyCodeObject
""")
FUNCTIONS = words("""
    run stop collect store restore start_scope seed network_operation linked_var check_units
    declare_types implementation profiling_summary scheduling_summary get_dimensions get_unit
    get_or_create_dimension have_same_dimensions is_dimensionless is_scalar_type in_unit
    in_best_unit register_new_unit get_logger get_local_namespace restore_initial_state
    check_cache clear_cache std_silent
""")
OBJECTS = words("""
    defaultclock prefs magic_network DEFAULT_FUNCTIONS DEFAULT_CONSTANTS DEFAULT_UNITS exact linear
    independent euler rk2 rk4 exponential_euler milstein heun gsl_rk2 gsl_rk4 gsl_rkf45 gsl_rkck
    gsl_rk8pd
""")
AWARE = words("""
    sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh arctanh exp log log10 log1p
    expm1 exprel ravel diagonal trace dot where ones_like zeros_like arange linspace ptp
""")
NUMPY = words("""
    array zeros ones mean std var median concatenate vstack hstack argsort unique cumsum diff
    histogram sqrt floor ceil clip newaxis random rand randn randint permutation choice uniform
    normal exponential fft ifft linalg inv det norm eye outer inner convolve correlate interp
    polyfit loadtxt savetxt load save isnan isinf nan inf pi e int32 float64 ndarray meshgrid tile
    repeat roll argmax argmin argwhere nonzero flatnonzero searchsorted digitize percentile
    average allclose sort maximum minimum prod sign mod reshape transpose squeeze atleast_1d
    asarray logspace geomspace empty full sum any all np numpy shuffle
""")


def star(name: str) -> dict[str, Any]:
    """Return what a star import brings."""
    namespace: dict[str, Any] = {}
    exec(f"from {name} import *", namespace)  # noqa: S102 - what scripts do
    return namespace


@probe("2 from brian2 import *")
def names_of_the_star_import(b: Any) -> dict[str, Any]:
    found = star(b.__name__)
    ours = [*CLASSES, *FUNCTIONS, *OBJECTS]
    return {
        "missing": [name for name in [*ours, *AWARE, *NUMPY] if name not in found],
        "same": [name for name in ours if found.get(name) is not getattr(b, name)],
        "underscore": [name for name in found if name[0] == "_" and name != "__builtins__"],
        "cm": found["cm"],
        "seed": found["seed"] is b.seed,
        "rand": list(found["rand"](3).shape),
        "numpy": [float(found["np"].sqrt(4.0)), float(found["numpy"].pi)],
        "builtin": [found["sum"] is np.sum, found["any"] is np.any],
        "many": len(found) > 900,
    }


@probe("2 from brian2 import *", "2 numpy functions replaced by unit-aware ones")
def numpy_after_the_star_import(b: Any) -> dict[str, Any]:
    found = star(b.__name__)
    unit = b.mV
    return {
        "exp": raised(lambda: found["exp"](3 * unit)),
        "np.exp": raised(lambda: found["np"].exp(3 * unit)),
        "np.sin": float(found["np"].sin(1.0)),
        "np.linspace": found["np"].linspace(0 * unit, 1 * unit, 3),
        "linspace": found["linspace"](0 * unit, 1 * unit, 3),
        "mean": found["mean"]([1, 2] * unit),
        "array": found["array"]([1, 2]) * unit,
        "std": found["std"]([1, 2] * unit),
        "arange": found["arange"](3),
        "zeros": found["zeros"](2) * unit,
        "sum": found["sum"]([1, 2] * unit),
        "concatenate": found["concatenate"]([[1, 2] * unit, [3] * unit]),
    }


@probe("2 import brian2 as b2, from brian2 import NeuronGroup, ms, ...")
def attributes_of_the_package(b: Any) -> dict[str, Any]:
    names = [*CLASSES, *FUNCTIONS, *OBJECTS, *AWARE, "mV", "nS", "Mohm", "umetre", "kHz"]
    group = b.NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", method="exact")
    group.v = 1
    b.run(1 * b.ms)
    return {
        "missing": [name for name in names if not hasattr(b, name)],
        "v": group.v[:],
        "version": isinstance(b.__version__, str),
        "unknown": raised(lambda: b.NeuronGruop),
        "np": hasattr(b, "np"),
        "modules": [
            inspect.ismodule(getattr(b, name))
            for name in words(
                "units core equations groups monitors input synapses stateupdaters utils only "
                "numpy_ spatialneuron importexport devices codegen"
            )
        ],
    }


@probe("2 brian2.only")
def only(b: Any) -> dict[str, Any]:
    found = star(f"{b.__name__}.only")
    names = [*CLASSES, *FUNCTIONS, *OBJECTS]
    module = importlib.import_module(f"{b.__name__}.only")
    return {
        "missing": [n for n in names if n not in {*found, "check_cache", "clear_cache"}],
        "units": [found[name] == getattr(b, name) for name in words("mV nS ms um2 Mohm metre")],
        "no numpy": [name in found for name in words("np array zeros rand plot pi mean")],
        "aware": [name in found for name in words("exp sin linspace where")],
        "same": module.NeuronGroup is b.NeuronGroup,
        "restore": callable(module.restore_initial_state),
    }


@probe("2 brian2.numpy_")
def numpy_module(b: Any) -> dict[str, Any]:
    module = importlib.import_module(f"{b.__name__}.numpy_")
    unit = b.mV
    return {
        "exp": raised(lambda: module.exp(3 * unit)),
        "exp of a number": float(module.exp(1.0)),
        "linspace": module.linspace(0 * unit, 1 * unit, 3),
        "others": [
            getattr(module, name) is getattr(np, name)
            for name in words("array zeros mean random linalg float64 sqrt pi")
        ],
        "aware": [getattr(module, name) is not getattr(np, name, None) for name in AWARE],
        "star": [name in star(f"{b.__name__}.numpy_") for name in words("array exp linspace pi")],
    }


@probe("2 brian2.units and its modules")
def units_modules(b: Any) -> dict[str, Any]:
    package = b.__name__
    units = star(f"{package}.units")
    everything = star(f"{package}.units.allunits")
    standard = star(f"{package}.units.stdunits")
    fundamental = importlib.import_module(f"{package}.units.fundamentalunits")
    constants = star(f"{package}.units.constants")
    return {
        "units": [name in units for name in words("mV volt Quantity Unit check_units exp umetre")],
        "allunits": [name in everything for name in words("umetre2 Zvolt cmetre3 mkatal")],
        "stdunits": [name in standard for name in words("mV nS Hz cm2 um3 uM volt")],
        "constants": [name in constants for name in words("faraday_constant gas_constant")],
        "fundamental": [
            hasattr(fundamental, name)
            for name in words(
                "Quantity Unit DIMENSIONLESS Dimension DimensionMismatchError get_dimensions "
                "get_unit_for_display fail_for_dimension_mismatch have_same_dimensions "
                "standard_unit_register check_units quantity_with_dimensions is_scalar_type"
            )
        ],
        "DIMENSIONLESS": repr(fundamental.DIMENSIONLESS),
        "with dimensions": fundamental.quantity_with_dimensions(2.0, b.volt.dim),
        "fails": raised(lambda: fundamental.fail_for_dimension_mismatch(3 * b.mV, 2 * b.nA, "no")),
        "display": fundamental.get_unit_for_display(b.volt.dim),
        "attribute": package and b.units.fundamentalunits is fundamental,
    }


@probe("2 dotted names scripts do use")
def dotted_names(b: Any) -> dict[str, Any]:
    names = {
        "core.base": "BrianObject BrianObjectException",
        "core.clocks": "Clock defaultclock",
        "core.functions": "timestep DEFAULT_FUNCTIONS Function implementation declare_types",
        "core.magic": "MagicNetwork magic_network MagicError run start_scope",
        "core.namespace": "get_local_namespace DEFAULT_UNITS DEFAULT_CONSTANTS",
        "core.names": "Nameable",
        "core.network": "Network TextReport profiling_summary scheduling_summary",
        "core.operations": "NetworkOperation network_operation",
        "core.preferences": "prefs BrianPreference PreferenceError",
        "core.spikesource": "SpikeSource",
        "core.tracking": "Trackable",
        "core.variables": "linked_var",
        "utils.logger": "catch_logs BrianLogger get_logger std_silent",
        "equations.equations": "Equations EquationError SingleEquation",
        "equations.codestrings": "Expression Statements",
        "equations": "Equations Expression Statements",
        "stateupdaters.base": "UnsupportedEquationsException StateUpdateMethod",
        "stateupdaters.explicit": "ExplicitStateUpdater euler rk4 heun milstein rk2",
        "stateupdaters.exact": "linear exact independent",
        "stateupdaters": "exponential_euler gsl_rkf45",
        "groups.group": "Group VariableOwner CodeRunner",
        "groups.neurongroup": "NeuronGroup",
        "groups.subgroup": "Subgroup",
        "groups": "NeuronGroup Group",
        "synapses.synapses": "Synapses",
        "synapses": "Synapses",
        "monitors": "SpikeMonitor StateMonitor PopulationRateMonitor EventMonitor",
        "monitors.spikemonitor": "SpikeMonitor EventMonitor",
        "monitors.statemonitor": "StateMonitor",
        "monitors.ratemonitor": "PopulationRateMonitor",
        "input": "PoissonGroup PoissonInput TimedArray SpikeGeneratorGroup BinomialFunction",
        "input.timedarray": "TimedArray",
        "input.poissongroup": "PoissonGroup",
        "spatialneuron": "Morphology Soma Cylinder Section SpatialNeuron",
        "spatialneuron.morphology": "Morphology",
        "importexport": "ImportExport",
        "importexport.importexport": "ImportExport",
    }
    return {
        module: [
            name
            for name in words(names[module])
            if not hasattr(importlib.import_module(f"{b.__name__}.{module}"), name)
        ]
        for module in names
    }


@probe("2 dotted names scripts do use")
def catch_logs(b: Any) -> dict[str, Any]:
    logger = importlib.import_module(f"{b.__name__}.utils.logger")
    with logger.catch_logs() as logs:
        b.get_logger(f"{b.__name__}.something").warn("a warning", "some_name")
        b.get_logger(f"{b.__name__}.something").info("an information", "other_name")
    level, name, message = logs[0]
    return {
        "count": len(logs),
        "level": level,
        "name": name.split(".")[1:],
        "message": message,
        "error": issubclass(b.equations.equations.EquationError, Exception),
        "unsupported": raised(
            lambda: b.Network(b.NeuronGroup(1, "dv/dt = -v**2/ms : 1", method="exact")).run(
                0.1 * b.ms
            )
        ),
    }


@probe("2 classes exported")
def classes(b: Any) -> dict[str, Any]:
    pairs = [
        ("NeuronGroup", "Group"),
        ("Group", "VariableOwner"),
        ("Group", "BrianObject"),
        ("NeuronGroup", "SpikeSource"),
        ("Synapses", "Group"),
        ("SpatialNeuron", "NeuronGroup"),
        ("SpikeMonitor", "EventMonitor"),
        ("StateMonitor", "Group"),
        ("MagicNetwork", "Network"),
        ("Network", "Nameable"),
        ("BrianObject", "Nameable"),
        ("Nameable", "Trackable"),
        ("Subgroup", "SpikeSource"),
        ("Subgroup", "Group"),
        ("PoissonGroup", "SpikeSource"),
        ("SpikeGeneratorGroup", "SpikeSource"),
        ("Soma", "Morphology"),
        ("Cylinder", "Section"),
        ("TimedArray", "Function"),
        ("BinomialFunction", "Function"),
        ("Unit", "Quantity"),
        ("NetworkOperation", "BrianObject"),
        ("Clock", "Nameable"),
        ("CodeRunner", "BrianObject"),
        ("ExplicitStateUpdater", "StateUpdateMethod"),
        ("Section", "Morphology"),
        ("Synapses", "SpikeSource"),
        ("PoissonGroup", "Group"),
        ("StateMonitor", "BrianObject"),
        ("EventMonitor", "Group"),
    ]
    return {
        "classes": [inspect.isclass(getattr(b, name)) for name in CLASSES],
        "bases": [issubclass(getattr(b, one), getattr(b, two)) for one, two in pairs],
        "errors": [
            issubclass(getattr(b, name), Exception)
            for name in words(
                "BrianObjectException DimensionMismatchError MagicError PreferenceError"
            )
        ],
        "code objects": [b.NumpyCodeObject.class_name, b.CythonCodeObject.class_name],
        "instances": [
            isinstance(b.mV, b.Unit),
            isinstance(b.magic_network, b.MagicNetwork),
        ],
        "codeobj_class": len(b.NeuronGroup(2, "v : 1", codeobj_class=b.NumpyCodeObject)),
    }


@probe("2 functions exported")
def functions(b: Any) -> dict[str, Any]:
    arguments = {
        "check_units": "",
        "linked_var": "group_or_variable name index",
        "seed": "seed",
        "collect": "level",
        "store": "name filename",
        "network_operation": "",
        "start_scope": "",
        "restore": "name filename restore_random_state",
        "profiling_summary": "net show",
        "scheduling_summary": "net",
        "in_unit": "x u precision",
        "get_unit": "d",
        "in_best_unit": "x precision",
        "have_same_dimensions": "obj1 obj2",
        "get_dimensions": "obj",
        "is_dimensionless": "obj",
        "is_scalar_type": "obj",
        "register_new_unit": "u",
        "get_local_namespace": "level",
        "std_silent": "",
        "implementation": "target code namespace dependencies discard_units name",
        "check_cache": "target",
        "clear_cache": "target",
    }
    found = {}
    for name, wanted in arguments.items():
        parameters = inspect.signature(getattr(b, name)).parameters
        found[name] = [word for word in words(wanted) if word not in parameters]
    return {
        "callable": [callable(getattr(b, name)) for name in FUNCTIONS],
        "arguments": found,
    }


@probe("2 objects exported")
def objects(b: Any) -> dict[str, Any]:
    def with_method(method: Any) -> Any:
        group = b.NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", method=method)
        group.v = [1, 2]
        b.Network(group).run(1 * b.ms)
        return group.v[:]

    return {
        "dt": b.defaultclock.dt,
        "methods": {
            name: with_method(getattr(b, name))
            for name in words("exact linear euler rk2 rk4 exponential_euler heun milstein")
        },
        "magic": b.magic_network.name,
        "units": b.DEFAULT_UNITS["mV"],
        "function": float(b.DEFAULT_FUNCTIONS["sin"].pyfunc(1.0)),
        "brian_prefs": bool(raised(lambda: b.brian_prefs.codegen)["raised"]),
        "brian_prefs in star": "brian_prefs" in star(b.__name__),
    }
