"""A pyramidal cell in two compartments bursts or spikes (Pinsky and Rinzel 1994).

P. F. Pinsky and J. Rinzel, Journal of Computational Neuroscience 1:39-60. The soma has the currents
of the spike, the dendrite a calcium current and what it activates; a conductance couples them.
Calcium in the dendrite answers to a spike of the soma, and the two throw current back and forth: a
burst. The figure shows soma and dendrite under five conditions. Asserted is what the abstract says:
a weak current into the soma gives bursts below 8 Hz, a stronger one single spikes; a current into
the dendrite bursts of 8 to 20 Hz; and without coupling, or with much, there are no bursts.
"""

from brainsim import *

defaultclock.dt = 0.02 * ms
duration, settling = 3 * second, 1 * second

# as in the paper: potentials in mV from rest, currents in uA/cm^2, both halves of equal area
equations = """
dvs/dt = (-0.1*vs - 30*m**2*h*(vs - 120) - 15*n*(vs + 15) + (gc*(vd - vs) + Is)/0.5)/(3*ms) : 1
dvd/dt = (-0.1*vd - ICa - (0.8*q + 15*c*clip(Ca/250, 0, 1))*(vd + 15)
          + (gc*(vs - vd) + Id)/0.5)/(3*ms) : 1
dCa/dt = (-0.13*ICa - 0.075*Ca)/ms : 1
ICa = 10*s**2*(vd - 140) : 1
m = am/(am + bm) : 1
am = 1.28/exprel((13.1 - vs)/4) : 1
bm = 1.4/exprel((vs - 40.1)/5) : 1
dh/dt = (0.128*exp((17 - vs)/18)*(1 - h) - 4/(1 + exp((40 - vs)/5))*h)/ms : 1
dn/dt = (0.08/exprel((35.1 - vs)/5)*(1 - n) - 0.25*exp(0.5 - 0.025*vs)*n)/ms : 1
ds/dt = (1.6/(1 + exp(0.072*(65 - vd)))*(1 - s) - 0.1/exprel((vd - 51.1)/5)*s)/ms : 1
dc/dt = (ac*(1 - c) - (fast - ac)*c)/ms : 1
fast = 2*exp((6.5 - vd)/27) : 1
ac = fast + int(vd <= 50)*(exp((vd - 10)/11 - (vd - 6.5)/27)/18.975 - fast) : 1
dq/dt = (clip(2e-5*Ca, 0, 0.01)*(1 - q) - 0.001*q)/ms : 1
Is : 1 (constant)
Id : 1 (constant)
gc : 1 (constant)
"""
conditions = {
    "weak current into the soma": (0.75, 0, 2.1),
    "strong current into the soma": (2.5, 0, 2.1),
    "current into the dendrite": (-0.5, 3, 2.1),
    "no coupling": (0.75, 0, 0),
    "strong coupling": (0.75, 0, 30),
}
cells = NeuronGroup(
    len(conditions), equations, threshold="vs > 50", refractory="vs > 20", method="rk4"
)
cells.vs, cells.vd, cells.h, cells.n = -4.6, -4.5, 0.999, 0.001
cells.s, cells.c, cells.q, cells.Ca = 0.009, 0.007, 0.01, 0.2
cells.Is, cells.Id, cells.gc = array(list(conditions.values())).T
trace = StateMonitor(cells, ["vs", "vd"], record=True, dt=0.1 * ms)
spikes = SpikeMonitor(cells)
run(duration)

rate, in_bursts = {}, {}
for k, name in enumerate(conditions):
    times = spikes.t[(spikes.i == k) & (spikes.t > settling)]
    gaps = diff(times)
    close = gaps < 10 * ms  # within a burst; a cell that spikes regularly takes over 20 ms
    rate[name], in_bursts[name] = 1 / mean(diff(times[1:][~close])), any(close)
    what = "bursts" if in_bursts[name] else "single spikes"
    print(f"{name}: {what} at {rate[name] / Hz:.1f} Hz")

assert [name for name, burst in in_bursts.items() if burst] == [
    "weak current into the soma",
    "current into the dendrite",
]
assert rate["weak current into the soma"] < 8 * Hz < rate["current into the dendrite"] < 20 * Hz

fig, rows = plt.subplots(5, 1, sharex=True, figsize=(9, 10), layout="constrained")
shown = (trace.t >= 2 * second) & (trace.t < 2.8 * second)
for k, (name, axes) in enumerate(zip(conditions, rows, strict=True)):
    axes.plot(trace.t[shown] / ms, trace.vs[k, shown], label="soma", linewidth=0.9)
    axes.plot(trace.t[shown] / ms, trace.vd[k, shown], label="dendrite", linewidth=0.9)
    kind = "bursts" if in_bursts[name] else "spikes"
    axes.set(ylabel="v (mV)", title=f"{name}: {kind} at {rate[name] / Hz:.1f} Hz")
rows[0].legend(loc="upper right")
rows[-1].set_xlabel("time (ms)")
plt.show()
