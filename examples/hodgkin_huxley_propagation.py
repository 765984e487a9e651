"""The speed of the action potential in the squid axon (Hodgkin and Huxley 1952).

A. L. Hodgkin and A. F. Huxley, Journal of Physiology 117:500-544. From their equations for a patch
of membrane at 18.5 degrees they computed, by hand, that an impulse travels at 18.8 m/s along an
axon of 476 um; measured were 21.2 m/s. The figure shows the impulse at four places, and the time of
its arrival along the axon. Asserted is the computed speed.
"""

from brainsim import *

defaultclock.dt = 0.002 * ms
length, n = 6 * cm, 600
speed_up = 3 ** ((18.5 - 6.3) / 10)  # of the gates, whose rates were measured at 6.3 degrees

# depolarisation from rest is positive; exprel(x) = (exp(x) - 1)/x
axon = SpatialNeuron(
    Cylinder(diameter=476 * um, n=n, length=length),
    """Im = g_Na*m**3*h*(115*mV - v) + g_K*n_K**4*(-12*mV - v) + g_L*(10.613*mV - v) : amp/meter**2
       dm/dt = speed_up*(1/exprel(2.5 - u/10)*(1 - m) - 4*exp(-u/18)*m)/ms : 1
       dh/dt = speed_up*(0.07*exp(-u/20)*(1 - h) - h/(1 + exp(3 - u/10)))/ms : 1
       dn_K/dt = speed_up*(0.1/exprel(1 - u/10)*(1 - n_K) - 0.125*exp(-u/80)*n_K)/ms : 1
       u = v/mV : 1
       I : amp (point current)""",
    Cm=1 * uF / cm**2,
    Ri=35.4 * ohm * cm,
    method="exponential_euler",
    namespace={
        "g_Na": 120 * mS / cm**2,
        "g_K": 36 * mS / cm**2,
        "g_L": 0.3 * mS / cm**2,
    },
)
axon.m, axon.h, axon.n_K = 0.0529, 0.5961, 0.3177
trace = StateMonitor(axon, "v", record=True, dt=0.01 * ms)
axon.I[0] = 10 * uA
run(0.5 * ms)
axon.I[0] = 0 * amp
run(4 * ms)

place, height = axon.distance[:], 50 * mV
# when the rising flank passes the height, between two recorded times
first = argmax(trace.v > height, axis=1)
before, after = (trace.v[arange(n), first - back] for back in (1, 0))
arrival = trace.t[first - 1] + (height - before) / (after - before) * 0.01 * ms
# away from the electrode and from the sealed end
middle = (place > 2 * cm) & (place < 5 * cm)
slowness = polyfit(place[middle] / metre, arrival[middle] / second, 1)[0]
speed = 1 / slowness * metre / second
print(f"{speed / (metre / second):.2f} m/s")
# three digits by hand: half a unit of the last is 0.3 %. Steps of 100 um and 2 us against a front
# that rises in 0.2 ms, or 4 mm: errors of first order in time, of second in space, below 1 %
assert abs(speed / (18.8 * metre / second) - 1) < 0.013

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for k in range(75, n, 150):
    left.plot(trace.t / ms, trace.v[k] / mV, label=f"{place[k] / cm:.1f} cm")
left.set(xlabel="time (ms)", ylabel="depolarisation (mV)", title="The impulse at four places")
left.legend()
right.plot(arrival / ms, place / cm, "k")
fit = arrival[middle]
right.plot(fit / ms, (place[middle][0] + speed * (fit - fit[0])) / cm, "C1", linewidth=4, alpha=0.5)
right.set(xlabel="time of arrival (ms)", ylabel="place (cm)")
right.set_title(f"{speed / (metre / second):.1f} m/s; Hodgkin and Huxley: 18.8 m/s")
plt.show()
