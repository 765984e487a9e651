"""Kernels such as lowering makes them, written by hand, each with arrays to run it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.codegen import build as b
from brainsim.codegen.ir import (
    Accumulate,
    Buffer,
    Compact,
    DType,
    Fill,
    If,
    Kernel,
    Local,
    LoopKind,
    Random,
    Stmt,
    Store,
    Unary,
)
from brainsim.codegen.passes import fuse_kernels, optimise

F64, I32, I64, U8, U64, BOOL = DType.F64, DType.I32, DType.I64, DType.U8, DType.U64, DType.BOOL
Arrays = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A kernel and what it runs on.

    Args:
        kernel: The kernel.
        arrays: Makes the content of its buffers by name.
        functions: Whether it calls functions whose last bits differ between C and NumPy.
    """

    kernel: Kernel
    arrays: Callable[[np.random.Generator], Arrays]
    functions: bool = False


def array(name: str, dtype: DType = F64, comment: str = "", *, constant: bool = False) -> Buffer:
    return Buffer(name, dtype, constant=constant, comment=comment)


def constant(name: str, dtype: DType = F64, comment: str = "") -> Buffer:
    return Buffer(name, dtype, constant=True, scalar=True, comment=comment)


N = constant("neurons_N", I32, "number of neurons")
V = array("neurons_v", comment="membrane potential, V")
GE = array("neurons_ge", comment="excitatory conductance, S")
NOT_REFRACTORY = array("neurons_not_refractory", BOOL, "whether the neuron may spike")
LAST_SPIKE = array("neurons_last_spike_step", I64, "step of the last spike")
REFRACTORY = constant("neurons_refractory_steps", I64, "length of refractoriness, steps")
TAU = constant("neurons_tau", comment="membrane time constant, s")
TAU_E = constant("neurons_tau_e", comment="time constant of excitation, s")
E_L = constant("neurons_E_L", comment="resting potential, V")
V_TH = constant("neurons_v_th", comment="threshold, V")
V_RESET = constant("neurons_v_reset", comment="reset potential, V")
FLAGS = array("neurons_spiking", U8, "one for each neuron that spikes in this step")
SPIKES = array("neurons_spikes", I32, "ring of lists: the neurons that spiked in a step")
COUNTS = array("neurons_spike_counts", I64, "ring: lengths of the lists")
N_SLOTS = constant("neurons_ring_length", I64, "number of lists in the ring")

ROW = array("synapses_row", I32, "first synapse of each source neuron", constant=True)
TARGET = array("synapses_target", I32, "target neuron of each synapse", constant=True)
WEIGHT = array("synapses_w", comment="weight, S")
W_FIXED = array("synapses_w", comment="weight, S", constant=True)
KEY = constant("synapses_key", U64, "random stream")

i, s, k = b.index("i"), b.index("s"), b.index("k")


def _slot(steps_ago: Any = None) -> Any:
    step = b.STEP if steps_ago is None else b.sub(b.STEP, steps_ago)
    return b.let("slot", b.binary("%", step, b.load(N_SLOTS)))


def _list_start(slot: Local) -> Any:
    return b.let("list", b.mul(slot, b.load(N)))


def lif_update() -> Kernel:
    v, bind_v = b.let("v", b.load(V, i))
    elapsed = b.sub(b.STEP, b.load(LAST_SPIKE, i))
    free, bind_free = b.let("not_refractory", b.compare(">=", elapsed, b.load(REFRACTORY)))
    decay = b.call("exp", b.binary("/", Unary(b.DT), b.load(TAU)))
    drive = b.add(b.load(E_L), b.binary("/", b.load(GE, i), b.const(1e-8)))
    target, bind_target = b.let("v_inf", drive)
    moved = b.add(target, b.mul(b.sub(v, target), decay))
    body = [
        bind_free,
        bind_v,
        bind_target,
        b.store(NOT_REFRACTORY, i, free),
        b.store(V, i, b.select(free, moved, v)),
        b.store(
            GE, i, b.mul(b.load(GE, i), b.call("exp", b.binary("/", Unary(b.DT), b.load(TAU_E))))
        ),
    ]
    title = "Update the state of 'neurons': dv/dt = (E_L + ge/(10 nS) - v)/tau (unless refractory)"
    return Kernel("neurons_stateupdater", title, (b.loop(i, b.load(N), body),))


def threshold() -> Kernel:
    over = b.compare(">", b.load(V, i), b.load(V_TH))
    flag = b.store(FLAGS, i, b.both(over, b.load(NOT_REFRACTORY, i)))
    slot, bind_slot = _slot()
    first, bind_first = _list_start(slot)
    count = Local("n_spikes", I64)
    body: tuple[Stmt, ...] = (
        b.loop(i, b.load(N), [flag]),
        bind_slot,
        bind_first,
        Compact(FLAGS, b.load(N), SPIKES, first, count),
        Store(COUNTS, slot, count),
    )
    return Kernel("neurons_thresholder", "Threshold of 'neurons': v > v_th", body)


def reset() -> Kernel:
    slot, bind_slot = _slot()
    first, bind_first = _list_start(slot)
    neuron, bind_neuron = b.let("i", b.load(SPIKES, b.add(first, s)))
    body = [bind_neuron, b.store(V, neuron, b.load(V_RESET)), b.store(LAST_SPIKE, neuron, b.STEP)]
    loop = b.loop(s, b.load(COUNTS, slot), body)
    return Kernel(
        "neurons_resetter", "Reset of 'neurons': v = v_reset", (bind_slot, bind_first, loop)
    )


def _row_of(source: Any, body: list[Stmt], kind: LoopKind) -> Stmt:
    return b.loop(
        k, b.load(ROW, b.add(source, b.const(1, I64))), body, start=b.load(ROW, source), kind=kind
    )


def delivery() -> Kernel:
    slot, bind_slot = _slot(b.load(constant("synapses_delay_steps", I64, "common delay, steps")))
    first, bind_first = _list_start(slot)
    j, bind_j = b.let("j", b.cast(b.load(SPIKES, b.add(first, s)), I64))
    effect = b.accumulate(GE, b.load(TARGET, k), b.load(W_FIXED, k))
    inner = _row_of(j, [effect], LoopKind.ACCUMULATING)
    outer = b.loop(s, b.load(COUNTS, slot), [bind_j, inner], kind=LoopKind.ACCUMULATING)
    title = "Deliver the spikes of 'neurons' through 'synapses': ge_post += w"
    return Kernel("synapses_pre", title, (bind_slot, bind_first, outer))


def delivery_by_delay() -> Kernel:
    n_delays = constant("synapses_n_delays", I64, "number of different delays")
    delays = array("synapses_delays", I64, "the different delays, steps", constant=True)
    row = array("synapses_segment", I32, "first synapse of each source and delay", constant=True)
    d = b.index("d")
    slot, bind_slot = _slot(b.load(delays, d))
    first, bind_first = _list_start(slot)
    j, bind_j = b.let("j", b.cast(b.load(SPIKES, b.add(first, s)), I64))
    segment, bind_segment = b.let("segment", b.add(b.mul(j, b.load(n_delays)), d))
    effect = b.accumulate(GE, b.load(TARGET, k), b.load(W_FIXED, k))
    inner = b.loop(
        k,
        b.load(row, b.add(segment, b.const(1, I64))),
        [effect],
        start=b.load(row, segment),
        kind=LoopKind.ACCUMULATING,
    )
    over_spikes = b.loop(
        s, b.load(COUNTS, slot), [bind_j, bind_segment, inner], kind=LoopKind.ACCUMULATING
    )
    over_delays = b.loop(
        d, b.load(n_delays), [bind_slot, bind_first, over_spikes], kind=LoopKind.SEQUENTIAL
    )
    title = "Deliver the spikes of 'neurons' through 'synapses', delay by delay: ge_post += w"
    return Kernel("synapses_pre", title, (over_delays,))


def stdp() -> Kernel:
    apre = array("synapses_apre", comment="trace of presynaptic spikes")
    apost = array("synapses_apost", comment="trace of postsynaptic spikes", constant=True)
    last = array("synapses_lastupdate", comment="time of the last update, s")
    tau = constant("synapses_taupre", comment="time constant of the trace, s")
    gain = constant("synapses_dApre", comment="step of the trace")
    w_max = constant("synapses_gmax", comment="largest weight, S")
    slot, bind_slot = _slot()
    first, bind_first = _list_start(slot)
    j, bind_j = b.let("j", b.cast(b.load(SPIKES, b.add(first, s)), I64))
    elapsed = b.sub(b.load(last, k), b.T)
    trace, bind_trace = b.let(
        "apre",
        b.mul(b.load(apre, k), b.call("exp", b.binary("/", elapsed, b.load(tau)))),
    )
    weight = b.call("clip", b.add(b.load(WEIGHT, k), b.load(apost, k)), b.const(0.0), b.load(w_max))
    body = [
        bind_trace,
        b.accumulate(GE, b.load(TARGET, k), b.load(WEIGHT, k)),
        b.store(apre, k, b.add(trace, b.load(gain))),
        b.store(WEIGHT, k, weight),
        b.store(last, k, b.T),
    ]
    inner = _row_of(j, body, LoopKind.ACCUMULATING)
    outer = b.loop(s, b.load(COUNTS, slot), [bind_j, inner], kind=LoopKind.ACCUMULATING)
    title = (
        "Presynaptic spikes of 'synapses': ge_post += w; apre += dApre; w = clip(w + apost, ...)"
    )
    return Kernel("synapses_pre", title, (bind_slot, bind_first, outer))


def running_mean() -> Kernel:
    x = array("x")
    mean = Buffer("mean", F64, scalar=True, comment="exponentially weighted mean")
    body = [
        Store(
            mean, None, b.add(b.mul(b.load(mean), b.const(0.9)), b.mul(b.load(x, i), b.const(0.1)))
        ),
        b.store(x, b.sub(i, b.const(1, I64)), b.sub(b.load(x, i), b.load(mean))),
    ]
    loop = b.loop(i, b.load(N), body, start=b.const(1, I64), kind=LoopKind.SEQUENTIAL)
    return Kernel("running_mean", "Subtract the running mean, one element after the other", (loop,))


def monitor() -> Kernel:
    values = array("monitor_v", comment="recorded membrane potential, V; one row per step")
    times = array("monitor_t", comment="times of the rows, s")
    rows = Buffer("monitor_n_rows", I64, scalar=True, comment="number of rows")
    recorded = array("monitor_record", I32, "recorded neurons", constant=True)
    n = constant("monitor_N", I32, "number of recorded neurons")
    first, bind_first = b.let("row", b.mul(b.load(rows), b.load(n)))
    copy = b.store(values, b.add(first, i), b.load(V, b.load(recorded, i)))
    body: tuple[Stmt, ...] = (
        bind_first,
        b.loop(i, b.load(n), [copy]),
        b.store(times, b.load(rows), b.T),
        Accumulate(rows, None, b.const(1, I64)),
    )
    return Kernel("monitor", "Record v of 'neurons'", body)


def unreliable() -> Kernel:
    noise = array("neurons_noise", comment="one variate per neuron and step")
    p = constant("synapses_p", comment="probability of release")
    slot, bind_slot = _slot()
    first, bind_first = _list_start(slot)
    j, bind_j = b.let("j", b.cast(b.load(SPIKES, b.add(first, s)), I64))
    drawn = Random("uniform", KEY, k, (), F64)
    released = If(
        b.compare("<", drawn, b.load(p)),
        (b.accumulate(GE, b.load(TARGET, k), b.load(W_FIXED, k)),),
    )
    inner = _row_of(j, [released], LoopKind.ACCUMULATING)
    body: tuple[Stmt, ...] = (
        Fill(noise, "uniform", KEY, b.load(N)),
        b.loop(i, b.load(N), [b.accumulate(V, i, b.mul(b.load(noise, i), b.const(1e-3)))]),
        bind_slot,
        bind_first,
        b.loop(s, b.load(COUNTS, slot), [bind_j, inner], kind=LoopKind.ACCUMULATING),
    )
    return Kernel("synapses_pre", "Noise, and synapses that release with probability p", body)


def fused() -> Kernel:
    both = fuse_kernels(lif_update(), threshold(), "neurons_stateupdater_thresholder")
    assert both is not None
    return optimise(both)


NUMBER = 70


def neurons(rng: np.random.Generator) -> Arrays:
    spikes = np.zeros((3, NUMBER), np.int32)
    counts = np.array([7, 0, 9])
    for slot, count in enumerate(counts):
        spikes[slot, :count] = np.sort(rng.choice(NUMBER, count, replace=False))
    return {
        "neurons_N": NUMBER,
        "neurons_v": rng.uniform(-0.07, -0.04, NUMBER),
        "neurons_ge": rng.uniform(0, 1e-9, NUMBER),
        "neurons_not_refractory": rng.random(NUMBER) < 0.8,
        "neurons_last_spike_step": rng.integers(0, 100, NUMBER),
        "neurons_refractory_steps": 50,
        "neurons_tau": 0.02,
        "neurons_tau_e": 0.005,
        "neurons_E_L": -0.06,
        "neurons_v_th": -0.05,
        "neurons_v_reset": -0.065,
        "neurons_spiking": np.zeros(NUMBER, np.uint8),
        "neurons_spikes": spikes.ravel(),
        "neurons_spike_counts": counts,
        "neurons_ring_length": 3,
        "neurons_noise": np.zeros(NUMBER),
        "x": rng.normal(size=NUMBER),
        "mean": 0.25,
        "monitor_v": np.zeros(4 * NUMBER),
        "monitor_t": np.zeros(4),
        "monitor_n_rows": 2,
        "monitor_record": np.arange(0, NUMBER, 3, dtype=np.int32),
        "monitor_N": len(range(0, NUMBER, 3)),
    }


def synapses(rng: np.random.Generator) -> Arrays:
    n_delays = 3
    lengths = rng.integers(0, 5, NUMBER * n_delays)
    segment = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    n = int(segment[-1])
    return {
        **neurons(rng),
        "synapses_row": segment[::n_delays].copy(),
        "synapses_segment": segment,
        "synapses_delay_steps": 1,
        "synapses_n_delays": n_delays,
        "synapses_delays": np.array([0, 1, 2]),
        "synapses_target": rng.integers(0, NUMBER, n, dtype=np.int32),
        "synapses_w": rng.uniform(0, 1e-9, n),
        "synapses_apre": rng.uniform(0, 1e-10, n),
        "synapses_apost": rng.uniform(-1e-9, 1e-9, n),
        "synapses_lastupdate": rng.uniform(0, 0.01, n),
        "synapses_taupre": 0.02,
        "synapses_dApre": 1e-11,
        "synapses_gmax": 1e-9,
        "synapses_key": 0x0123456789ABCDEF,
        "synapses_p": 0.4,
    }


EXAMPLES: dict[str, Example] = {
    "lif_update": Example(optimise(lif_update()), neurons, functions=True),
    "threshold": Example(threshold(), neurons),
    "reset": Example(reset(), neurons),
    "delivery": Example(delivery(), synapses),
    "delivery_by_delay": Example(delivery_by_delay(), synapses),
    "stdp": Example(optimise(stdp()), synapses, functions=True),
    "running_mean": Example(running_mean(), neurons),
    "monitor": Example(monitor(), neurons),
    "unreliable": Example(unreliable(), synapses),
    "fused": Example(fused(), neurons, functions=True),
}
