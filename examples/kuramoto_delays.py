"""Two coupled oscillators with a delay: several rhythms at once (Schuster and Wagner 1989).

Each oscillator sees the phase which the other had a time tau before. In step they turn with a
frequency Omega that solves Omega = omega - K*sin(Omega*tau); for strong coupling there are several
such frequencies at the same parameters, and the past decides which is taken (Progress of
Theoretical Physics 81:939, 1989; for many oscillators Yeung and Strogatz, Physical Review Letters
82:648, 1999). A solution is stable where cos(Omega*tau) > 0.
"""

from brainsim import *

defaultclock.dt = 0.5 * ms
omega, K, tau = 2 * pi * 10 * Hz, 60 * Hz, 150 * ms
n_pairs = 40

oscillators = NeuronGroup(
    2 * n_pairs,
    """dtheta/dt = first + int(t >= tau)*(omega + K*sin(seen) - first) : 1
       first : Hz (constant)
       seen : 1""",
    method="rk2",
)
# every pair has turned with another frequency before it is coupled
oscillators.first = "2*pi*Hz*(2 + 18*(i//2)/(n_pairs - 1))"
coupling = Synapses(
    oscillators, oscillators, "seen_post = theta_pre(t - tau) - theta_post : 1 (summed)"
)
coupling.connect("i != j and i//2 == j//2")
trace = StateMonitor(oscillators, "theta", record=True, dt=100 * ms)
run(20 * second)

turned = trace.theta[:, -1] - trace.theta[:, -51]
Omega = turned[::2] / (5 * second)

# the crossings of both sides of Omega = omega - K*sin(Omega*tau), on a fine grid
grid = linspace(0, 140, 200_001)
excess = grid - float(omega) + float(K) * np.sin(grid * float(tau))
solutions = grid[:-1][np.diff(np.sign(excess)) != 0]
stable = solutions[np.cos(solutions * float(tau)) > 0]
found = array([stable[np.argmin(abs(stable - each))] for each in asarray(Omega)])
taken = np.unique(found)
print("stable solutions (Hz):", (stable / (2 * pi)).round(3))
print("taken (Hz):", (taken / (2 * pi)).round(3))
# a constant frequency has no error of integration; the grid of solutions has steps of 7e-4 rad/s
np.testing.assert_allclose(asarray(Omega), found, rtol=1e-6, atol=7e-4)
assert len(taken) >= 2, "more than one rhythm at the same parameters"

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
left.plot(grid / (2 * pi), excess, "k", linewidth=0.8)
left.axhline(0, color="0.7", linewidth=0.8)
left.plot(stable / (2 * pi), 0 * stable, "o", label="stable")
unstable = solutions[np.cos(solutions * float(tau)) <= 0]
left.plot(unstable / (2 * pi), 0 * unstable, "o", mfc="w", mec="C0", label="unstable")
left.set(
    xlabel="frequency (Hz)",
    ylabel=r"$\Omega - \omega + K\,\sin\,\Omega\tau$ (1/s)",
    title="Frequencies in step",
)
left.legend()
right.plot(oscillators.first[::2] / (2 * pi * Hz), Omega / (2 * pi * Hz), "k.")
for each in stable:
    right.axhline(each / (2 * pi), color="C0", linewidth=0.8)
right.set(
    xlabel="frequency before coupling (Hz)",
    ylabel="frequency at the end (Hz)",
    title="The past decides",
)
plt.show()
