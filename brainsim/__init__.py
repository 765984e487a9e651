"""Spiking neural networks from equations with units.

    from brainsim import *

brings the names below, those of NumPy and, where matplotlib is installed, those of pylab, as in the
Brian2 tradition. `from brainsim.only import *` brings the names below and nothing else.
"""

import typing as _typing
from importlib import import_module as _import_module
from types import ModuleType as _ModuleType

if _typing.TYPE_CHECKING:
    # found at run time below; type checkers take these for all but the names that follow
    import matplotlib.pyplot as _plt  # noqa: ICN001 - `plt` would not be passed on
    from matplotlib.pylab import *  # noqa: F403
    from numpy import *  # noqa: F403

    from . import numpy_ as _np

    np, plt = _np, _plt

from . import pylab_names as _pylab
from .codegen.cache import VERSION as _VERSION
from .devices.device import all_devices as all_devices
from .devices.device import device as device
from .devices.device import get_device as get_device
from .devices.device import reset_device as reset_device
from .devices.device import set_device as set_device
from .devices.loading import load_results as load_results
from .equations import DEFAULT_CONSTANTS as DEFAULT_CONSTANTS
from .equations import DEFAULT_FUNCTIONS as DEFAULT_FUNCTIONS
from .equations import Equations as Equations
from .equations import Expression as Expression
from .equations import Function as Function
from .equations import Statements as Statements
from .equations import declare_types as declare_types
from .equations import implementation as implementation
from .errors import BrianObjectException as BrianObjectException
from .errors import MagicError as MagicError
from .errors import PreferenceError as PreferenceError
from .logger import BrianLogger as BrianLogger
from .logger import get_logger as get_logger
from .logger import std_silent as std_silent
from .model.base import BrianObject as BrianObject
from .model.base import CodeRunner as CodeRunner
from .model.binomial import BinomialFunction as BinomialFunction
from .model.clock import Clock as Clock
from .model.clock import EventClock as EventClock
from .model.clock import defaultclock as defaultclock
from .model.device import use_device as _use_device
from .model.event_monitors import EventMonitor as EventMonitor
from .model.event_monitors import SpikeMonitor as SpikeMonitor
from .model.group import Group as Group
from .model.group import VariableOwner as VariableOwner
from .model.importexport import ImportExport as ImportExport
from .model.inputs import PoissonGroup as PoissonGroup
from .model.inputs import PoissonInput as PoissonInput
from .model.inputs import SpikeGeneratorGroup as SpikeGeneratorGroup
from .model.linked import linked_var as linked_var
from .model.magic import MagicNetwork as MagicNetwork
from .model.magic import collect as collect
from .model.magic import magic_network as magic_network
from .model.magic import profiling_summary as profiling_summary
from .model.magic import restore as restore
from .model.magic import run as run
from .model.magic import scheduling_summary as scheduling_summary
from .model.magic import stop as stop
from .model.magic import store as store
from .model.morphology import Cylinder as Cylinder
from .model.morphology import Morphology as Morphology
from .model.morphology import Section as Section
from .model.morphology import Soma as Soma
from .model.naming import Nameable as Nameable
from .model.naming import Trackable as Trackable
from .model.network import Network as Network
from .model.network_operation import NetworkOperation as NetworkOperation
from .model.network_operation import network_operation as network_operation
from .model.neurons import NeuronGroup as NeuronGroup
from .model.randomness import seed as seed  # type: ignore[assignment]
from .model.rate_monitor import PopulationRateMonitor as PopulationRateMonitor
from .model.scope import start_scope as start_scope
from .model.session import CythonCodeObject as CythonCodeObject
from .model.session import NumpyCodeObject as NumpyCodeObject
from .model.session import brian_prefs as brian_prefs
from .model.session import check_cache as check_cache
from .model.session import clear_cache as clear_cache
from .model.session import get_local_namespace as get_local_namespace
from .model.session import restore_initial_state as restore_initial_state
from .model.spatial import SpatialNeuron as SpatialNeuron
from .model.spikes import SpikeSource as SpikeSource
from .model.state_monitor import StateMonitor as StateMonitor
from .model.subgroup import Subgroup as Subgroup
from .model.synapses import Synapses as Synapses
from .model.timedarray import TimedArray as TimedArray
from .preferences import BrianPreference as BrianPreference
from .preferences import prefs as prefs
from .selftest import test as test  # type: ignore[assignment]
from .solvers import ExplicitStateUpdater as ExplicitStateUpdater
from .solvers import StateUpdateMethod as StateUpdateMethod
from .solvers import euler as euler
from .solvers import exact as exact
from .solvers import exponential_euler as exponential_euler
from .solvers import gsl_rk2 as gsl_rk2
from .solvers import gsl_rk4 as gsl_rk4
from .solvers import gsl_rk8pd as gsl_rk8pd
from .solvers import gsl_rkck as gsl_rkck
from .solvers import gsl_rkf45 as gsl_rkf45
from .solvers import heun as heun
from .solvers import independent as independent
from .solvers import linear as linear
from .solvers import milstein as milstein
from .solvers import rk2 as rk2
from .solvers import rk4 as rk4
from .sweeps import sweep as sweep
from .sweeps import write_slurm_script as write_slurm_script
from .units import DEFAULT_UNITS as DEFAULT_UNITS
from .units import DimensionMismatchError as DimensionMismatchError
from .units import Quantity as Quantity
from .units import Unit as Unit
from .units import check_units as check_units
from .units import get_dimensions as get_dimensions
from .units import get_or_create_dimension as get_or_create_dimension
from .units import get_unit as get_unit
from .units import have_same_dimensions as have_same_dimensions
from .units import in_best_unit as in_best_unit
from .units import in_unit as in_unit
from .units import is_dimensionless as is_dimensionless
from .units import is_scalar_type as is_scalar_type
from .units import register_new_unit as register_new_unit

# fmt: off
# isort: off
# in place of NumPy's functions, which know nothing of units
from .units import (  # type: ignore[assignment, no-redef]
    arange as arange, arccos as arccos, arccosh as arccosh, arcsin as arcsin, arcsinh as arcsinh,
    arctan as arctan, arctanh as arctanh, cos as cos, cosh as cosh, diagonal as diagonal,
    dot as dot, exp as exp, expm1 as expm1, exprel as exprel, linspace as linspace, log as log,
    log1p as log1p, log10 as log10, ones_like as ones_like, ptp as ptp, ravel as ravel,
    sin as sin, sinh as sinh, tan as tan, tanh as tanh, trace as trace, where as where,
    zeros_like as zeros_like,
)
# `cm` is a length here, and no colour map; there are more units in brainsim.units.allunits
from .units import (  # type: ignore[no-redef]
    kilogram as kilogram, kelvin as kelvin, amp as amp, pamp as pamp, namp as namp, uamp as uamp,
    mamp as mamp, kamp as kamp, Mamp as Mamp, Gamp as Gamp, Tamp as Tamp, coulomb as coulomb,
    pcoulomb as pcoulomb, ncoulomb as ncoulomb, ucoulomb as ucoulomb, mcoulomb as mcoulomb,
    kcoulomb as kcoulomb, Mcoulomb as Mcoulomb, Gcoulomb as Gcoulomb, Tcoulomb as Tcoulomb,
    farad as farad, pfarad as pfarad, nfarad as nfarad, ufarad as ufarad, mfarad as mfarad,
    kfarad as kfarad, Mfarad as Mfarad, Gfarad as Gfarad, Tfarad as Tfarad, gram as gram,
    pgram as pgram, ngram as ngram, ugram as ugram, mgram as mgram, kgram as kgram,
    Mgram as Mgram, Ggram as Ggram, Tgram as Tgram, gramme as gramme, pgramme as pgramme,
    ngramme as ngramme, ugramme as ugramme, mgramme as mgramme, kgramme as kgramme,
    Mgramme as Mgramme, Ggramme as Ggramme, Tgramme as Tgramme, hertz as hertz, phertz as phertz,
    nhertz as nhertz, uhertz as uhertz, mhertz as mhertz, khertz as khertz, Mhertz as Mhertz,
    Ghertz as Ghertz, Thertz as Thertz, joule as joule, pjoule as pjoule, njoule as njoule,
    ujoule as ujoule, mjoule as mjoule, kjoule as kjoule, Mjoule as Mjoule, Gjoule as Gjoule,
    Tjoule as Tjoule, liter as liter, pliter as pliter, nliter as nliter, uliter as uliter,
    mliter as mliter, kliter as kliter, Mliter as Mliter, Gliter as Gliter, Tliter as Tliter,
    litre as litre, plitre as plitre, nlitre as nlitre, ulitre as ulitre, mlitre as mlitre,
    klitre as klitre, Mlitre as Mlitre, Glitre as Glitre, Tlitre as Tlitre, meter as meter,
    pmeter as pmeter, nmeter as nmeter, umeter as umeter, mmeter as mmeter, kmeter as kmeter,
    Mmeter as Mmeter, Gmeter as Gmeter, Tmeter as Tmeter, metre as metre, pmetre as pmetre,
    nmetre as nmetre, umetre as umetre, mmetre as mmetre, kmetre as kmetre, Mmetre as Mmetre,
    Gmetre as Gmetre, Tmetre as Tmetre, molar as molar, pmolar as pmolar, nmolar as nmolar,
    umolar as umolar, mmolar as mmolar, kmolar as kmolar, Mmolar as Mmolar, Gmolar as Gmolar,
    Tmolar as Tmolar, mole as mole, pmole as pmole, nmole as nmole, umole as umole,
    mmole as mmole, kmole as kmole, Mmole as Mmole, Gmole as Gmole, Tmole as Tmole, ohm as ohm,
    pohm as pohm, nohm as nohm, uohm as uohm, mohm as mohm, kohm as kohm, Mohm as Mohm,
    Gohm as Gohm, Tohm as Tohm, pascal as pascal, ppascal as ppascal, npascal as npascal,
    upascal as upascal, mpascal as mpascal, kpascal as kpascal, Mpascal as Mpascal,
    Gpascal as Gpascal, Tpascal as Tpascal, second as second, psecond as psecond,
    nsecond as nsecond, usecond as usecond, msecond as msecond, ksecond as ksecond,
    Msecond as Msecond, Gsecond as Gsecond, Tsecond as Tsecond, siemens as siemens,
    psiemens as psiemens, nsiemens as nsiemens, usiemens as usiemens, msiemens as msiemens,
    ksiemens as ksiemens, Msiemens as Msiemens, Gsiemens as Gsiemens, Tsiemens as Tsiemens,
    volt as volt, pvolt as pvolt, nvolt as nvolt, uvolt as uvolt, mvolt as mvolt, kvolt as kvolt,
    Mvolt as Mvolt, Gvolt as Gvolt, Tvolt as Tvolt, watt as watt, pwatt as pwatt, nwatt as nwatt,
    uwatt as uwatt, mwatt as mwatt, kwatt as kwatt, Mwatt as Mwatt, Gwatt as Gwatt,
    Twatt as Twatt, cmetre as cmetre, cmeter as cmeter, Hz as Hz, kHz as kHz, MHz as MHz,
    mV as mV, mA as mA, uA as uA, nA as nA, pA as pA, uF as uF, nF as nF, pF as pF, mS as mS,
    uS as uS, nS as nS, ms as ms, us as us, cm as cm, cm2 as cm2, cm3 as cm3, mm as mm,
    mm2 as mm2, mm3 as mm3, um as um, um2 as um2, um3 as um3, mM as mM, uM as uM, nM as nM,
)
# fmt: on
# isort: on

__version__ = _VERSION  # type: ignore[misc]
_use_device(all_devices["runtime"])

if not _typing.TYPE_CHECKING:  # they can read the imports above, and not what follows
    # our names win over NumPy's, which win over matplotlib's
    _own = {
        name: value
        for name, value in globals().items()
        if not (name.startswith("_") or isinstance(value, _ModuleType))
    }
    _star = {**_pylab.names_of_matplotlib(), **_pylab.names_of_numpy(), **_own}
    globals().update(_star)
    __all__ = sorted(_star)  # noqa: PLE0605 - it is a list

    # the tradition's modules, loaded when they are first named: brainsim.core.network.TextReport
    _MODULES = (
        *("core", "groups", "importexport", "input", "monitors", "only"),
        *("spatialneuron", "stateupdaters", "synapses", "utils"),
    )

    def __getattr__(name: str) -> _typing.Any:
        if name in _MODULES:
            return _import_module(f"{__name__}.{name}")
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
