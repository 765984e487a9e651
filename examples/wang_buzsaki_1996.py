"""Gamma rhythm of interneurons that inhibit one another (Wang and Buzsaki 1996).

X.-J. Wang and G. Buzsaki, Journal of Neuroscience 16:6402-6413. A hundred fast-spiking interneurons
that are driven alike inhibit one another at random, and fire in the gamma band. They fall into step
if they have enough contacts, although the total inhibition stays the same. The figure shows rasters
for three numbers of contacts, with the paper's measure of coherence. Asserted are the gamma band,
and that a minimal number of contacts is needed: of a hundred neurons, ten contacts synchronise
none, sixty many, a hundred all.
"""

from brainsim import *

defaultclock.dt = 0.05 * ms
seed(4)
n, settling, duration = 100, 800 * ms, 1200 * ms
contacts = [10, 60, 100]

Cm, g_L, g_Na, g_K = 1 * uF / cm**2, 0.1 * mS / cm**2, 35 * mS / cm**2, 9 * mS / cm**2
I = 1 * uA / cm**2
E_L, E_Na, E_K, E_syn, g_syn = -65 * mV, 55 * mV, -90 * mV, -75 * mV, 0.1 * mS / cm**2
neurons = NeuronGroup(
    n * len(contacts),  # one network after the other
    """dv/dt = (I - g_L*(v - E_L) - g_Na*m**3*h*(v - E_Na) - g_K*n_K**4*(v - E_K)
                - g_syn*s_in*(v - E_syn))/Cm : volt
       dh/dt = 5*(ah*(1 - h) - bh*h) : 1
       dn_K/dt = 5*(an*(1 - n_K) - bn*n_K) : 1
       ds/dt = 12/ms*(1 - s)/(1 + exp(-v/(2*mV))) - s/(10*ms) : 1
       m = am/(am + bm) : 1
       am = 1/exprel(-(v + 35*mV)/(10*mV))/ms : Hz
       bm = 4*exp(-(v + 60*mV)/(18*mV))/ms : Hz
       ah = 0.07*exp(-(v + 58*mV)/(20*mV))/ms : Hz
       bh = 1/(1 + exp(-(v + 28*mV)/(10*mV)))/ms : Hz
       an = 0.1/exprel(-(v + 34*mV)/(10*mV))/ms : Hz
       bn = 0.125*exp(-(v + 44*mV)/(80*mV))/ms : Hz
       s_in : 1""",
    threshold="v > 0*mV",
    refractory="v > 0*mV",
    method="rk4",
)
neurons.v = "-70*mV + 20*mV*rand()"
neurons.h, neurons.n_K = 0.8, 0.1
synapses = Synapses(neurons, neurons, "s_in_post = s_pre/M : 1 (summed)\nM : 1 (constant)")
for k, number in enumerate(contacts):
    synapses.connect(f"i // n == {k} and j // n == {k}", p=number / n)
synapses.M = array(contacts)[synapses.i // n]
spikes = SpikeMonitor(neurons)
run(duration)


def coherence(members, window):
    """Return the mean over all pairs of the overlap of their spikes in windows of a length."""
    late = (spikes.t > settling) & isin(spikes.i, members)
    bins = ((spikes.t[late] - settling) / window).astype(int)
    trains = zeros((len(members), bins.max() + 1))
    trains[spikes.i[late] - members[0], bins] = 1
    norm = sqrt(maximum(trains.sum(axis=1), 1))
    overlap = trains @ trains.T / outer(norm, norm)
    return mean(overlap[~eye(len(members), dtype=bool)])


fig, rows = plt.subplots(3, 1, sharex=True, figsize=(8, 9), layout="constrained")
kappa = {}
for k, (number, axes) in enumerate(zip(contacts, rows, strict=True)):
    members = arange(k * n, (k + 1) * n)
    late = (spikes.t > settling) & isin(spikes.i, members)
    rate = sum(late) / n / (duration - settling)
    # the paper's window, a tenth of the period
    kappa[number] = coherence(members, 0.1 / rate)
    print(f"{number} contacts: {rate / Hz:.0f} Hz, coherence {kappa[number]:.2f}")
    assert 30 * Hz < rate < 80 * Hz  # the gamma band
    axes.plot(spikes.t[late] / ms, spikes.i[late] - members[0], ".k", markersize=3)
    title = f"{number} contacts per neuron: {rate / Hz:.0f} Hz, coherence {kappa[number]:.2f}"
    axes.set(ylabel="neuron", title=title)
axes.set_xlabel("time (ms)")
# unrelated trains meet in a tenth of the windows; in step, the spikes of a pair meet in each
assert kappa[10] < 0.15
assert 0.3 < kappa[60] < 0.9
assert kappa[100] > 0.95
plt.show()
