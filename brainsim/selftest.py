"""`brainsim.test()`: does this installation compute what it should, on every target?

A few small models with known answers, which need no other package. The whole suite of tests comes
with the source archive, see CONTRIBUTING.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from .errors import CompilerError
from .model.inputs import PoissonGroup, SpikeGeneratorGroup
from .model.network import Network
from .model.neurons import NeuronGroup
from .model.state_monitor import StateMonitor
from .model.synapses import Synapses
from .preferences import prefs
from .units import Hz, ms

TARGETS: Final = ("c", "cython", "numpy")


def test(
    codegen_targets: str | Sequence[str] | None = None,  # noqa: PT028 - no test of pytest's
    long_tests: bool = False,  # noqa: ARG001, PT028
    **options: Any,  # noqa: ARG001
) -> bool:
    """Run models with known answers, and print what came out.

    Args:
        codegen_targets: A target, such as "c", or several; by default all that can be used here.
        long_tests: Accepted for scripts of the tradition, without effect, as are all other
            options: they choose among the parts of a longer suite.
        **options: See `long_tests`.

    Returns:
        Whether everything is as it should be.
    """
    given = [codegen_targets] if isinstance(codegen_targets, str) else codegen_targets
    before = prefs["codegen.target"]
    fine = True
    try:
        for target in TARGETS if given is None else given:
            prefs["codegen.target"] = target
            mistakes, missing = _mistakes()
            fine = fine and not mistakes and not (missing and given is not None)
            answer = "; ".join(mistakes) or (f"cannot be used here: {missing}" if missing else "ok")
            sys.stdout.write(f"{target}: {answer}\n")
    finally:
        prefs["codegen.target"] = before
    return fine


# what test suites that import everything would take for a test
test.__test__ = False  # type: ignore[attr-defined]


def _mistakes() -> tuple[list[str], str]:
    """Return which models give something wrong, and why the target cannot be used at all."""
    mistakes: list[str] = []
    for model in MODELS:
        try:
            right = model()
        except CompilerError as error:
            return mistakes, str(error).partition("\n")[0]
        if not right:
            mistakes.append(f"wrong result: {model.__doc__}")
    return mistakes, ""


def decay() -> bool:
    """Exact integration of an exponential decay."""
    group = NeuronGroup(3, "dv/dt = -v/tau : 1\ntau : second (constant)", method="exact")
    group.v, group.tau = 1, [5, 10, 20] * ms
    trace = StateMonitor(group, "v", record=True)
    Network(group, trace).run(10 * ms)
    t = np.asarray(trace.t / ms)
    # a hundred multiplications, each rounded once, by a factor that is rounded itself
    return bool(np.allclose(trace.v, [np.exp(-t / tau) for tau in (5, 10, 20)], 1e-12))


def firing() -> bool:
    """Threshold, reset and refractoriness."""
    group = NeuronGroup(
        1, "dv/dt = 1/ms : 1 (unless refractory)\nspikes_so_far : integer", threshold="v > 0.95",
        reset="v = 0; spikes_so_far += 1", refractory=1 * ms, method="euler",
    )  # fmt: skip
    Network(group).run(10 * ms)
    # the first spike at 0.9 ms, then one every 1.9 ms
    return bool(group.spikes_so_far[0] == 5)


def transmission() -> bool:
    """Synapses with weights and delays."""
    source = SpikeGeneratorGroup(2, [0, 1, 0], [1, 1, 3] * ms)
    target = NeuronGroup(2, "v : 1")
    synapses = Synapses(source, target, "w : 1", on_pre="v_post += w")
    synapses.connect()
    synapses.w, synapses.delay = "1 + 10*i + 100*j", "1*ms + 2*ms*j"
    trace = StateMonitor(target, "v", record=True)
    Network(source, target, synapses, trace).run(8 * ms)
    values = np.asarray(trace.v)[:, [15, 25, 35, 45, 65]]
    return bool(np.array_equal(values, [[0, 12, 12, 13, 13], [0, 0, 0, 212, 313]]))


def chance() -> bool:
    """Random spikes."""
    source = PoissonGroup(1000, rates=1000 * Hz)
    target = NeuronGroup(1000, "n : 1")
    synapses = Synapses(source, target, on_pre="n_post += 1")
    synapses.connect(j="i")
    Network(source, target, synapses).run(10 * ms)
    # 100 steps with probability 0.1: mean 10000 and standard deviation 95, of which 7 never happen
    return bool(abs(float(np.sum(target.n)) - 10000) < 7 * 95)


MODELS: Final[tuple[Callable[[], bool], ...]] = (decay, firing, transmission, chance)
