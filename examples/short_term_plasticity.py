"""Depressing and facilitating synapses (Tsodyks and Markram 1997).

M. V. Tsodyks and H. Markram, PNAS 94:719-723; with facilitation M. Tsodyks, K. Pawelzik and H.
Markram, Neural Computation 10:821-835 (1998). Each spike uses a fraction u of the resources x that
are left; x recovers, u decays to its rest U. The figure shows a train of 20 Hz through a synapse of
each kind, and what one spike releases in the steady state against the rate. Asserted are the closed
solution, and what the first paper concludes from it: above its limiting frequency a depressing
synapse releases in inverse proportion to the rate, so that the mean current no longer tells it.
"""

from brainsim import *

taum, taus = 20 * ms, 3 * ms
# U, tau_rec, tau_facil, A
kinds = {
    "depressing": (0.5, 800 * ms, 1 * ms, 250 * pA),
    "facilitating": (0.05, 100 * ms, 1000 * ms, 1500 * pA),
}
rates = [20, 2, 4, 7, 10, 40, 80] * Hz
pulses, n = 60, len(rates)

source = SpikeGeneratorGroup(
    n, repeat(arange(n), pulses), outer(1 / rates, arange(1, pulses + 1)).ravel() * second
)
# neuron k*n + i gets the train i through a synapse of kind k
neurons = NeuronGroup(
    len(kinds) * n,
    """dv/dt = (R*I - v)/taum : volt
       dI/dt = -I/taus : amp
       R : ohm (constant)""",
    method="exact",
)
neurons.R = 100 * Mohm
synapses = Synapses(
    source,
    neurons,
    """dx/dt = (1 - x)/tau_rec : 1 (event-driven)
       du/dt = (U - u)/tau_facil : 1 (event-driven)
       released : 1
       U : 1 (constant)
       tau_rec : second (constant)
       tau_facil : second (constant)
       A : amp (constant)""",
    on_pre="""u += U*(1 - u)
              released = u*x
              x -= released
              I_post += A*released""",
)
synapses.connect("j % n == i")
for k, constants in enumerate(kinds.values()):
    for name, value in zip(("U", "tau_rec", "tau_facil", "A"), constants, strict=True):
        getattr(synapses, name)[f"j // n == {k}"] = value
synapses.x = 1
trace = StateMonitor(neurons, "v", record=[0, n], dt=1 * ms)
run(pulses / rates.min() + 1 * ms)


def steady(rate, U, tau_rec, tau_facil, _):
    """Return what a spike releases after infinitely many."""
    left, forgotten = exp(-1 / (rate * tau_facil)), exp(-1 / (rate * tau_rec))
    u = U / (1 - (1 - U) * left)
    u += U * (1 - u)
    return u * (1 - forgotten) / (1 - (1 - u) * forgotten)


fig, axes = plt.subplots(2, 2, figsize=(10, 6), layout="constrained")
fine = logspace(0, 2, 100) * Hz
for k, (kind, constants) in enumerate(kinds.items()):
    released = synapses.released[f"j // n == {k}"]
    # most is left of the beginning by facilitation at 80 Hz: (0.95*exp(-1/80))**60 = 2.2 %
    np.testing.assert_allclose(released, steady(rates, *constants), rtol=0.022)
    axes[k, 0].plot(trace.t / ms, trace.v[k] / mV)
    axes[k, 0].set(xlabel="time (ms)", ylabel="v (mV)", title=f"{kind}, 20 Hz", xlim=(0, 800))
    axes[k, 1].loglog(fine / Hz, steady(fine, *constants), "k", label="closed solution")
    axes[k, 1].loglog(rates / Hz, released, "o", label="simulation")
    axes[k, 1].set(xlabel="rate (Hz)", ylabel="released per spike", title=f"{kind}, steady state")
    axes[k, 1].legend()

# released*rate tends to 1/tau_rec; what is missing is of the order of 1/(U*tau_rec*rate), the
# limiting frequency over the rate: 6 % and 3 % for the two highest
rest, recovery, *_ = kinds["depressing"]
limit = 1 / (rest * recovery)
fast = (synapses.released["j // n == 0"] * rates * recovery)[rates > 15 * limit]
assert len(fast) == 2
np.testing.assert_allclose(fast, 1, rtol=0.07)
axes[0, 1].loglog(fine / Hz, 1 / (fine * recovery), "k--", label="1 / (rate tau_rec)")
axes[0, 1].axvline(limit / Hz, color="0.6", linestyle=":", label="limiting frequency")
axes[0, 1].set_ylim(0.008, 1)
axes[0, 1].legend()
plt.show()
