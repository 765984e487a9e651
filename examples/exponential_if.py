"""The exponential integrate-and-fire neuron stands for one with channels (Fourcaud-Trocme 2003).

N. Fourcaud-Trocme, D. Hansel, C. van Vreeswijk and N. Brunel, Journal of Neuroscience
23:11628-11640. With its five parameters fitted, the exponential neuron fires at nearly the rate of
the conductance-based neuron of Wang and Buzsaki. The figure shows both rates against the current,
the closed solution of the former, and its square root law near threshold. The first two are
asserted.
"""

from brainsim import *

defaultclock.dt = 0.01 * ms
n, duration = 40, 1 * second
# the same for both neurons
C, g_L, E_L = 1 * uF / cm**2, 0.1 * mS / cm**2, -65 * mV
# the fit of the paper
V_T, Delta_T, v_reset, period, v_cut = -59.9 * mV, 3.48 * mV, -68 * mV, 1.7 * ms, -30 * mV

exponential = NeuronGroup(
    n,
    """dv/dt = (g_L*(E_L - v) + g_L*Delta_T*exp((v - V_T)/Delta_T) + I)/C : volt (unless refractory)
       I : amp/meter**2 (constant)""",
    threshold="v > v_cut",
    reset="v = v_reset",
    refractory=period,
    method="euler",
)
wang_buzsaki = NeuronGroup(
    n,
    """dv/dt = (I - g_L*(v - E_L) - g_Na*m**3*h*(v - E_Na) - g_K*n_K**4*(v - E_K))/C : volt
       dh/dt = 5*(ah*(1 - h) - bh*h) : 1
       dn_K/dt = 5*(an*(1 - n_K) - bn*n_K) : 1
       m = am/(am + bm) : 1
       am = 1/exprel(-(v + 35*mV)/(10*mV))/ms : Hz
       bm = 4*exp(-(v + 60*mV)/(18*mV))/ms : Hz
       ah = 0.07*exp(-(v + 58*mV)/(20*mV))/ms : Hz
       bh = 1/(1 + exp(-(v + 28*mV)/(10*mV)))/ms : Hz
       an = 0.1/exprel(-(v + 34*mV)/(10*mV))/ms : Hz
       bn = 0.125*exp(-(v + 44*mV)/(80*mV))/ms : Hz
       I : amp/meter**2 (constant)""",
    threshold="v > -20*mV",
    refractory="v > -20*mV",
    method="rk4",
    dt=0.05 * ms,
    namespace={
        "g_Na": 35 * mS / cm**2,
        "g_K": 9 * mS / cm**2,
        "E_Na": 55 * mV,
        "E_K": -90 * mV,
    },
)
current = linspace(0.05, 2, n) * uA / cm**2
for neurons in (exponential, wang_buzsaki):
    neurons.v = E_L
    neurons.I = current
wang_buzsaki.h, wang_buzsaki.n_K = 0.8, 0.1
spikes = SpikeMonitor(exponential, record=False)
reference_spikes = SpikeMonitor(wang_buzsaki, record=False)
run(duration)
rate, reference = spikes.count / duration, reference_spikes.count / duration

# the time from reset to cut, an integral of dv / (dv/dt), plus the refractory period
v = linspace(v_reset, v_cut, 20001)
rheobase = -g_L * (E_L - V_T + Delta_T)
above = current > rheobase
slope = (g_L * (E_L - v) + g_L * Delta_T * exp((v - V_T) / Delta_T) + current[above, newaxis]) / C
theory = 1 / (period + np.trapezoid(1 / array(slope), array(v), axis=1) * second)
near = linspace(0, 0.1, 50) * uA / cm**2
square_root = sqrt(g_L * near / (2 * Delta_T)) / (pi * C)

assert not any(spikes.count[~above])
# one spike more or less fits into the second; the threshold waits up to two steps of a period T
np.testing.assert_allclose(
    rate[above] / Hz, theory / Hz, rtol=2 * float(defaultclock.dt * theory.max()), atol=1
)
# "nearly": the fit has a refractory period in place of a spike of two milliseconds; if it misses
# half a millisecond, that is 5 % of the shortest period. And one spike, as above
np.testing.assert_allclose(rate / Hz, reference / Hz, rtol=0.05, atol=1)

fig, ax = plt.subplots(figsize=(7, 5), layout="constrained")
unit = uA / cm**2
ax.plot(current / unit, reference / Hz, "o", color="0.6", label="Wang-Buzsaki neuron")
ax.plot(current / unit, rate / Hz, "C3.", label="exponential neuron")
ax.plot(current[above] / unit, theory / Hz, "C3", linewidth=0.8, label="its closed solution")
ax.plot((rheobase + near) / unit, square_root / Hz, "k--", label="square root law near threshold")
ax.set(xlabel="current (µA/cm²)", ylabel="rate (Hz)", title="Exponential integrate-and-fire")
ax.legend()
plt.show()
