"""Fast global oscillations of neurons that fire rarely (Brunel and Hakim 1999).

N. Brunel and V. Hakim, Neural Computation 11:1621-1671. Five thousand inhibitory neurons, sparsely
connected, get a noisy external current. The population oscillates with a period of a few synaptic
delays, while each neuron fires irregularly, at a rate forty times lower. The figure shows raster
and population rate for a delay of 2 ms, and the frequency against the delay. Asserted are that the
delay sets the frequency, and that the rate is the one of the paper's equation for it.
"""

from math import erf

from brainsim import *

seed(2)
n, C = 5000, 1000
tau, period = 20 * ms, 2 * ms
theta, v_reset, J = 20 * mV, 10 * mV, 0.1 * mV
mu_ext, sigma_ext = 25 * mV, 1 * mV
settling, duration = 100 * ms, 500 * ms

neurons = NeuronGroup(
    n,
    "dv/dt = (mu_ext - v + sigma_ext*sqrt(tau)*xi)/tau : volt (unless refractory)",
    threshold="v > theta",
    reset="v = v_reset",
    refractory=period,
    method="euler",
)
inhibition = Synapses(neurons, neurons, on_pre="v -= J")
inhibition.connect(p=C / n)
spikes = SpikeMonitor(neurons)
population = PopulationRateMonitor(neurons)
store()


def stationary_rate():
    """Return the rate that agrees with the input that it causes, as in the paper."""
    rates = linspace(0.1, 20, 400)
    mismatch = []
    for rate in rates * Hz:
        mu = mu_ext - C * J * rate * tau
        sigma = sqrt(sigma_ext**2 + C * J**2 * rate * tau)
        u = linspace(float((v_reset - mu) / sigma), float((theta - mu) / sigma), 400)
        passage = tau * sqrt(pi) * np.trapezoid(exp(u**2) * (1 + vectorize(erf)(u)), u)
        mismatch.append(1 / (period + passage) / rate - 1)
    return interp(0, mismatch[::-1], rates[::-1]) * Hz


delays = [1, 1.5, 2, 2.5] * ms
frequencies, rates = [], []
fig, axes = plt.subplots(3, 1, figsize=(8, 8), height_ratios=[3, 2, 3], layout="constrained")
for delay in delays:
    restore()
    neurons.v = v_reset
    inhibition.delay = delay
    run(duration)
    rate = array(population.rate)[population.t > settling]
    spectrum = abs(np.fft.rfft(rate - mean(rate))) ** 2
    frequencies.append(np.fft.rfftfreq(len(rate), float(defaultclock.dt))[argmax(spectrum)])
    rates.append(mean(rate))
    print(f"{delay}: {frequencies[-1]:.0f} Hz, neurons fire at {rates[-1]:.1f} Hz")
    if delay == 2 * ms:
        shown = (spikes.i < 500) & (spikes.t > 400 * ms)
        axes[0].plot(spikes.t[shown] / ms, spikes.i[shown], ".k", markersize=2)
        axes[1].plot(population.t / ms, population.smooth_rate(width=0.5 * ms) / Hz, "k")
frequencies = array(frequencies) * Hz

# The recurrent input follows the activity by the delay, the response of a neuron to a fast input
# lags by 45 degrees, and inhibition turns the sign: 2 pi f delay + pi/4 = pi for short delays, that
# is f delay = 3/8. At lower frequencies the lag is larger; the period remains "a few delays".
print(f"theory of the rate: {stationary_rate()}")
assert all(frequencies * delays < 3 / 8)
assert all(frequencies * delays > 1 / 5)
# the equation is for a stationary state; oscillations of this depth shift the rate by some percent
np.testing.assert_allclose(rates, float(stationary_rate()), rtol=0.15)

axes[0].set(xlim=(400, 500), ylabel="neuron", title="500 of 5000 neurons, delay 2 ms")
axes[1].set(xlim=(400, 500), xlabel="time (ms)", ylabel="rate (Hz)")
axes[2].plot(delays / ms, frequencies / Hz, "o", label="frequency of the population")
axes[2].plot(delays / ms, 3 / 8 / delays / Hz, "k--", label="3/8 of 1/delay")
axes[2].plot(delays / ms, 1 / 5 / delays / Hz, "k:", label="1/5 of 1/delay")
axes[2].plot(delays / ms, rates, "s", label="rate of a neuron")
axes[2].set(xlabel="delay (ms)", ylabel="(Hz)", ylim=(0, None), title="What the delay decides")
axes[2].legend()
plt.show()
