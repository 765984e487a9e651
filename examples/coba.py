"""COBA: irregular activity that sustains itself (Vogels and Abbott 2005).

T. P. Vogels and L. F. Abbott, Journal of Neuroscience 25:10786-10795; benchmark 1 of R. Brette et
al., Journal of Computational Neuroscience 23:349-398 (2007). 4000 integrate-and-fire neurons with
synapses that change conductances, without any input from outside. Scattered conductances start an
activity that goes on by itself. The figure shows raster, intervals and conductances. Asserted are
that it goes on, that single neurons fire irregularly, with a coefficient of variation above one as
in the paper, and that the conductances have the means of Campbell's theorem.
"""

from brainsim import *

seed(6)
n, n_excitatory, p = 4000, 3200, 0.02
tau_m, tau_e, tau_i, period = 20 * ms, 5 * ms, 10 * ms, 5 * ms
E_L, E_e, E_i, v_threshold, v_reset = -60 * mV, 0 * mV, -80 * mV, -50 * mV, -60 * mV
w_e, w_i = 0.6, 6.7  # in units of the leak conductance of 10 nS
duration, settling = 1 * second, 200 * ms

neurons = NeuronGroup(
    n,
    """dv/dt = (E_L - v + g_e*(E_e - v) + g_i*(E_i - v))/tau_m : volt (unless refractory)
       dg_e/dt = -g_e/tau_e : 1
       dg_i/dt = -g_i/tau_i : 1""",
    threshold="v > v_threshold",
    reset="v = v_reset",
    refractory=period,
    method="exponential_euler",
)
neurons.v = "E_L + 5*mV*(randn() - 1)"
neurons.g_e = "0.4 + 0.15*randn()"
neurons.g_i = "2 + 1.2*randn()"
excitatory = Synapses(neurons[:n_excitatory], neurons, on_pre="g_e += w_e")
inhibitory = Synapses(neurons[n_excitatory:], neurons, on_pre="g_i += w_i")
excitatory.connect(p=p)
inhibitory.connect(p=p)
spikes = SpikeMonitor(neurons)
trace = StateMonitor(neurons, ["g_e", "g_i"], record=range(0, n, 4), dt=1 * ms)
run(duration)

late = spikes.t > settling
order = lexsort((spikes.t_[late], spikes.i[late]))
neuron, time = spikes.i[late][order], spikes.t_[late][order]
same = diff(neuron) == 0
intervals, owner = diff(time)[same], neuron[1:][same]
number = bincount(owner, minlength=n)
often = number >= 5
mean_interval = bincount(owner, intervals, n)[often] / number[often]
mean_square = bincount(owner, intervals**2, n)[often] / number[often]
cv = sqrt(mean_square / mean_interval**2 - 1)
count = bincount(neuron, minlength=n)
rate_e = mean(count[:n_excitatory]) / (duration - settling)
rate_i = mean(count[n_excitatory:]) / (duration - settling)
print(f"{rate_e / Hz:.1f} Hz and {rate_i / Hz:.1f} Hz, mean CV {mean(cv):.2f}")

assert spikes.t[-1] > duration - 10 * ms
assert mean(cv) > 1
# mean of a train of decaying jumps: their number per time, times size, times decay (Campbell);
# 16 +- 4 inhibitory inputs are 25 %, the mean of 1000 neurons 0.8 %, three standard errors 2.4 %
expected = {
    "g_e": n_excitatory * p * rate_e * w_e * tau_e,
    "g_i": (n - n_excitatory) * p * rate_i * w_i * tau_i,
}
for name, value in expected.items():
    found = mean(getattr(trace, name)[:, trace.t > settling])
    print(f"{name}: {found:.2f}, expected {value:.2f}")
    assert abs(found / value - 1) < 0.024

fig, axes = plt.subplots(3, 1, figsize=(9, 8), height_ratios=[3, 1, 2], layout="constrained")
shown = spikes.i % 20 == 0
axes[0].plot(spikes.t[shown] / ms, spikes.i[shown], ".k", markersize=1)
axes[0].set(ylabel="neuron", title=f"200 of {n} neurons: {rate_e / Hz:.0f} Hz without input")
axes[1].plot(trace.t / ms, trace.g_e[0], "C0", label="excitatory")
axes[1].plot(trace.t / ms, trace.g_i[0], "C3", label="inhibitory", linewidth=0.7)
axes[1].set(xlabel="time (ms)", ylabel="conductance / leak")
axes[1].sharex(axes[0])
axes[1].legend(loc="upper right")
axes[2].hist(cv, bins=40, color="0.6")
axes[2].axvline(1, color="k", linestyle="--", label="Poisson process")
axes[2].set(xlabel="CV of the intervals of a neuron", ylabel="neurons")
axes[2].legend()
plt.show()
