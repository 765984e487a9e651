"""A thousand simple neurons with cortical rhythms (Izhikevich 2003).

E. M. Izhikevich, IEEE Transactions on Neural Networks 14:1569-1572, figure 3. 800 excitatory
neurons, spread between regular spiking and chattering, and 200 inhibitory ones, between fast
spiking and low-threshold spiking, all connected to all, get noise in every step of 1 ms. The figure
shows one second with its stripes, and the spectrum of the population. Asserted are what the paper
reports of it: a mean rate of 8 Hz, and a rhythm in the alpha band around 10 Hz.
"""

from brainsim import *

defaultclock.dt = 1 * ms
seed(3)
n, n_excitatory, seconds = 1000, 800, 20

neurons = NeuronGroup(
    n,
    """v : 1
       u : 1
       I : 1
       a : 1 (constant)
       b : 1 (constant)
       c : 1 (constant)
       d : 1 (constant)
       noise : 1 (constant)""",
    threshold="v >= 30",
    reset="v = c; u += d",
)
# as in the paper, v takes two half steps; I collects the next step's input
half_step = "v += 0.5*(0.04*v**2 + 5*v + 140 - u + I)\n"
neurons.run_regularly(half_step + half_step + "u += a*(b*v - u)\nI = noise*randn()", when="groups")
excitatory, inhibitory = neurons[:n_excitatory], neurons[n_excitatory:]
excitatory.a, excitatory.b, excitatory.noise = 0.02, 0.2, 5
inhibitory.c, inhibitory.d, inhibitory.noise = -65, 2, 2
spread = rand(n)
excitatory.c = -65 + 15 * spread[:n_excitatory] ** 2
excitatory.d = 8 - 6 * spread[:n_excitatory] ** 2
inhibitory.a = 0.02 + 0.08 * spread[n_excitatory:]
inhibitory.b = 0.25 - 0.05 * spread[n_excitatory:]
neurons.v = -65
neurons.u = "b*v"

synapses = Synapses(neurons, neurons, "w : 1 (constant)", on_pre="I += w")
synapses.connect()
synapses.w = "0.5*rand()*int(i < n_excitatory) - rand()*int(i >= n_excitatory)"
spikes = SpikeMonitor(neurons)
run(seconds * second)

step = (spikes.t / ms).round().astype(int)
per_second = bincount(step, minlength=1000 * seconds).reshape(seconds, 1000)
spectrum = mean(abs(np.fft.rfft(per_second - mean(per_second))) ** 2, axis=0)
frequency = arange(len(spectrum))  # in Hz, as a segment lasts one second
rate = sum(spikes.i < n_excitatory) / n_excitatory / seconds
alpha = frequency[4 + argmax(spectrum[4:20])]
print(f"excitatory neurons fire at {rate:.1f} Hz, the rhythm has {alpha} Hz")

# the paper rounds to one digit, and its random weights differ from these
assert abs(rate - 8) < 1
# the alpha band of the EEG is 8 to 12 Hz
assert 8 <= alpha <= 12
# more power than an irregular train of this rate, whose spectrum is flat
assert spectrum[alpha] > 5 * spectrum[100:300].mean()

fig, (top, bottom) = plt.subplots(2, 1, figsize=(9, 7), height_ratios=[2, 1], layout="constrained")
first = spikes.t < 1 * second
top.plot(spikes.t[first] / ms, spikes.i[first], ".k", markersize=1)
top.axhline(n_excitatory, color="0.5", linewidth=0.8)
top.set(xlabel="time (ms)", ylabel="neuron", title=f"First second; {rate:.1f} Hz on average")
bottom.plot(frequency[1:81], spectrum[1:81], "k")
bottom.axvspan(8, 12, color="C1", alpha=0.3, label="alpha band")
bottom.set(xlabel="frequency (Hz)", ylabel="power of the population")
bottom.legend()
plt.show()
