"""Noise: the process of Uhlenbeck and Ornstein (1930).

G. E. Uhlenbeck and L. S. Ornstein, Physical Review 36:823-841. A thousand membrane potentials relax
towards rest while white noise drives them. In the stationary state they are normal, with the mean
of the resting potential and the standard deviation sigma, which is asserted, as is the way there.
"""

from brainsim import *

seed(7)
tau, sigma, v_rest = 20 * ms, 2 * mV, -65 * mV

# xi is white noise of unit second**-0.5, another one for each neuron
membrane = NeuronGroup(
    1000, "dv/dt = (v_rest - v)/tau + sigma*sqrt(2/tau)*xi : volt", method="euler"
)
membrane.v = v_rest + 10 * mV
trace = StateMonitor(membrane, "v", record=True)
run(200 * ms)

n = len(membrane)
expected = v_rest + 10 * mV * exp(-trace.t / tau)
spread = sigma * sqrt(1 - exp(-2 * trace.t / tau))
print(f"mean {mean(membrane.v[:])}, standard deviation {std(membrane.v[:])}")
# standard errors of a mean and of a standard deviation, times four, which chance exceeds once in
# 16000; and an error of dt/(2*tau) = 0.25 % of the decay, which Euler's method makes at most
euler = 0.0025 * 10 * mV
assert all(abs(mean(trace.v, axis=0) - expected) < 4 * sigma / sqrt(n) + euler)
assert all(abs(std(trace.v, axis=0) - spread) < 4 * sigma / sqrt(2 * n) + euler)

fig, (left, right) = plt.subplots(
    1, 2, sharey=True, figsize=(9, 4), width_ratios=[3, 1], layout="constrained"
)
left.plot(trace.t / ms, trace.v[:5].T / mV, linewidth=0.6)
left.plot(trace.t / ms, expected / mV, "k", label="expected mean")
left.set(xlabel="time (ms)", ylabel="membrane potential (mV)", title="Five of 1000 neurons")
left.legend()
right.hist(membrane.v / mV, bins=30, density=True, orientation="horizontal", color="0.7")
level = linspace(-73, -57, 200) * mV
density = exp(-((level - v_rest) ** 2) / (2 * sigma**2)) / (sigma / mV * sqrt(2 * pi))
right.plot(density, level / mV, "k")
right.set(xlabel="density", title="All, at the end")
plt.show()
