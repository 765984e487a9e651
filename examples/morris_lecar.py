"""Two ways into repetitive firing: the barnacle muscle of Morris and Lecar (1981).

C. Morris and H. Lecar, Biophysical Journal 35:193-213; analysed by J. Rinzel and B. Ermentrout,
Analysis of Neural Excitability and Oscillations, in: Methods in Neuronal Modeling (1989). With one
set of constants, the state of rest loses its stability in a Hopf bifurcation, from which
oscillations of high frequency jump up, and where both are stable over a stretch of currents. With
another, it vanishes on a cycle, and firing starts at arbitrarily low rates. The figure shows both.
Asserted are the currents of these bifurcations.
"""

from brainsim import *

defaultclock.dt = 0.05 * ms
unit = uA / cm**2
Cm, g_K, g_L = 20 * uF / cm**2, 8 * mS / cm**2, 2 * mS / cm**2
E_Ca, E_K, E_L = 120 * mV, -84 * mV, -60 * mV
V1, V2 = -1.2 * mV, 18 * mV

hopf = {"g_Ca": 4.4 * mS / cm**2, "V3": 2 * mV, "V4": 30 * mV, "phi": 0.04 / ms}
saddle_node = {"g_Ca": 4 * mS / cm**2, "V3": 12 * mV, "V4": 17.4 * mV, "phi": 1 / (15 * ms)}
equations = """
dv/dt = (I - g_L*(v - E_L) - g_Ca*m*(v - E_Ca) - g_K*w*(v - E_K))/Cm : volt
dw/dt = phi*(w_inf - w)*cosh((v - V3)/(2*V4)) : 1
m = 0.5*(1 + tanh((v - V1)/V2)) : 1
w_inf = 0.5*(1 + tanh((v - V3)/V4)) : 1
I : amp/meter**2 (constant)
"""


def rest(current, g_Ca, V3, V4, **_):
    """Return potential and gate where both currents and gate stand still."""
    v = linspace(-70, 40, 200001) * mV
    w = 0.5 * (1 + tanh((v - V3) / V4))
    m = 0.5 * (1 + tanh((v - V1) / V2))
    needed = g_L * (v - E_L) + g_Ca * m * (v - E_Ca) + g_K * w * (v - E_K)
    v = interp(array(current), array(needed), array(v)) * volt
    return v, 0.5 * (1 + tanh((v - V3) / V4))


step = 1
currents = arange(80, 230, step) * unit
# the same currents twice: starting at rest but for 0.1 mV, and far from it
class_2 = NeuronGroup(2 * len(currents), equations, method="rk4", namespace=hopf)
class_2.I = tile(currents, 2)
v_rest, w_rest = rest(currents, **hopf)
class_2.v = concatenate([v_rest + 0.1 * mV, 0 * v_rest - 50 * mV]) * volt
class_2.w = tile(w_rest, 2)
weak = arange(38, 46, 0.1) * unit
class_1 = NeuronGroup(
    len(weak),
    equations,
    threshold="v > 0*mV",
    refractory="v > -10*mV",
    method="rk4",
    namespace=saddle_node,
)
class_1.I = weak
class_1.v, class_1.w = -20 * mV, 0.1
spikes = SpikeMonitor(class_1)
duration = 4 * second
beginning = StateMonitor(class_2, "v", record=True, dt=1 * ms)
run(0.5 * second)
beginning.active = False
run(duration - 1 * second)
end = StateMonitor(class_2, "v", record=True, dt=1 * ms)
run(0.5 * second)

first, last = (ptp(m.v, axis=1).reshape(2, len(currents)) for m in (beginning, end))
rate = spikes.count / duration


def ends(firing):
    """Return the first and the last current with oscillations."""
    return currents[firing][0] / unit, currents[firing][-1] / unit


# A small oscillation about the rest grows between the Hopf bifurcations. A large one remains as
# long as the cycle exists. The currents are on a grid of 1 uA/cm^2.
growing, cycling = ends(last[0] > first[0]), ends(last[1] > 10 * mV)
print(f"rest unstable in {growing}, cycle in {cycling}, rates from {weak[rate > 0 * Hz][0] / unit}")
np.testing.assert_allclose(growing, (93.86, 212.0), atol=step)
np.testing.assert_allclose(cycling, (88.29, 217.0), atol=step)
# near the saddle-node a period is proportional to 1/sqrt(I - 39.96), arbitrarily long
np.testing.assert_allclose(weak[rate > 0 * Hz][0] / unit, 39.96, atol=0.1)
assert rate[rate > 0 * Hz][0] < 3 * Hz

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(currents / unit, last[1] / mV, "C0o", markersize=4, label="started far from rest")
left.plot(currents / unit, last[0] / mV, "C1.", markersize=4, label="started at rest")
for current in (93.86, 212):
    left.axvline(current, color="0.5", linestyle="--")
left.set(xlabel="current (µA/cm²)", ylabel="amplitude of v (mV)", title="Hopf bifurcation")
left.legend(loc="center")
right.plot(weak / unit, rate / Hz, "ko", markersize=4)
right.axvline(39.96, color="0.5", linestyle="--")
right.set(xlabel="current (µA/cm²)", ylabel="rate (Hz)", title="Saddle-node on a cycle")
plt.show()
