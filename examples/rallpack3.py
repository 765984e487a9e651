"""Rallpack 3: action potentials of Hodgkin and Huxley in a cable of 1000 compartments.

0.1 nA flow into one end of a cable of 1 mm for 250 ms; the axon fires in a train that travels to
the other end. The benchmark of U. S. Bhalla, D. H. Bilitch and J. M. Bower (Trends in Neurosciences
15:453, 1992) has no analytic solution, and asks whether smaller steps give the same. Asserted are
that they do, with errors of first order, and that impulses arrive not smaller than they began.
"""

from brainsim import *

model = """
Im = 0.25*siemens/meter**2*(-54.4*mV - v) + gNa*m**3*h*(50*mV - v) + gK*n**4*(-77*mV - v)
    : amp/meter**2
I : amp (point current)
dm/dt = (1/exprel(-(v + 40*mV)/(10*mV))*(1 - m) - 4*exp(-(v + 65*mV)/(18*mV))*m)/ms : 1
dh/dt = (0.07*exp(-(v + 65*mV)/(20*mV))*(1 - h) - h/(1 + exp(-(v + 35*mV)/(10*mV))))/ms : 1
dn/dt = (0.1/exprel(-(v + 55*mV)/(10*mV))*(1 - n) - 0.125*exp(-(v + 65*mV)/(80*mV))*n)/ms : 1
"""
channels = {"gNa": 1200 * siemens / meter**2, "gK": 360 * siemens / meter**2}


def simulate(dt, duration=250 * ms):
    """Return the recorded potential at both ends and the times of the spikes of the far end."""
    axon = SpatialNeuron(
        Cylinder(diameter=1 * um, n=1000, length=1 * mm),
        model.replace("\n    :", " :"),
        method="exponential_euler",
        threshold="v > 0*mV",
        refractory="v > -30*mV",
        threshold_location=999,
        Cm=1 * uF / cm**2,
        Ri=1 * ohm * meter,
        namespace=channels,
        dt=dt,
    )
    axon.v = -65 * mV
    axon.m, axon.h, axon.n = 0.0529, 0.5961, 0.3177
    axon.I[0] = 0.1 * nA
    trace = StateMonitor(axon, "v", record=[0, 999], dt=0.1 * ms)
    spikes = SpikeMonitor(axon)
    Network(axon, trace, spikes).run(duration)
    return trace, spikes.t[:]


trace, spikes = simulate(0.05 * ms)
_, finer = simulate(0.025 * ms, 60 * ms)
_, finest = simulate(0.0125 * ms, 60 * ms)
early = spikes[spikes < 60 * ms]
print(f"{len(spikes)} spikes, {1 / diff(spikes).mean() / Hz:.1f} Hz")
# first order: half the step halves the error, so times differ half as much; times are read off in
# steps, of which the coarsest is 0.05 ms
first_difference, second_difference = (early - finer) / ms, (finer - finest) / ms
np.testing.assert_allclose(first_difference, 2 * second_difference, rtol=0.1, atol=0.1)
assert abs(second_difference).max() < 0.01 * 60
np.testing.assert_array_less(ptp(diff(spikes)[2:]) / ms, 0.1)  # a regular train
near, far = trace.v[:, (trace.t > 30 * ms) & (trace.t < 60 * ms)]
assert far.max() > near.max()  # the sealed end reflects

fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
first = trace.t < 60 * ms
ax.plot(trace.t[first] / ms, trace.v[0][first] / mV, label="near end")
ax.plot(trace.t[first] / ms, trace.v[1][first] / mV, label="far end")
ax.set(xlabel="time (ms)", ylabel="membrane potential (mV)", title="Rallpack 3: a spiking cable")
ax.legend()
plt.show()
