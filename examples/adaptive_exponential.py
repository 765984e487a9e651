"""Eight firing patterns of the adaptive exponential integrate-and-fire neuron (Naud et al. 2008).

The model of R. Brette and W. Gerstner, Journal of Neurophysiology 94:3637 (2005), with the
parameters that R. Naud, N. Marcille, C. Clopath and W. Gerstner, Biological Cybernetics 99:335,
give for them. The figure shows the patterns when a current is switched on, and for each of them it
is asserted that the intervals between spikes have its property.
"""

from brainsim import *

defaultclock.dt = 0.02 * ms
VT, DeltaT, v_peak, onset = -50 * mV, 2 * mV, -30 * mV, 50 * ms

#        C (pF), gL (nS), EL (mV), a (nS), tauw (ms), b (pA), reset (mV), current (pA)
table = {
    "tonic spiking": (200, 10, -70, 2, 30, 0, -58, 500),
    "adaptation": (200, 12, -70, 2, 300, 60, -58, 500),
    "initial burst": (130, 18, -58, 4, 150, 120, -50, 400),
    "regular bursting": (200, 10, -58, 2, 120, 100, -46, 210),
    "delayed accelerating": (200, 12, -70, -10, 300, 0, -58, 300),
    "delayed regular bursting": (100, 10, -65, -10, 90, 30, -47, 110),
    "transient spiking": (100, 10, -65, 10, 90, 100, -47, 180),
    "irregular spiking": (100, 12, -60, -11, 130, 30, -48, 160),
}
cells = NeuronGroup(
    len(table),
    """dv/dt = (gL*(EL - v) + gL*DeltaT*exp((v - VT)/DeltaT) - w + I)/C : volt
       dw/dt = (a*(v - EL) - w)/tauw : amp
       I = drive*int(t > onset) : amp
       C : farad (constant)
       gL : siemens (constant)
       EL : volt (constant)
       a : siemens (constant)
       tauw : second (constant)
       b : amp (constant)
       v_reset : volt (constant)
       drive : amp (constant)""",
    threshold="v > v_peak",
    reset="v = v_reset; w += b",
    method="euler",
)
columns = array(list(table.values())).T
cells.C, cells.gL, cells.EL, cells.a = (
    columns[0] * pF,
    columns[1] * nS,
    columns[2] * mV,
    columns[3] * nS,
)
cells.tauw, cells.b = columns[4] * ms, columns[5] * pA
cells.v_reset, cells.drive = columns[6] * mV, columns[7] * pA
cells.v = "EL"
trace = StateMonitor(cells, "v", record=True, dt=0.1 * ms)
spikes = SpikeMonitor(cells)
run(1 * second)

times = {name: (spikes.t[spikes.i == k] - onset) / ms for k, name in enumerate(table)}
intervals = {name: diff(times[name]) for name in table}
once = float(defaultclock.dt / ms)  # intervals of a rhythm differ by a step, and we take two

each = intervals["tonic spiking"]
assert each.max() < 1.1 * each.min()
each = intervals["adaptation"]
assert all(diff(each) > -2 * once)
assert each[-1] > 3 * each[0]
each = intervals["initial burst"]
assert all(each[:2] < 10)
assert np.ptp(each[4:]) < 2 * once
for name in ("regular bursting", "delayed regular bursting"):
    pauses = diff(times[name][1:][intervals[name] > 20])
    assert np.ptp(pauses[1:]) < 0.01 * pauses[-1]  # the same burst again and again
    assert median(intervals[name]) < 10
each = intervals["delayed accelerating"]
assert all(diff(each) < 2 * once)
for name in ("delayed accelerating", "delayed regular bursting"):
    assert times[name][0] > 2 * times["tonic spiking"][0]
assert len(times["transient spiking"]) >= 1
assert times["transient spiking"][-1] < 100
each = intervals["irregular spiking"][-30:]
assert len(unique(each.round(1))) > 20  # hardly an interval comes again
assert std(each) > 0.3 * mean(each)

fig, rows = plt.subplots(4, 2, sharex=True, figsize=(11, 9), layout="constrained")
for k, (axes, pattern) in enumerate(zip(rows.flat, table, strict=True)):
    axes.plot(trace.t / ms, trace.v[k] / mV, linewidth=0.8)
    # the reset cuts off the spike: draw a line where it was
    axes.vlines(spikes.t[spikes.i == k] / ms, -40, 10, color="C0", linewidth=0.8)
    axes.set(title=pattern, ylim=(-80, 15), xlim=(0, 500))
for axes in rows[:, 0]:
    axes.set_ylabel("v (mV)")
for axes in rows[-1]:
    axes.set_xlabel("time (ms)")
plt.show()
