"""COBAHH: 4000 Hodgkin-Huxley neurons with conductance synapses (Brette et al. 2007).

R. Brette et al., Journal of Computational Neuroscience 23:349-398, benchmark 3. A random network of
3200 excitatory and 800 inhibitory neurons of the kind of Traub and Miles (1991). It fires on by
itself after a start from scattered conductances. The figure shows raster and traces. Asserted are
that activity goes on, and that the conductances have the means of Campbell's theorem.
"""

from brainsim import *

seed(5)
n, p, duration = 4000, 0.02, 300 * ms
area = 20000 * um**2
Cm = 1 * uF / cm**2 * area
g_L, g_Na, g_K = 5e-5 * siemens / cm**2 * area, 100 * mS / cm**2 * area, 30 * mS / cm**2 * area
E_L, E_Na, E_K, VT = -60 * mV, 50 * mV, -90 * mV, -63 * mV
Ee, Ei, taue, taui = 0 * mV, -80 * mV, 5 * ms, 10 * ms

eqs = """
dv/dt = (g_L*(E_L - v) + ge*(Ee - v) + gi*(Ei - v)
         - g_Na*m**3*h*(v - E_Na) - g_K*n_K**4*(v - E_K))/Cm : volt
dm/dt = am*(1 - m) - bm*m : 1
dn_K/dt = an*(1 - n_K) - bn*n_K : 1
dh/dt = ah*(1 - h) - bh*h : 1
dge/dt = -ge/taue : siemens
dgi/dt = -gi/taui : siemens
u = (v - VT)/mV : 1
am = 1.28/exprel((13 - u)/4)/ms : Hz
bm = 1.4/exprel((u - 40)/5)/ms : Hz
an = 0.16/exprel((15 - u)/5)/ms : Hz
bn = 0.5*exp((10 - u)/40)/ms : Hz
ah = 0.128*exp((17 - u)/18)/ms : Hz
bh = 4/(1 + exp((40 - u)/5))/ms : Hz
"""
cells = NeuronGroup(n, eqs, threshold="v > -20*mV", refractory=3 * ms, method="exponential_euler")
cells.v = "E_L + 5*mV*(randn() - 1)"
cells.ge = "10*nS*(4 + 1.5*randn())"
cells.gi = "10*nS*(20 + 12*randn())"
excitatory = Synapses(cells[: n * 4 // 5], cells, on_pre="ge += 6*nS")
inhibitory = Synapses(cells[n * 4 // 5 :], cells, on_pre="gi += 67*nS")
excitatory.connect(p=p)
inhibitory.connect(p=p)
spikes = SpikeMonitor(cells)
trace = StateMonitor(cells, "v", record=[0, 1])
conductances = StateMonitor(cells, ["ge", "gi"], record=range(0, n, 4), dt=1 * ms)
run(duration, report="text")

settling = 100 * ms
assert spikes.t[-1] > duration - 5 * ms
# mean of a train of decaying jumps: their number per time, times size, times decay (Campbell);
# 16 +- 4 inhibitory inputs are 25 %, the mean of 1000 neurons 0.8 %, three standard errors 2.4 %
count = bincount(spikes.i[spikes.t > settling], minlength=n)
rate_e, rate_i = (mean(part) / (duration - settling) for part in split(count, [n * 4 // 5]))
expected = {
    "ge": n * 4 // 5 * p * rate_e * 6 * nS * taue,
    "gi": n // 5 * p * rate_i * 67 * nS * taui,
}
for name, value in expected.items():
    found = mean(getattr(conductances, name)[:, conductances.t > settling])
    print(f"{name}: {found}, expected {value}")
    assert abs(found / value - 1) < 0.024

fig, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(9, 6), layout="constrained")
shown = spikes.i % 10 == 0
top.plot(spikes.t[shown] / ms, spikes.i[shown], ".k", markersize=1)
top.set(ylabel="neuron", title=f"COBAHH, {mean(count) / (duration - settling) / Hz:.0f} Hz")
bottom.plot(trace.t / ms, trace.v.T / mV, linewidth=0.8)
bottom.set(xlabel="time (ms)", ylabel="v (mV)")
plt.show()
