"""Four firing patterns of the adaptive exponential integrate-and-fire neuron.

The model of Brette and Gerstner (2005) with the parameters that Naud, Marcille, Clopath and
Gerstner (2008) give for each pattern; every neuron has parameters of its own.
"""

from brainsim import *

defaultclock.dt = 0.05 * ms
VT, DeltaT, v_peak = -50 * mV, 2 * mV, -30 * mV

eqs = """
dv/dt = (gL*(EL - v) + gL*DeltaT*exp((v - VT)/DeltaT) - w + I)/C : volt
dw/dt = (a*(v - EL) - w)/tauw : amp
I = drive*int(t > 50*ms) : amp
C : farad (constant)
gL : siemens (constant)
EL : volt (constant)
a : siemens (constant)
tauw : second (constant)
b : amp (constant)
v_reset : volt (constant)
drive : amp (constant)
"""
cells = NeuronGroup(4, eqs, threshold="v > v_peak", reset="v = v_reset; w += b", method="euler")
patterns = ["tonic spiking", "adaptation", "initial burst", "regular bursting"]
cells.C = [200, 200, 130, 200] * pF
cells.gL = [10, 12, 18, 10] * nS
cells.EL = [-70, -70, -58, -58] * mV
cells.a = [2, 2, 4, 2] * nS
cells.tauw = [30, 300, 150, 120] * ms
cells.b = [0, 60, 120, 100] * pA
cells.v_reset = [-58, -58, -50, -46] * mV
cells.drive = [500, 500, 400, 210] * pA
cells.v = "EL"

trace = StateMonitor(cells, "v", record=True)
spikes = SpikeMonitor(cells)
run(500 * ms)

fig, rows = plt.subplots(4, 1, sharex=True, figsize=(8, 8), layout="constrained")
for k, (axes, pattern) in enumerate(zip(rows, patterns, strict=True)):
    axes.plot(trace.t / ms, trace[k].v / mV, linewidth=0.8)
    # the reset cuts off the spike: draw a line where it was
    axes.vlines(spikes.t[spikes.i == k] / ms, -40, 10, color="C0", linewidth=0.8)
    axes.set(ylabel="v (mV)", title=pattern, ylim=(-80, 15))
rows[-1].set_xlabel("time (ms)")
plt.show()
