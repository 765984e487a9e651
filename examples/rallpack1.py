"""Rallpack 1: a passive cable of 1 mm, against its analytic solution.

0.1 nA flow into one end of a sealed cable for 250 ms. The benchmark of Bhalla, Bilitch and Bower
(Trends in Neurosciences 15:453, 1992) asks for the potential at both ends.
"""

from brainsim import *

defaultclock.dt = 0.05 * ms

length, diameter, current, n = 1 * mm, 1 * um, 0.1 * nA, 1000
Rm, Ri, Cm = 4 * ohm * meter**2, 1 * ohm * meter, 1 * uF / cm**2
E_L = -65 * mV

cable = SpatialNeuron(
    Cylinder(diameter=diameter, n=n, length=length),
    """Im = (E_L - v)/Rm : amp/meter**2
       I : amp (point current)""",
    Cm=Cm,
    Ri=Ri,
)
cable.v = E_L
cable.I[0] = current
trace = StateMonitor(cable, "v", record=[0, n - 1])
run(250 * ms)


def solution(x, t, terms=2000):
    """Return the potential at a place for several times: a series of modes cos(k*pi*x/length)."""
    space = float(sqrt(diameter * Rm / (4 * Ri)) / length)
    resistance = float(4 * Ri / (pi * diameter**2) * length) * space
    k = arange(terms)[:, None]
    rate = 1 + (k * pi * space) ** 2
    weight = where(k == 0, 1, 2) * space * cos(k * pi * float(x / length)) / rate
    modes = weight * (1 - exp(-rate * array(t / (Rm * Cm))))
    return E_L + resistance * float(current) * modes.sum(axis=0) * volt


fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
for row, name in ((0, "near end"), (1, "far end")):
    place = cable.distance[trace.record[row]]
    expected = solution(place, trace.t)
    ax.plot(trace.t / ms, trace.v[row] / mV, label=name)
    ax.plot(trace.t[::200] / ms, expected[::200] / mV, "k.", label=f"{name}, analytic")
    error = abs(trace.v[row] - expected).max() / ptp(expected)
    print(f"{name}: largest error {100 * error:.2f} % of the final potential")
    # backward Euler with dt/tau = 1/800; the near end is steepest in the first steps
    np.testing.assert_array_less(error, 0.01)
ax.set(xlabel="time (ms)", ylabel="membrane potential (mV)", title="Rallpack 1: a passive cable")
ax.legend()
plt.show()
