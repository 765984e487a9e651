"""Inhibition learns to balance excitation (Vogels et al. 2011).

T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath and W. Gerstner, Science 334:1569-1573. A neuron
listens to eight channels of a hundred excitatory and 25 inhibitory inputs, whose rates change
together. It is tuned: some channels excite more than others. Inhibitory synapses grow when pre- and
postsynaptic spikes come close in time, and shrink with each lone presynaptic one. The figure shows
the rate of the neuron and both kinds of weights before and after. Asserted are that the rate goes
to the target of the rule, and that inhibition mirrors the tuning of excitation.
"""

from brainsim import *

defaultclock.dt = 0.2 * ms
seed(9)
channels, per_channel_e, per_channel_i = 8, 100, 25
tau_m, tau_e, tau_i, period = 20 * ms, 5 * ms, 10 * ms, 5 * ms
E_L, E_e, E_i, v_threshold, v_reset = -60 * mV, 0 * mV, -80 * mV, -50 * mV, -60 * mV
tau_stdp, target, learning_rate = 20 * ms, 5 * Hz, 0.01
alpha = 2 * target * tau_stdp
duration = 60 * second

# the rate of a channel: a background, and now and then a hump of some 50 ms
n_bins, bin_width = int(duration / (10 * ms)), 10 * ms
decay = exp(-arange(30) * bin_width / (50 * ms))
noise = randn(n_bins + len(decay) - 1, channels)
humps = array([convolve(each, decay, mode="valid") for each in noise.T]).T
stimulus = TimedArray((5 + 15 * clip(humps / std(humps) - 0.5, 0, None)) * Hz, dt=bin_width)

excitatory = PoissonGroup(channels * per_channel_e, "stimulus(t, i // per_channel_e)")
inhibitory = PoissonGroup(channels * per_channel_i, "stimulus(t, i // per_channel_i)")
neuron = NeuronGroup(
    1,
    """dv/dt = (E_L - v + g_e*(E_e - v) + g_i*(E_i - v))/tau_m : volt (unless refractory)
       dg_e/dt = -g_e/tau_e : 1
       dg_i/dt = -g_i/tau_i : 1""",
    threshold="v > v_threshold",
    reset="v = v_reset",
    refractory=period,
    method="euler",
)
neuron.v = E_L
tuned = Synapses(excitatory, neuron, "weight : 1 (constant)", on_pre="g_e += weight")
tuned.connect()
tuned.weight = "0.02 + 0.08/(1 + (i // per_channel_e - 4)**4)"
plastic = Synapses(
    inhibitory,
    neuron,
    """weight : 1
       dbefore/dt = -before/tau_stdp : 1 (event-driven)
       dafter/dt = -after/tau_stdp : 1 (event-driven)""",
    on_pre="""g_i += weight
              before += 1
              weight = clip(weight + learning_rate*(after - alpha), 0, 3)""",
    on_post="""after += 1
               weight = clip(weight + learning_rate*before, 0, 3)""",
)
plastic.connect()
plastic.weight = 0.02
spikes = SpikeMonitor(neuron)
trace = StateMonitor(plastic, "weight", record=True, dt=100 * ms)
run(duration)

second_half = trace.t > duration / 2
w_e = tuned.weight[:].reshape(channels, -1).mean(axis=1)
w_i = trace.weight[:, second_half].reshape(channels, -1).mean(axis=1)
late = sum(spikes.t > duration / 2)
rate = late / (duration / 2)
correlation = corrcoef(w_e, w_i)[0, 1]
print(f"{rate / Hz:.2f} Hz at the end, correlation of the weights {correlation:.2f}")

# three standard deviations of the count of a Poisson process
assert abs(rate / target - 1) < 3 / sqrt(late)
assert mean(spikes.t < 5 * second) > 1.3 * 5 * second / duration  # it fired more at first
# eight unrelated numbers correlate as much as that with a chance of 0.1 %
assert correlation > 0.9

fig, axes = plt.subplots(3, 1, figsize=(8, 9), layout="constrained")
axes[0].hist(spikes.t / second, bins=arange(61), histtype="step", color="k")
axes[0].axhline(target / Hz, color="C1", linestyle="--", label="target of the rule")
axes[0].set(xlabel="time (s)", ylabel="rate (Hz)", title="The neuron")
axes[0].legend()
for k in range(channels):
    mine = trace.weight[k * per_channel_i : (k + 1) * per_channel_i]
    axes[1].plot(trace.t / second, mine.mean(axis=0), label=k + 1)
axes[1].set(xlabel="time (s)", ylabel="inhibitory weight", title="Mean of each channel")
axes[1].legend(title="channel", ncol=4, loc="upper left")
channel = arange(1, channels + 1)
axes[2].plot(channel, w_e / w_e.max(), "C3o-", label="excitation")
axes[2].plot(channel, w_i / w_i.max(), "C0o-", label="inhibition, learned")
axes[2].set(xlabel="channel", ylabel="weight / largest", title="Detailed balance", ylim=(0, 1.1))
axes[2].legend()
plt.show()
