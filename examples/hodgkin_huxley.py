"""A squid axon at several currents: the equations of Hodgkin and Huxley (1952).

A. L. Hodgkin and A. F. Huxley, Journal of Physiology 117:500-544. Currents are given per area,
voltages with the outside as zero. The figure shows no spike, a train and a faster one at three
currents, the gates, and the rate. Asserted are the state of rest, the current of 6.2 uA/cm^2 from
which the axon fires on and on (J. Rinzel, Federation Proceedings 37:2793, 1978), and that it does
so at 50 Hz at once: the rate does not start at zero.
"""

from brainsim import *

defaultclock.dt = 0.02 * ms

Cm = 1 * uF / cm**2
g_Na, g_K, g_L = 120 * mS / cm**2, 36 * mS / cm**2, 0.3 * mS / cm**2
E_Na, E_K, E_L = 50 * mV, -77 * mV, -54.4 * mV

# exprel(x) = (exp(x) - 1)/x needs no special case at x = 0
eqs = """
dv/dt = (I - g_Na*m**3*h*(v - E_Na) - g_K*n**4*(v - E_K) - g_L*(v - E_L))/Cm : volt
dm/dt = am*(1 - m) - bm*m : 1
dh/dt = ah*(1 - h) - bh*h : 1
dn/dt = an*(1 - n) - bn*n : 1
am = 1/exprel(-(v + 40*mV)/(10*mV))/ms : Hz
bm = 4*exp(-(v + 65*mV)/(18*mV))/ms : Hz
ah = 0.07*exp(-(v + 65*mV)/(20*mV))/ms : Hz
bh = 1/(1 + exp(-(v + 35*mV)/(10*mV)))/ms : Hz
an = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms : Hz
bn = 0.125*exp(-(v + 65*mV)/(80*mV))/ms : Hz
I = amplitude*int(t >= 10*ms and t < 60*ms) : amp/meter**2
amplitude : amp/meter**2 (constant)
"""
axon = NeuronGroup(3, eqs, method="exponential_euler")
axon.v = -65 * mV
# the gates where they stand still
axon.m, axon.h, axon.n = "am/(am + bm)", "ah/(ah + bh)", "an/(an + bn)"
axon.amplitude = [2, 7, 15] * uA / cm**2
trace = StateMonitor(axon, ["v", "m", "h", "n"], record=True)
# the same for half a second at many currents
curve = NeuronGroup(
    61,
    eqs.replace("int(t >= 10*ms and t < 60*ms)", "1"),
    threshold="v > 0*mV",
    refractory="v > -40*mV",
    method="exponential_euler",
)
curve.v = -65 * mV
curve.m, curve.h, curve.n = "am/(am + bm)", "ah/(ah + bh)", "an/(an + bn)"
curve.amplitude = linspace(5, 11, 61) * uA / cm**2
spikes = SpikeMonitor(curve)
run(80 * ms)

# without current all stands still; constants of three digits give it three digits
before = trace.t < 10 * ms
np.testing.assert_allclose(trace.v[:, before] / mV, -65, atol=0.05)
for name, value in (("m", 0.053), ("h", 0.596), ("n", 0.318)):
    np.testing.assert_allclose(getattr(trace, name)[:, before], value, atol=0.0015)
run(420 * ms)
rate = array([sum((spikes.i == k) & (spikes.t > 200 * ms)) for k in range(61)]) / (300 * ms)
onset = curve.amplitude[rate > 0 * Hz][0] / (uA / cm**2)
print(f"repetitive firing from {onset:.2f} uA/cm^2 on, at {rate[rate > 0 * Hz][0] / Hz:.0f} Hz")
# the currents are 0.1 apart, and the published one has two digits
assert abs(onset - 6.2) < 0.1 + 0.05
assert rate[rate > 0 * Hz][0] > 45 * Hz

fig, (top, bottom, last) = plt.subplots(3, 1, figsize=(8, 8), layout="constrained")
bottom.sharex(top)
top.set_xlim(0, 80)
for k in range(3):
    current = axon.amplitude[k] / (uA / cm**2)
    top.plot(trace.t / ms, trace[k].v / mV, label=f"{current:.0f} µA/cm²")
top.set(ylabel="membrane potential (mV)", title="Hodgkin-Huxley axon, current from 10 to 60 ms")
top.legend(loc="upper right")
for name in ("m", "h", "n"):
    bottom.plot(trace.t / ms, getattr(trace[2], name), label=name)
bottom.set(xlabel="time (ms)", ylabel="gates at 15 µA/cm²")
bottom.legend(loc="upper right")
last.plot(curve.amplitude / (uA / cm**2), rate / Hz, "ko", markersize=4)
last.axvline(6.2, color="0.5", linestyle="--")
last.set(xlabel="current (µA/cm²)", ylabel="rate (Hz)", title="Sustained firing")
plt.show()
