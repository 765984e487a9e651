"""Pairs of spikes change a synapse the more often they come (Clopath et al. 2010).

C. Clopath, L. Buesing, E. Vasilaki and W. Gerstner, Nature Neuroscience 13:344-352. Their rule
looks at the potential of the neuron: a presynaptic spike depresses the synapse if the neuron was
depolarised before, and a depolarisation potentiates it that is larger still and follows a
presynaptic spike. At high rates the spikes of other pairs count, and so the order within a pair
matters less. The figure shows the weight after 75 pairs against their rate, with the measurements
of P. J. Sjostrom, G. G. Turrigiano and S. B. Nelson, Neuron 32:1149-1164 (2001). Asserted is that
the model lies within the spread of the data.
"""

from brainsim import *

# the paper's neuron, adaptive exponential with an afterdepolarisation z and a threshold that jumps
C, g_L, E_L, Delta_T = 281 * pF, 30 * nS, -70.6 * mV, 2 * mV
a, b, tau_w = 4 * nS, 80.5 * pA, 144 * ms
z_spike, tau_z = 400 * pA, 40 * ms
V_rest, V_spike, tau_V = -50.4 * mV, -30.4 * mV, 50 * ms
peak, width, v_after = 33 * mV, 2 * ms, -49.6 * mV  # of a spike, and where it leaves the neuron
# the paper's rule for visual cortex
theta_minus, theta_plus = -70.6 * mV, -45.3 * mV
tau_minus, tau_plus, tau_x = 10 * ms, 7 * ms, 15 * ms
A_LTD, A_LTP = 14e-5 / mV, 8e-5 / (mV**2 * ms)

rates = [0.1, 10, 20, 40, 50] * Hz
lags = {"pre before post": 10 * ms, "post before pre": -10 * ms}
# relative change and its standard error
measured = {
    "pre before post": ([-0.04, 0.14, 0.29, 0.53, 0.56], [0.05, 0.1, 0.14, 0.11, 0.26]),
    "post before pre": ([-0.29, -0.41, -0.34, 0.56, 0.75], [0.08, 0.11, 0.1, 0.32, 0.19]),
}
n, pairs, repetitions = len(lags) * len(rates), 5, 15

neurons = NeuronGroup(
    n,
    """dv/dt = (g_L*(E_L - v) + g_L*Delta_T*exp((v - V_T)/Delta_T) - w + z)/C
               : volt (unless refractory)
       dw/dt = (a*(u - E_L) - w)/tau_w : amp
       dz/dt = -z/tau_z : amp
       dV_T/dt = (V_rest - V_T)/tau_V : volt
       u = v + int(not not_refractory)*(peak - v) : volt  # with the shape of the spike
       du_minus/dt = (u - u_minus)/tau_minus : volt
       du_plus/dt = (u - u_plus)/tau_plus : volt""",
    threshold="v > -20*mV",
    reset="v = v_after; w += b; z = z_spike; V_T = V_spike",
    refractory=width,
    method="euler",
)
neurons.v = neurons.u_minus = neurons.u_plus = E_L
neurons.V_T = V_rest

which = repeat(arange(n), pairs)
spacing = 1 / tile(rates / Hz, len(lags))[which] * second
first = 50 * ms + tile(arange(pairs), n) * spacing
lag = repeat(array(list(lags.values())), len(rates) * pairs) * second
presynaptic = SpikeGeneratorGroup(n, which, first)
electrode = SpikeGeneratorGroup(n, which, first + lag)
forced = Synapses(electrode, neurons, on_pre="v_post = 0*mV")
forced.connect(j="i")
plastic = Synapses(
    presynaptic,
    neurons,
    """weight : 1
       dx/dt = -x/tau_x : 1 (event-driven)""",
    on_pre="""weight -= A_LTD*clip(u_minus_post - theta_minus, 0*mV, inf*mV)
              x += 1*ms/tau_x""",
    # while the spike lasts the potential is at its peak, and the slower variables where they were
    on_post="""depolarised = clip(u_plus_post - theta_minus, 0*mV, inf*mV)
               weight += A_LTP*x*depolarised*(peak - theta_plus)*width""",
)
plastic.connect(j="i")
plastic.weight = 0.5
spikes = SpikeMonitor(neurons, record=False)
run(first[-1] - first[0] + pairs / rates[0])
assert all(spikes.count == pairs)
change = (plastic.weight[:].reshape(len(lags), -1) / 0.5 - 1) * repetitions

fig, ax = plt.subplots(figsize=(7, 5), layout="constrained")
for k, (name, (data, error)) in enumerate(measured.items()):
    ax.plot(rates / Hz, 100 + 100 * change[k], f"C{k}", label=f"{name}, model")
    ax.errorbar(rates / Hz, 100 + 100 * array(data), 100 * array(error), fmt=f"C{k}o", capsize=3)
    # three standard errors, which chance exceeds for one of 370 points
    assert all(abs(change[k] - data) < 3 * array(error))
early, late = change
assert early[0] < 0.1
assert early[-1] > 0.4  # the order of the spikes counts less than
assert late[0] < -0.2
assert late[-1] > 0.2  # their rate
ax.axhline(100, color="0.5", linewidth=0.8)
ax.set(xlabel="rate of the pairs (Hz)", ylabel="weight after 75 pairs (%)")
ax.set_title("Dots: Sjostrom et al. 2001, lines: voltage-based rule")
ax.legend()
plt.show()
