"""Oscillators that fall into step above a critical coupling (Kuramoto 1975).

Y. Kuramoto, Lecture Notes in Physics 39:420; reviewed by S. Strogatz, Physica D 143:1-20 (2000).
Each of a thousand oscillators turns at a frequency of its own, spread as a Lorentzian of width
gamma, and is pulled towards all others with strength K. Kuramoto's solution for infinitely many is
a coherence of r = sqrt(1 - Kc/K) above Kc = 2*gamma, and none below. The figure shows this curve
with the simulated coherence, and coherence in time. Asserted is that they agree.
"""

from brainsim import *

defaultclock.dt = 1 * ms
seed(5)
n, gamma, duration = 1000, 5 * Hz, 4 * second
K_c = 2 * gamma
strengths = linspace(0.25, 3, 12) * K_c

# one population for each strength; x and y are the means of cos(phase) and sin(phase) in it
populations = NeuronGroup(len(strengths), "r = sqrt(x**2 + y**2) : 1\nx : 1\ny : 1")
oscillators = NeuronGroup(
    n * len(strengths),
    """dphase/dt = omega + K*(y*cos(phase) - x*sin(phase)) : 1
       x : 1 (linked)
       y : 1 (linked)
       K : Hz (constant)
       omega : Hz (constant)""",
    method="euler",
)
member = repeat(arange(len(strengths)), n)
oscillators.x = linked_var(populations, "x", index=member)
oscillators.y = linked_var(populations, "y", index=member)
oscillators.K = strengths[member]
# quantiles of the Lorentzian instead of samples, so that chance does not shift the curve
oscillators.omega = tile(gamma * tan(pi * ((arange(n) + 0.5) / n - 0.5)), len(strengths))
oscillators.phase = "2*pi*rand()"
average = Synapses(
    oscillators,
    populations,
    """x_post = cos(phase_pre)/N_incoming : 1 (summed)
       y_post = sin(phase_pre)/N_incoming : 1 (summed)""",
)
average.connect(j="i // n")
trace = StateMonitor(populations, "r", record=True)
run(duration)

coherence = mean(trace.r[:, trace.t > duration / 2], axis=1)
expected = sqrt(clip(1 - K_c / strengths, 0, None))
# n phases without order have a mean of length 1/sqrt(n), thrice that with a chance of exp(-9);
# near K_c the approach is infinitely slow
assert all(coherence[strengths < 0.7 * K_c] < 3 / sqrt(n))
ordered = strengths > 1.3 * K_c
np.testing.assert_allclose(coherence[ordered], expected[ordered], atol=1 / sqrt(n))

fig, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(10, 4), layout="constrained")
fine = linspace(0, 3, 301)
left.plot(fine, sqrt(clip(1 - 1 / maximum(fine, 1e-9), 0, None)), "k", label="sqrt(1 - Kc/K)")
left.plot(strengths / K_c, coherence, "o", label="simulation")
left.set(xlabel="coupling K / Kc", ylabel="coherence r", title=f"{n} oscillators")
left.legend()
for k in range(1, len(strengths), 3):
    right.plot(trace.t / second, trace.r[k], label=f"K = {strengths[k] / K_c:.2f} Kc")
right.set(xlabel="time (s)", title="How order arises")
right.legend()
plt.show()
