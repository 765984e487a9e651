"""One measurement of NEST: one process, one workload, one line of JSON.

    python measure_nest.py WORKLOAD --size N --seconds T [--threads 1] [--first-step]

The networks have the parameters of workloads.py. Differences that NEST's models dictate: w2 is
solved by an adaptive Runge-Kutta method, w3 drops delta input to refractory neurons, and every
connection has a delay of at least one step.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import microcircuit as pd

LAUNCHED = float(os.environ.get("BENCHMARK_LAUNCHED", time.time()))
STARTED = time.perf_counter()
nest: Any = importlib.import_module("nest")
IMPORTED = time.perf_counter() - STARTED

# Neurons that are recorded, and a function that makes the synapses between them.
Parts = tuple[list[Any], Callable[[], None]]


def memory(field: str) -> int:
    """Return the resident memory of this process now (VmRSS) or at its peak (VmHWM).

    The peak of `getrusage` would include the process which started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def random_pairs(source: Any, target: Any, probability: float, **synapse: Any) -> None:
    """Connect each pair with a probability, a neuron with itself included."""
    rule = {"rule": "pairwise_bernoulli", "p": probability, "allow_autapses": True}
    nest.Connect(source, target, rule, synapse)


def cuba(size: int) -> Parts:
    """Vogels and Abbott 2005."""
    parameters = {"tau_m": 20.0, "C_m": 20.0, "E_L": -49.0, "V_th": -50.0, "V_reset": -60.0}
    parameters |= {"t_ref": 5.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0, "I_e": 0.0}
    neurons = nest.Create("iaf_psc_exp", size, parameters)
    neurons.V_m = nest.random.uniform(-60.0, -50.0)
    excitatory, scale = size * 4 // 5, 4000 / size

    def connect() -> None:
        random_pairs(neurons[:excitatory], neurons, 0.02, weight=1.62 * scale, delay=0.1)
        random_pairs(neurons[excitatory:], neurons, 0.02, weight=-9.0 * scale, delay=0.1)

    return [neurons], connect


def cobahh(size: int) -> Parts:
    """Traub-Miles Hodgkin-Huxley neurons with conductance synapses."""
    parameters = {"g_L": 10.0, "C_m": 200.0, "E_L": -60.0, "g_Na": 20000.0, "g_K": 6000.0}
    parameters |= {"E_Na": 50.0, "E_K": -90.0, "E_ex": 0.0, "E_in": -80.0, "V_T": -63.0}
    parameters |= {"tau_syn_ex": 5.0, "tau_syn_in": 10.0, "t_ref": 3.0}
    neurons = nest.Create("hh_cond_exp_traub", size, parameters)
    neurons.V_m = nest.random.normal(-65.0, 5.0)
    excitatory, probability = size * 4 // 5, min(1.0, 80 / size)

    def connect() -> None:
        random_pairs(neurons[:excitatory], neurons, probability, weight=6.0, delay=0.1)
        random_pairs(neurons[excitatory:], neurons, probability, weight=-67.0, delay=0.1)

    return [neurons], connect


def brunel(size: int) -> Parts:
    """Brunel 2000."""
    parameters = {"tau_m": 20.0, "C_m": 1.0, "E_L": 0.0, "V_th": 20.0, "V_reset": 10.0}
    neurons = nest.Create("iaf_psc_delta", size, parameters | {"t_ref": 2.0, "V_m": 0.0})
    excitatory = size * 4 // 5
    drive = nest.Create("poisson_generator", params={"rate": 2 * 20.0 / (0.1 * 0.020)})
    nest.Connect(drive, neurons, syn_spec={"weight": 0.1, "delay": 0.1})

    def connect() -> None:
        random_pairs(neurons[:excitatory], neurons, 0.1, weight=0.1, delay=1.5)
        random_pairs(neurons[excitatory:], neurons, 0.1, weight=-0.5, delay=1.5)

    return [neurons], connect


def stdp(size: int) -> Parts:
    """Song, Miller and Abbott 2000; a weight of 0.5 pA is w = 1 of the other engines."""
    generator = nest.Create("poisson_generator", params={"rate": 15.0})
    inputs = nest.Create("parrot_neuron", 1000)
    nest.Connect(generator, inputs)
    parameters = {"tau_m": 10.0, "C_m": 10.0, "E_L": -74.0, "V_th": -54.0, "V_reset": -60.0}
    parameters |= {"V_m": -74.0, "t_ref": 0.1, "tau_syn_ex": 5.0, "tau_syn_in": 5.0}
    neurons = nest.Create("iaf_psc_exp", size, parameters | {"I_e": 0.0, "tau_minus": 20.0})
    rule = {"synapse_model": "stdp_synapse", "delay": 0.1, "Wmax": 0.5, "tau_plus": 20.0}
    rule |= {"mu_plus": 0.0, "mu_minus": 0.0, "alpha": 1.05, "lambda": 0.01}

    def connect() -> None:
        nest.Connect(
            inputs, neurons, "all_to_all", rule | {"weight": nest.random.uniform(0.0, 0.5)}
        )

    return [neurons], connect


def cortex(size: int) -> Parts:
    """Potjans and Diesmann 2014, scaled."""
    circuit = pd.scaled(size / pd.FULL_SIZE)
    parameters = {"tau_m": 10.0, "C_m": 250.0, "E_L": -65.0, "V_th": -50.0, "V_reset": -65.0}
    parameters |= {"t_ref": 2.0, "tau_syn_ex": 0.5, "tau_syn_in": 0.5}
    populations = []
    for k in range(8):
        current = {"I_e": float(circuit.current_pa[k])}
        population = nest.Create("iaf_psc_exp", int(circuit.neurons[k]), parameters | current)
        population.V_m = nest.random.normal(float(pd.START_MV[k]), float(pd.START_SPREAD_MV[k]))
        rate = pd.EXTERNAL_HZ * float(circuit.external[k])
        drive = nest.Create("poisson_generator", params={"rate": rate})
        weight = {"weight": circuit.external_pa, "delay": 1.5}
        nest.Connect(drive, population, syn_spec=weight)
        populations.append(population)

    def connect() -> None:
        for source in range(8):
            for target in range(8):
                number = int(circuit.synapses[target, source])
                if number == 0:
                    continue
                mean = float(circuit.weight_pa[target, source])
                limits = (0.0, 1e9) if mean > 0 else (-1e9, 0.0)
                normal = nest.random.normal(mean, 0.1 * abs(mean))
                delay = nest.random.normal(*pd.DELAY_MS[source % 2])
                nest.Connect(
                    populations[source],
                    populations[target],
                    {"rule": "fixed_total_number", "N": number},
                    {
                        "weight": nest.math.redraw(normal, *limits),
                        "delay": nest.math.redraw(delay, 0.1, 1e3),
                    },
                )

    return populations, connect


def state_update(size: int) -> Parts:
    """Unconnected integrate-and-fire neurons."""
    parameters = {"tau_m": 20.0, "C_m": 20.0, "E_L": 0.0, "V_th": 20.0, "V_reset": 0.0}
    neurons = nest.Create("iaf_psc_delta", size, parameters | {"t_ref": 2.0, "I_e": 21.0})
    neurons.V_m = nest.random.uniform(0.0, 20.0)
    return [neurons], lambda: None


WORKLOADS = {
    "w1": cuba,
    "w2": cobahh,
    "w3": brunel,
    "w4": stdp,
    "w5": cortex,
    "w6": state_update,
}


def measure(choice: argparse.Namespace) -> dict[str, Any]:
    """Build the workload, prepare it, take the first step and run it."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.resolution, nest.local_num_threads, nest.rng_seed = 0.1, choice.threads, 4711
    record: dict[str, Any] = {"import_s": IMPORTED, "version": nest.__version__}
    started = time.perf_counter()
    populations, connect = WORKLOADS[choice.workload](choice.size)
    built, before, others = time.perf_counter(), memory("VmRSS"), nest.num_connections
    connect()
    record |= {"build_s": built - started, "connect_s": time.perf_counter() - built}
    record |= {"connect_bytes": memory("VmRSS") - before, "synapses": nest.num_connections - others}
    recorder = nest.Create("spike_recorder")
    recorded = choice.workload != "w6"  # a million neurons: the kernel's own counter is enough
    if recorded:
        for population in populations:
            nest.Connect(population, recorder)
    nest.Prepare()
    nest.Run(nest.min_delay)
    record |= {"first_step_s": time.time() - LAUNCHED, "prepared_bytes": memory("VmRSS")}
    if not choice.first_step:
        before = recorder.n_events if recorded else nest.local_spike_counter
        started, used = time.perf_counter(), time.process_time()
        nest.Run(choice.seconds * 1000)
        record |= {"run_s": time.perf_counter() - started, "cpu_s": time.process_time() - used}
        after = recorder.n_events if recorded else nest.local_spike_counter
        record["rate_hz"] = (after - before) / choice.size / choice.seconds
    record["peak_bytes"] = memory("VmHWM")
    return record


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(description="Measure one workload on NEST.")
    parser.add_argument("workload", choices=sorted(WORKLOADS))
    parser.add_argument("--size", type=int, required=True, help="number of neurons")
    parser.add_argument("--seconds", type=float, required=True, help="simulated time")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--first-step", action="store_true", help="stop after one step")
    print(json.dumps(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
