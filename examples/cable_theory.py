"""A long passive dendrite: what cable theory says of it (Rall 1969).

W. Rall, Biophysical Journal 9:1483-1508; J. J. B. Jack, D. Noble and R. W. Tsien, Electric Current
Flow in Excitable Cells (1975), chapter 3. A steady current into the middle of a cable raises the
potential by an amount that falls exponentially, with the space constant. A short pulse of current
spreads like heat while it leaks away. The figure shows both with their closed solutions, and
asserted is that they agree.
"""

from brainsim import *

defaultclock.dt = 0.02 * ms
Rm, Ri, Cm = 2 * ohm * meter**2, 1.5 * ohm * meter, 1 * uF / cm**2
diameter, n = 2 * um, 1001
time_constant, space_constant = Rm * Cm, sqrt(diameter * Rm / (4 * Ri))
length = 14 * space_constant  # seven to each side: exp(-7) = 0.1 % is left at the sealed ends
middle = n // 2

passive = """
Im = -v/Rm : amp/meter**2
I : amp (point current)
"""
shape = Cylinder(diameter=diameter, n=n, length=length)
steady = SpatialNeuron(shape, passive, Cm=Cm, Ri=Ri)
pulsed = SpatialNeuron(shape, passive, Cm=Cm, Ri=Ri)
trace = StateMonitor(pulsed, "v", record=True, dt=0.2 * ms)
current, charge = 20 * pA, 1 * pcoulomb
steady.I[middle] = current
pulsed.I[middle] = charge / defaultclock.dt
run(defaultclock.dt)
pulsed.I[middle] = 0 * amp
run(8 * time_constant)

x = steady.distance - steady.distance[middle]
# half of the current flows to each side, into a resistance of one space constant of core
resistance = Ri * space_constant / (pi * diameter**2 / 4) / 2
at_rest = current * resistance * exp(-abs(x) / space_constant)


def spread(t):
    """Return the potential at all places some time after the pulse."""
    capacitance = Cm * pi * diameter * space_constant
    X, T = x / space_constant, t / time_constant
    return charge / capacitance / sqrt(4 * pi * T) * exp(-(X**2) / (4 * T) - T)


# exp(-8) = 0.03 % is missing after eight time constants, 0.1 % at the ends, and a compartment of
# 0.014 space constants is flat at the top of the curve: together below 1 % of the largest value
assert abs(steady.v - at_rest).max() < 0.01 * at_rest.max()
times = [1, 5, 20, 40] * ms
for t in times:
    # the pulse lasts one step of 0.02 ms, and backward Euler is late by half a step: 2 % of 1 ms
    found, expected = trace.v[:, argmin(abs(trace.t - t))], spread(t)
    assert abs(found - expected).max() < 0.02 * expected.max()

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
few = slice(middle % 25, None, 25)
left.plot(x / mm, steady.v / mV, label="simulation")
left.plot(x[few] / mm, at_rest[few] / mV, "k.", label="closed solution")
left.set(xlabel="place (mm)", ylabel="potential (mV)", title="A steady current of 20 pA")
left.legend()
for t in times:
    right.plot(x / mm, trace.v[:, argmin(abs(trace.t - t))] / mV, label=f"{t / ms:.0f} ms")
    right.plot(x[few] / mm, spread(t)[few] / mV, "k.", markersize=4)
right.set(xlabel="place (mm)", ylabel="potential (mV)", title="After a pulse of 1 pC", xlim=(-3, 3))
right.set_yscale("log")
right.set_ylim(1e-3, 10)
right.legend()
plt.show()
