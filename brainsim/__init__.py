"""brainsim: spiking neural networks from equations with units."""

from .devices.runtime import RuntimeDevice
from .equations import Equations
from .model.clock import Clock, defaultclock
from .model.inputs import PoissonGroup, PoissonInput, SpikeGeneratorGroup
from .model.monitors import EventMonitor, PopulationRateMonitor, SpikeMonitor, StateMonitor
from .model.network import Network, collect, magic_network, run, stop, use_device
from .model.neurons import NeuronGroup
from .model.randomness import seed
from .model.scope import start_scope
from .model.subgroup import Subgroup
from .model.synapses import Synapses
from .preferences import prefs
from .units import *

use_device(RuntimeDevice())
