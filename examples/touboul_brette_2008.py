"""Bursts from the reset, and two kinds of threshold (Touboul and Brette 2008).

J. Touboul and R. Brette, Biological Cybernetics 99:319-334. The adaptive exponential neuron starts
to fire either by a saddle-node or by a Hopf bifurcation, which of them depends on adaptation; the
paper gives the current of both. And the reset potential alone decides whether the neuron spikes
regularly or in bursts, and of how many spikes. The figure shows adaptation at the spikes against
the reset potential, as in the paper's diagram
of bifurcations, and the rate near the currents. Asserted
are the currents, and that bursts grow by single spikes.
"""

from brainsim import *

defaultclock.dt = 0.02 * ms
C, g_L, E_L, V_T, Delta_T = 281 * pF, 30 * nS, -70.6 * mV, -50.4 * mV, 2 * mV
tau_m = C / g_L
equations = """
dv/dt = (g_L*(E_L - v) + g_L*Delta_T*exp((v - V_T)/Delta_T) - w + I)/C : volt
dw/dt = (a*(v - E_L) - w)/tau_w : amp
"""


def rheobase(a, tau_w):
    """Return the kind of threshold and its current."""
    if a / g_L < tau_m / tau_w:
        return "saddle-node", (g_L + a) * (V_T - E_L - Delta_T + Delta_T * log(1 + a / g_L))
    height = V_T - E_L - Delta_T + Delta_T * log(1 + tau_m / tau_w)
    return "Hopf", (g_L + a) * height + Delta_T * g_L * (a / g_L - tau_m / tau_w)


def rest(current, a):
    """Return the stable potential without spikes, or where it comes closest to exist."""
    v = linspace(-80, -30, 100001) * mV
    needed = (g_L + a) * (v - E_L) - g_L * Delta_T * exp((v - V_T) / Delta_T)
    stable = slice(0, argmax(needed) + 1)
    return interp(array(current), array(needed[stable]), array(v[stable])) * volt


# neurons that start 0.01 mV from rest, with currents from 1 % below to 1 % above the rheobase
kinds = [(2 * nS, 40 * ms), (4 * nS, 144 * ms), (40 * nS, 100 * ms)]
relative = linspace(0.99, 1.01, 41)
thresholds = [rheobase(*kind) for kind in kinds]
assert [name for name, _ in thresholds] == ["saddle-node", "Hopf", "Hopf"]
onset = NeuronGroup(
    len(kinds) * len(relative),
    equations + "a : siemens (constant)\ntau_w : second (constant)\nI : amp (constant)",
    threshold="v > -20*mV",
    reset="v = -58*mV; w += 80.5*pA",
    method="euler",
)
for k, (adaptation, decay) in enumerate(kinds):
    part = onset[k * len(relative) : (k + 1) * len(relative)]
    part.a, part.tau_w, part.I = adaptation, decay, relative * thresholds[k][1]
    v_rest = rest(part.I, adaptation)
    part.v, part.w = v_rest + 0.01 * mV, adaptation * (v_rest - E_L)

# neurons with different resets, far above rheobase
n = 400
resetting = NeuronGroup(
    n,
    equations + "v_reset : volt (constant)",
    threshold="v > -20*mV",
    reset="v = v_reset; w += 80.5*pA",
    method="euler",
    namespace={"a": 4 * nS, "tau_w": 144 * ms, "I": 800 * pA},
)
resetting.v_reset = linspace(-60, -44, n) * mV
resetting.v = E_L
onset_spikes = SpikeMonitor(onset, record=False)
run(2 * second)
spikes = SpikeMonitor(resetting, variables="w")
run(1 * second)

fired = onset_spikes.count[:].reshape(len(kinds), -1) > 0
for (name, current), row in zip(thresholds, fired, strict=True):
    found = relative[row][0]
    print(f"{name} at {current / pA:.1f} pA: neurons fire from {found:.4f} of it")
    # the grid is 0.05 %; a small oscillation just above a Hopf bifurcation takes long to grow
    assert abs(found - 1) < 0.002
    assert all(row[argmax(row) :])

# a burst of k spikes visits k values of w, which b = 80.5 pA separates
steps = [unique((array(spikes.w[spikes.i == k]) / 40e-12).round()) for k in range(n)]
per_burst = array([1 + sum(diff(each) > 1) for each in steps])
assert per_burst[0] == 1
assert set(diff(per_burst)) == {0, 1}  # never fewer, never two more
assert per_burst[-1] >= 10

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
left.plot(resetting.v_reset[spikes.i] / mV, spikes.w / nA, ".k", markersize=1)
left.set(xlabel="reset potential (mV)", ylabel="w at the spikes (nA)")
left.set_title("Bursts grow spike by spike")
for k, (name, current) in enumerate(thresholds):
    count = onset_spikes.count[k * len(relative) : (k + 1) * len(relative)]
    label = f"{name}, {current / pA:.0f} pA"
    right.plot(100 * (relative - 1), count / (3 * second) / Hz, ".-", label=label)
right.axvline(0, color="0.5", linestyle="--")
right.set(
    xlabel="current above the rheobase of the paper (%)",
    ylabel="spikes per second",
    title="Threshold",
)
right.legend()
plt.show()
