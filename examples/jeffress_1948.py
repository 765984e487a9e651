"""Where a sound comes from, by delays and coincidence (Jeffress 1948).

L. A. Jeffress, Journal of Comparative and Physiological Psychology 41:35-39. A sound from the side
reaches one ear earlier. The axons of both ears run along a row of neurons from opposite ends, and
that neuron fires most where the delays of the axons make up for the difference. The figure shows
the counts in the row for sounds from seven directions. Asserted is that the most active neurons
give each direction to within the spacing of the row.
"""

from brainsim import *

defaultclock.dt = 0.01 * ms
seed(10)
radius, speed_of_sound = 9 * cm, 340 * meter / second
angles = arange(-75, 76, 25)  # in degrees from straight ahead, to the right
# by so much the right ear is ahead: the way around a sphere (Woodworth 1938)
ahead = radius / speed_of_sound * (radians(angles) + sin(radians(angles)))
n, duration = len(angles), 1 * second
row, spacing = 81, 0.02 * ms  # neurons of each direction, and by how much their delays differ

# ears 2*k and 2*k + 1 are left and right for direction k; all hear the same noise, shifted
filtered = convolve(randn(20000), exp(-arange(50) / 10), mode="same")
noise = TimedArray(filtered / std(filtered), dt=0.05 * ms)
ears = NeuronGroup(
    2 * n,
    """dx/dt = (3*noise(t - shift) - x)/(1*ms) + 0.2*sqrt(2/ms)*xi : 1 (unless refractory)
       shift : second (constant)""",
    threshold="x > 1",
    reset="x = 0",
    refractory=2 * ms,
    method="euler",
)
ears.shift[::2] = 1 * ms + ahead
ears.shift[1::2] = 1 * ms
coincidence = NeuronGroup(
    row * n, "dv/dt = -v/(0.1*ms) : 1", threshold="v > 1.5", reset="v = 0", method="exact"
)
# neuron j % row of the row j // row: the farther to the right, the longer the way from the left
axons = Synapses(ears, coincidence, on_pre="v += 1")
axons.connect("i // 2 == j // row")
axons.delay = "(j % row)*spacing*int(i % 2 == 0) + (row - 1 - j % row)*spacing*int(i % 2 == 1)"
spikes = SpikeMonitor(coincidence, record=False)
run(duration)
count = spikes.count[:].reshape(n, row)
# the difference of the delays from the right and from the left: what the row can tell
difference = (row - 1 - 2 * arange(row)) * spacing
active = clip(count - count.max(axis=1)[:, newaxis] / 2, 0, None)
found = (active @ difference) / active.sum(axis=1)
for angle, physics, estimate in zip(angles, ahead, found, strict=True):
    print(f"{angle:4d} degrees: ahead by {physics / ms:.3f} ms, found {estimate / ms:.3f} ms")
# from neuron to neuron the difference changes by twice the spacing, so half of that to either side
assert abs(found - ahead).max() < spacing

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
for angle, each in zip(angles, count, strict=True):
    left.plot(difference / ms, each, label=f"{angle}°", linewidth=0.9)
left.set(xlabel="difference of the delays of a neuron (ms)", ylabel="spikes in 1 s")
left.set_title("Rows of coincidence detectors")
left.legend(title="direction")
fine = radians(linspace(-75, 75, 151))
right.plot(degrees(fine), radius / speed_of_sound * (fine + sin(fine)) / ms, "k", label="physics")
right.plot(angles, found / ms, "o", label="most active neurons")
right.set(xlabel="direction (°)", ylabel="right ear ahead by (ms)", title="Localisation")
right.legend()
plt.show()
