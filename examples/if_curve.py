"""Firing rate against input current of an integrate-and-fire neuron (Lapicque 1907).

L. Lapicque, Journal de Physiologie et de Pathologie Generale 9:620-635. Each neuron of two groups
gets a current of its own; the groups differ in their refractory period. The lines are the closed
solution: the time from reset to threshold, plus the refractory period. The dots lie where they
should to within one step of an interval, which is asserted.
"""

from brainsim import *

n = 100
duration = 2 * second
tau, R = 10 * ms, 100 * Mohm
v_rest, v_threshold = -70 * mV, -50 * mV

eqs = """
dv/dt = (v_rest - v + R*I)/tau : volt (unless refractory)
I : amp (constant)
"""
spikes = {}
network = Network()
for period in (0 * ms, 5 * ms):
    neurons = NeuronGroup(
        n, eqs, threshold="v > v_threshold", reset="v = v_rest", refractory=period, method="exact"
    )
    neurons.v = v_rest
    neurons.I = "0.5*nA*i/(n - 1)"
    spikes[float(period)] = SpikeMonitor(neurons, record=False)  # it only counts
    network.add(neurons, spikes[float(period)])
network.run(duration)

current = neurons.I[:]
above = R * current > v_threshold - v_rest
to_threshold = -tau * log(1 - (v_threshold - v_rest) / (R * current[above]))
for period, monitor in spikes.items():
    theory = 1 / (to_threshold + period * second)
    found = monitor.count / duration
    # the way to threshold is rounded up to steps, the step of the spike counts as refractory, and
    # at both ends of the run an interval is cut
    dt = defaultclock.dt
    assert all(found[above] < 1 / (1 / theory - dt) + 1 / duration)
    assert all(found[above] > 1 / (1 / theory + dt) - 1 / duration)
    assert not any(found[~above])
    dots = plot(current / nA, found / Hz, ".", markersize=4)
    plot(
        current[above] / nA,
        theory / Hz,
        color=dots[0].get_color(),
        label=f"refractory for {period * 1e3:.0f} ms",
    )
xlabel("input current (nA)")
ylabel("firing rate (Hz)")
title("Dots: simulation, lines: theory")
legend()
show()
