"""Competition of synapses by their spike timing (Song, Miller and Abbott 2000).

S. Song, K. D. Miller and L. F. Abbott, Nature Neuroscience 3:919-926, figures 1 and 2. A thousand
Poisson inputs drive one neuron. A synapse grows when its spike comes before one of the neuron, and
shrinks when it comes after. Asserted is that most end near one of the bounds, as in the paper's
figure 2, and that the rate of the neuron falls on the way.
"""

from brainsim import *

seed(11)
n_inputs = 1000
taum, taue, tau_plus, tau_minus = 10 * ms, 5 * ms, 20 * ms, 20 * ms
v_rest, v_threshold, v_reset, Ee = -74 * mV, -54 * mV, -60 * mV, 0 * mV
g_max = 0.01
grow, shrink = 0.01 * g_max, -0.0105 * g_max

neuron = NeuronGroup(
    1,
    """dv/dt = (v_rest - v + ge*(Ee - v))/taum : volt
       dge/dt = -ge/taue : 1""",
    threshold="v > v_threshold",
    reset="v = v_reset",
    method="euler",
)
neuron.v = v_rest
inputs = PoissonGroup(n_inputs, rates=15 * Hz)
synapses = Synapses(
    inputs,
    neuron,
    """w : 1
       dbefore/dt = -before/tau_plus : 1 (event-driven)
       dafter/dt = -after/tau_minus : 1 (event-driven)""",
    on_pre="""ge += w
              before += grow
              w = clip(w + after, 0, g_max)""",
    on_post="""after += shrink
               w = clip(w + before, 0, g_max)""",
)
synapses.connect()
synapses.w = "rand()*g_max"
start = synapses.w[:].copy()
some = StateMonitor(synapses, "w", record=range(20), dt=100 * ms)
spikes = SpikeMonitor(neuron)
run(100 * second, report="text")

# of a thousand evenly spread weights 40 % lie in the outer fifths, with a standard error of 1.5 %
outer = mean((synapses.w < 0.2 * g_max) | (synapses.w > 0.8 * g_max))
first, last = (mean((spikes.t >= t) & (spikes.t < t + 20 * second)) for t in (0, 80) * second)
print(f"{100 * outer:.0f} % of the weights are near the bounds")
assert outer > 0.4 + 6 * 0.015
assert last < first

fig, axes = plt.subplots(3, 1, figsize=(7, 8), layout="constrained")
axes[0].plot(some.t / second, some.w.T / g_max, linewidth=0.8)
axes[0].set(xlabel="time (s)", ylabel="weight / g_max", title="Twenty of 1000 synapses")
axes[1].hist(spikes.t / second, bins=arange(101), histtype="step", color="k")
axes[1].set(xlabel="time (s)", ylabel="spikes per second", title="The neuron")
axes[2].hist([start / g_max, synapses.w / g_max], bins=20, label=["at the start", "at the end"])
axes[2].set(xlabel="weight / g_max", ylabel="synapses")
axes[2].legend()
plt.show()
