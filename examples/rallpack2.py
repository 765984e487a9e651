"""Rallpack 2: a dendritic tree of 1023 branches that behaves as a single cable.

Diameters to the power 3/2 are conserved at each branch point, and all branches of a level have the
same length, so that the tree is equivalent to a cylinder (Rall 1962). The benchmark of Bhalla,
Bilitch and Bower (Trends in Neurosciences 15:453, 1992) compares the two.
"""

from brainsim import *

defaultclock.dt = 0.05 * ms

model = """Im = (E_L - v)/Rm : amp/meter**2
           I : amp (point current)"""
passive = {
    "Cm": 1 * uF / cm**2,
    "Ri": 1 * ohm * meter,
    "namespace": {"E_L": -65 * mV, "Rm": 4 * ohm * meter**2},
}


def grow(section, diameter, length, levels):
    """Add two branches to the end of a section, and two to the end of each of these, and so on."""
    if levels:
        diameter, length = diameter * 2 ** (-2 / 3), length * 2 ** (-1 / 3)
        for name in ("L", "R"):
            section[name] = Cylinder(diameter=diameter, length=length)
            grow(section[name], diameter, length, levels - 1)


morphology = Cylinder(diameter=16 * um, length=32 * um)
grow(morphology, 16 * um, 32 * um, 9)
cylinder = Cylinder(diameter=16 * um, n=10, length=320 * um)
traces = []
for shape, far_end in ((morphology, 1022), (cylinder, 9)):
    neuron = SpatialNeuron(shape, model, **passive)
    neuron.v = -65 * mV
    neuron.I[0] = 0.1 * nA
    traces.append(StateMonitor(neuron, "v", record=[0, far_end]))
    Network(neuron, traces[-1]).run(250 * ms)

difference = abs(traces[0].v - traces[1].v).max() / ptp(traces[1].v)
print(f"{morphology.total_sections} branches; tree and cable differ by {100 * difference:.1e} %")
# the same system of equations, up to rounding
np.testing.assert_array_less(difference, 1e-9)

fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
for row, name in ((0, "root"), (1, "tip")):
    ax.plot(traces[0].t / ms, traces[0].v[row] / mV, label=f"tree, {name}")
    ax.plot(traces[1].t[::200] / ms, traces[1].v[row][::200] / mV, "k.", label=f"cable, {name}")
ax.set(xlabel="time (ms)", ylabel="membrane potential (mV)", title="Rallpack 2: a branched cable")
ax.legend()
plt.show()
