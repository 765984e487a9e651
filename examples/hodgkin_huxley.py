"""A squid axon at three currents: the equations of Hodgkin and Huxley (1952).

Currents are given per area, voltages with the outside as zero. The smallest current gives no spike,
the others give trains, the faster the larger the current.
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
axon.m, axon.h, axon.n = 0.05, 0.6, 0.32  # the state of rest
axon.amplitude = [2, 7, 15] * uA / cm**2
trace = StateMonitor(axon, ["v", "m", "h", "n"], record=True)
run(80 * ms)

fig, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(8, 6), layout="constrained")
for k in range(3):
    current = axon.amplitude[k] / (uA / cm**2)
    top.plot(trace.t / ms, trace[k].v / mV, label=f"{current:.0f} µA/cm²")
top.set(ylabel="membrane potential (mV)", title="Hodgkin-Huxley axon, current from 10 to 60 ms")
top.legend(loc="upper right")
for name in ("m", "h", "n"):
    bottom.plot(trace.t / ms, getattr(trace[2], name), label=name)
bottom.set(xlabel="time (ms)", ylabel="gates at 15 µA/cm²")
bottom.legend(loc="upper right")
plt.show()
