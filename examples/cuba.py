"""CUBA: 4000 integrate-and-fire neurons with exponential current synapses (Vogels & Abbott 2005).

T. P. Vogels and L. F. Abbott, Journal of Neuroscience 25:10786-10795; benchmark 2 of R. Brette et
al., Journal of Computational Neuroscience 23:349-398 (2007). One second of a randomly connected
network of 3200 excitatory and 800 inhibitory neurons. Prints what was simulated and how long it
took, and writes the raster with the population rate below it. Asserted is the state that the paper
describes: each neuron fires at a few Hz, irregularly, and all of them asynchronously.

    python examples/cuba.py [--show] [--out cuba.png]
"""

import argparse
import time

from brainsim import *


def build(n: int = 4000):
    """Return the objects of the network: neurons, two projections, two monitors."""
    eqs = """
    dv/dt  = (ge + gi - (v - El))/taum : volt (unless refractory)
    dge/dt = -ge/taue : volt
    dgi/dt = -gi/taui : volt
    """
    namespace = {
        "taum": 20 * ms,
        "taue": 5 * ms,
        "taui": 10 * ms,
        "El": -49 * mV,
        "Vt": -50 * mV,
        "Vr": -60 * mV,
    }
    neurons = NeuronGroup(
        n,
        eqs,
        threshold="v > Vt",
        reset="v = Vr",
        refractory=5 * ms,
        method="exact",
        namespace=namespace,
        name="neurons",
    )
    neurons.v = "Vr + rand()*(Vt - Vr)"
    n_excitatory = int(0.8 * n)
    excitatory = Synapses(
        neurons[:n_excitatory], neurons, on_pre="ge += 1.62*mV", name="excitatory"
    )
    inhibitory = Synapses(neurons[n_excitatory:], neurons, on_pre="gi -= 9*mV", name="inhibitory")
    excitatory.connect(p=0.02)
    inhibitory.connect(p=0.02)
    return neurons, excitatory, inhibitory, SpikeMonitor(neurons), PopulationRateMonitor(neurons)


def check(spikes, n: int) -> None:
    """Assert that the activity is slow, irregular and asynchronous."""
    order = lexsort((spikes.t_[:], spikes.i[:]))
    neuron, time = spikes.i[order], spikes.t_[order]
    intervals = diff(time)[diff(neuron) == 0]
    # CV of all intervals: 0 for clocks, 1 for Poisson processes of one rate
    assert std(intervals) / mean(intervals) > 0.8
    settled = spikes.t > 100 * ms
    assert 3 < sum(settled) / n / 0.9 < 10
    # in a millisecond independent neurons give a number of spikes with a spread of its square root;
    # shared inputs add to that, while a rhythm of all would make it as large as the number itself
    number = bincount((spikes.t[settled] / ms - 100).astype(int), minlength=900)
    assert std(number) < 0.5 * mean(number)


def draw(spikes, rate, path: str) -> None:
    """Write the raster with the population rate below it."""
    fig, (top, bottom) = plt.subplots(
        2, 1, sharex=True, figsize=(9, 6), height_ratios=[3, 1], layout="constrained"
    )
    shown = spikes.i % 4 == 0
    top.plot(spikes.t[shown] / ms, spikes.i[shown], ".k", markersize=1)
    top.set(ylabel="neuron", title="CUBA network", ylim=(0, None))
    bottom.plot(rate.t / ms, rate.smooth_rate(width=2 * ms) / Hz, "k", linewidth=0.8)
    bottom.set(xlabel="time (ms)", ylabel="rate (Hz)", xlim=(0, float(rate.t[-1] / ms)))
    fig.savefig(path, dpi=120)


def main() -> None:
    """Run the network for one second."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", default="cuba.png", help="where the picture is written")
    parser.add_argument("--show", action="store_true", help="also open a window")
    args = parser.parse_args()
    seed(4321)
    begun = time.perf_counter()
    neurons, excitatory, inhibitory, spikes, rate = build()
    built = time.perf_counter()
    network = Network(neurons, excitatory, inhibitory, spikes, rate)
    network.run(0 * ms)
    prepared = time.perf_counter()
    network.run(1 * second, report="bar")
    done = time.perf_counter()
    n_synapses = len(excitatory) + len(inhibitory)
    print(f"neurons      {len(neurons)}")
    print(f"synapses     {n_synapses}")
    print(f"mean rate    {spikes.num_spikes / len(neurons) / 1.0:.2f} Hz")
    print(f"build        {built - begun:.3f} s")
    print(f"compile      {prepared - built:.3f} s")
    print(f"run          {done - prepared:.3f} s for 1 s of biological time")
    check(spikes, len(neurons))
    draw(spikes, rate, args.out)
    print(f"picture      {args.out}")
    if args.show:
        plt.show()


if __name__ == "__main__":
    main()
