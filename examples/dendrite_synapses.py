"""Many cells with the same reconstructed dendrite, and a synapse at another distance on each.

The morphology comes from points such as those of an SWC file. The farther a synapse lies from the
soma, the smaller and the later is what arrives there, while the potential at the synapse itself is
larger: Rall's cable theory of dendrites (1967).
"""

from brainsim import *

defaultclock.dt = 0.05 * ms

# index, type, x, y, z, diameter, parent; lengths in um
points = [(1, "soma", 0, 0, 0, 20, -1), (2, "axon", 0, -10, 0, 1, 1), (3, "axon", 0, -60, 0, 1, 2)]
points += [
    (4 + k, "dend", 0, 10 + 20 * k, 0, 3 - 0.1 * k, max(3 + k, 4) if k else 1) for k in range(15)
]
points += [(19, "dend", 40, 330, 0, 1, 18), (20, "dend", -40, 330, 0, 1, 18)]
morphology = Morphology.from_points(points)
print(morphology.topology())

trunk = morphology.dend
cells = trunk.n
neuron = SpatialNeuron(
    morphology,
    """Im = gL*(EL - v) : amp/meter**2
       Is = gs*(Es - v) : amp (point current)
       gs = gmax*t_since/tau*exp(1 - t_since/tau)*int(t > 1*ms)*has_synapse : siemens
       t_since = t - 1*ms : second
       has_synapse : 1 (constant)""",
    Cm=1 * uF / cm**2,
    Ri=150 * ohm * cm,
    cells=cells,
    namespace={
        "gL": 0.1 * mS / cm**2,
        "EL": -70 * mV,
        "Es": 0 * mV,
        "gmax": 1 * nS,
        "tau": 0.5 * ms,
    },
)
neuron.v = -70 * mV
# cell k has its synapse on compartment k of the trunk
first = trunk.first_index
for k in range(cells):
    neuron.has_synapse[(first + k) * cells + k] = 1
trace = StateMonitor(neuron, "v", record=True)
run(30 * ms)

soma = trace.v[neuron.indices["compartment == 0"]]
local = array([trace.v_[(first + k) * cells + k] for k in range(cells)]) * volt
distance = trunk.distance
peak = soma.max(axis=1) + 70 * mV
delay = trace.t[soma.argmax(axis=1)]
np.testing.assert_array_less(diff(peak) / mV, 0)  # attenuated
np.testing.assert_array_less(0, diff(delay) / ms)  # delayed
# thin dendrites have a high resistance
np.testing.assert_array_less(local[0].max() / mV, local[-1].max() / mV)

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for k in range(0, cells, 3):
    left.plot(trace.t / ms, soma[k] / mV, label=f"{distance[k] / um:.0f} um")
left.set(xlabel="time (ms)", ylabel="potential of the soma (mV)", title="Synapses at a distance")
left.legend()
right.plot(distance / um, peak / mV, "o-", label="in the soma")
right.plot(distance / um, (local.max(axis=1) + 70 * mV) / mV, "o-", label="at the synapse")
right.set(xlabel="distance from the soma (um)", ylabel="peak (mV)", title="Attenuation")
right.legend()
plt.show()
