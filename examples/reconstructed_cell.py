"""A branched cell from a file, against Rall's theory of branching dendrites (Rall 1959).

W. Rall, Experimental Neurology 1:491-527. Whatever the branching, the conductance that a passive
dendrite shows to a steady current follows from that of its branches, from the tips inwards. And C.
Koch, T. Poggio and V. Torre, Philosophical Transactions of the Royal Society B 298:227 (1982): a
current into one place changes the potential of another as much as the other way round. The figure
shows the cell of an SWC file with the potential that a current into its soma or into a tip causes.
Asserted are the resistances from an independent calculation by Rall's rule, and the symmetry.
"""

from pathlib import Path

from brainsim import *

defaultclock.dt = 1 * ms
Rm, Ri, Cm, current = 2 * ohm * meter**2, 150 * ohm * cm, 1 * uF / cm**2, 50 * pA
file = Path(__file__).parent / "data" / "pyramidal.swc"

morphology = Morphology.from_file(str(file))
model = "Im = -v/Rm : amp/meter**2\nI : amp (point current)"
soma_driven = SpatialNeuron(morphology, model, Cm=Cm, Ri=Ri)
tip_driven = SpatialNeuron(morphology, model, Cm=Cm, Ri=Ri)
tip = argmax(soma_driven.distance)
soma_driven.I[0] = current
tip_driven.I[tip] = current
run(15 * Rm * Cm)  # exp(-15) = 3e-7 is left of what changes

# Rall's rule, on the points of the file: number, type, x, y, z, radius, parent; parents come first
points = loadtxt(file)
n = len(points)
parent = points[:, 6].astype(int) - 1
start, end = points[parent], points
from_soma = parent == 0
length = sqrt(sum((end[:, 2:5] - start[:, 2:5]) ** 2, axis=1)) * um
# the first piece of a dendrite begins in the middle of the soma, but is not as wide there
diameter = (end[:, 5] + where(from_soma, end[:, 5], start[:, 5])) * um
L = length / sqrt(diameter * Rm / (4 * Ri))  # in space constants
unending = array(pi / 2 * diameter**1.5 / sqrt(Rm * Ri))  # conductance without an end

# from the tips inwards: what a piece carries at its end, and what it shows at its beginning
carried = zeros(n)
carried[0] = pi * (2 * points[0, 5] * um) ** 2 / Rm / siemens  # the soma itself
for k in range(n - 1, 0, -1):
    ratio = carried[k] / unending[k]
    carried[parent[k]] += unending[k] * (ratio + tanh(L[k])) / (1 + ratio * tanh(L[k]))
total = carried[0] * siemens
# from the soma outwards: the potential at the end and in the middle of each piece
at_end, expected = ones(n), ones(n)
for k in range(1, n):
    ratio = carried[k] / unending[k]
    at_end[k] = at_end[parent[k]] / (cosh(L[k]) + ratio * sinh(L[k]))
    expected[k] = at_end[k] * (cosh(L[k] / 2) + ratio * sinh(L[k] / 2))

resistance, relative = soma_driven.v[0] / current, array(soma_driven.v / soma_driven.v[0])
print(f"{n} compartments; {resistance / Mohm:.2f} Mohm, Rall's rule {1 / total / Mohm:.2f}")
print(f"the potential of the farthest tip is {relative[tip]:.4f} of the soma's")

# a compartment of 12 um is 0.02 space constants long, whose square is the error of its middle; and
# a cone counts as a cylinder of mean diameter
np.testing.assert_allclose(float(resistance * total), 1, rtol=1e-3)
np.testing.assert_allclose(relative, expected, rtol=1e-3)
# the matrix of the linear equations is symmetric: equal up to rounding
np.testing.assert_allclose(tip_driven.v[0] / mV, soma_driven.v[tip] / mV, rtol=1e-9)

fig, panels = plt.subplots(1, 2, sharey=True, figsize=(9, 7), layout="constrained")
for axes, neuron, place in ((panels[0], soma_driven, 0), (panels[1], tip_driven, tip)):
    size = 2 + (neuron.diameter / um) ** 2
    dots = axes.scatter(neuron.x / um, neuron.y / um, s=size, c=neuron.v / mV, cmap="plasma")
    axes.plot(neuron.x[place] / um, neuron.y[place] / um, "gv", markersize=10)
    axes.set(xlabel="x (µm)", title=f"50 pA at the green mark\n{neuron.v[place] / mV:.1f} mV there")
    axes.set_aspect("equal")
    fig.colorbar(dots, ax=axes, label="potential (mV)", shrink=0.6)
panels[0].set_ylabel("y (µm)")
plt.show()
