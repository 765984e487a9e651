"""Text tables and a plot. Input: records of engines.py. Output: lines. Does not: measure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from targets import Target

Record = dict[str, Any]

MISSING = "-"


def of_kind(records: Iterable[Record], kind: str) -> list[Record]:
    """Return the successful records of a kind."""
    return [record for record in records if record["kind"] == kind and "failed" not in record]


def least(records: Iterable[Record], key: str) -> float | None:
    """Return the smallest value: on a shared machine the least disturbed measurement."""
    return min((r[key] for r in records if r.get(key) is not None), default=None)


def number(value: float | None, form: str) -> str:
    """Format a number that may be missing."""
    return MISSING if value is None else format(value, form)


def ratio(value: float | None, reference: float | None) -> float | None:
    """Divide where both are known."""
    return value / reference if value is not None and reference else None


def judged(value: float | None, target: Target | None, form: str = ".2f") -> str:
    """Return a value with its target and whether it is met."""
    text = number(value, form)
    if target is None:
        return text
    return f"{text} ({target.text()}: {target.verdict(value)})" if value is not None else text


# ---------------------------------------------------------------------------------------- run loops


class Loops:
    """The run loops of one network.

    Args:
        records: All its records.
    """

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.workload, self.size = records[0]["workload"], records[0]["size"]
        self.seconds = records[0]["seconds"]

    def of(self, engine: str, precision: str, threads: int) -> list[Record]:
        """Return the repetitions of one measurement; "limit" means every limit program."""
        return [
            record
            for record in self.records
            if (record["engine"] == engine or record["engine"].split()[0] == engine)
            and (record["precision"], record["threads"]) == (precision, threads)
        ]

    def time(self, engine: str, precision: str = "f64", threads: int = 1) -> float | None:
        """Return the least time, seconds; of limit programs that of the fastest."""
        return least(self.of(engine, precision, threads), "run_s")

    def variants(self) -> list[tuple[str, str, int]]:
        """Return what was measured: the limit programs, brainsim, then the others."""
        found = {(r["engine"], r["precision"], r["threads"]) for r in self.records}
        rank = {"limit": 0, "brainsim": 1}

        def place(key: tuple[str, str, int]) -> tuple[int, str, int, str]:
            first = key[0].replace("-", " ").split()[0]
            return rank.get(first, 2), key[0], key[2] or 99, "" if key[1] == "f64" else key[1]

        return sorted(found, key=place)

    def remark(self, engine: str, precision: str, threads: int) -> str:
        """Return what a measurement gains by precision or threads, with the target of brainsim."""
        one, here = self.time(engine), self.time(engine, precision, threads)
        ours = engine.startswith("brainsim")
        if (precision, threads) == ("f64", 1):
            return ""
        if (precision, threads) == ("f32", 1):
            target = targets.SINGLE_PRECISION.get(self.workload) if ours else None
            return f"f64/f32 {judged(ratio(one, here), target)}"
        if threads == 0:
            return f"auto/1t {judged(ratio(here, one), targets.AUTOMATIC)}"
        key = (self.workload, self.size)
        target = targets.TWO_THREADS.get(key) if ours and precision == "f64" else None
        one = self.time(engine, precision)
        return f"1t/{threads}t {judged(ratio(one, here), target)}"

    def against_ours(self, engine: str, precision: str, threads: int) -> str:
        """Return a time as a multiple of ours; of peers, whether it is as large as wanted."""
        base = self.time("brainsim-c")
        value = ratio(self.time(engine, precision, threads), base)
        if engine.startswith(("limit", "brainsim")) or (precision, threads) != ("f64", 1):
            return number(value, ".2f")
        target = targets.FASTER_THAN_PEER
        if engine == "brian2-standalone":
            target = targets.FASTER_THAN_STANDALONE.get(self.workload, target)
        return judged(value, target)

    def rows(self) -> Iterator[str]:
        """Yield one line per measurement."""
        for engine, precision, threads in self.variants():
            rs = self.of(engine, precision, threads)
            seconds = least(rs, "run_s")
            if seconds is None:
                continue
            # a thread number that the engine chose is compared with one thread
            limit = self.time("limit", precision, threads or 1)
            plain = engine.startswith("brainsim") and (precision, threads) == ("f64", 1)
            target = targets.LIMIT_RATIO.get(self.workload) if plain else None
            name = f"{engine} {precision} {f'{threads}t' if threads else 'auto'}"
            spread = median(record["run_s"] for record in rs) / seconds
            rates = [record["rate_hz"] for record in rs if "rate_hz" in record]
            repeat = ratio(least(rs, "repeat_s"), 1e-3)
            peak = ratio(least(rs, "peak_bytes"), 2**20)
            estimate = ratio(least(rs, "estimated_s"), seconds)
            against = "" if engine.startswith("limit") else judged(ratio(seconds, limit), target)
            yield (
                f"{name:34} {seconds:9.4f} {spread:7.2f}  {against:24} "
                f"{self.remark(engine, precision, threads):32} "
                f"{self.against_ours(engine, precision, threads):18} "
                f"{number(median(rates) if rates else None, '7.2f'):>7} "
                f"{number(repeat, '9.2f'):>9} {number(estimate, '7.2f'):>7} "
                f"{number(peak, '7.0f'):>7} {len(rs):4d}"
            )


def run_table(records: list[Record], titles: dict[str, str]) -> Iterator[str]:
    """Yield the run loops, with ratios to the limit programs and what was to be reached."""
    groups: dict[tuple[str, int], list[Record]] = {}
    for record in of_kind(records, "run"):
        groups.setdefault((record["workload"], record["size"]), []).append(record)
    if groups:
        yield (
            f"{'run loop':34} {'run s':>9} {'med/min':>7}  {'/limit, same kind':24} "
            f"{'threads, precision':32} {'/bs f64':18} {'rate':>7} {'repeat ms':>9} {'est/run':>7} "
            f"{'peak MB':>7} {'reps':>4}"
        )
    for (workload, size), found in sorted(groups.items()):
        loops = Loops(found)
        yield f"--- {workload} {titles.get(workload, '')}: {size} neurons, {loops.seconds:g} s"
        yield from loops.rows()


# ------------------------------------------------------------------------------------ other figures


def first_table(records: list[Record], titles: dict[str, str]) -> Iterator[str]:
    """Yield the times from the launch of the process to the end of the first step."""
    found = of_kind(records, "first")
    for workload in dict.fromkeys(r["workload"] for r in found):
        yield f"first step, s from launch: {workload} {titles.get(workload, '')}"
        for engine in dict.fromkeys(r["engine"] for r in found if r["workload"] == workload):
            rs = [r for r in found if (r["workload"], r["engine"]) == (workload, engine)]
            cold = least((r for r in rs if r["cold"]), "first_step_s")
            warm = least((r for r in rs if not r["cold"]), "first_step_s")
            ours = engine.startswith("brainsim")
            cold_aim = {"w1": targets.FIRST_COLD, "many": targets.MANY_COLD}.get(workload)
            warm_aim = {"w1": targets.FIRST_WARM}.get(workload)
            yield (
                f"  {engine:24} cold {judged(cold, cold_aim if ours else None):24} "
                f"warm {judged(warm, warm_aim if ours else None):24} "
                f"import {number(least(rs, 'import_s'), '.3f')}, "
                f"connect {number(least(rs, 'connect_s'), '.3f')}"
            )


def slope(records: list[Record], key: str) -> float | None:
    """Return bytes per synapse between the smallest and the largest network."""
    known = sorted((record["synapses"], record[key]) for record in records)
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return None
    return float((known[-1][1] - known[0][1]) / (known[-1][0] - known[0][0]))


def storage_table(records: list[Record]) -> Iterator[str]:
    """Yield bytes per synapse: resident after the first step, and at the peak."""
    found = of_kind(records, "storage")
    if found:
        yield "bytes per synapse"
    for kind in dict.fromkeys(record["workload"] for record in found):
        rs = [record for record in found if record["workload"] == kind]
        resident = judged(slope(rs, "bytes"), targets.STORAGE.get(kind), ".1f")
        yield f"  {kind:24} resident {resident:24} peak {number(slope(rs, 'peak'), '.1f')}"


def build_table(records: list[Record]) -> Iterator[str]:
    """Yield how many synapses are made in a second, ordering included."""
    found = of_kind(records, "build")
    if found:
        yield "synapses made, millions per second"
    for record in found:
        speed = record["synapses"] / (record["connect"] + record["order"]) / 1e6
        yield (
            f"  {record['workload']:24} {judged(speed, targets.BUILDING, '.1f'):24} "
            f"({record['synapses'] / 1e6:.1f} million)"
        )


def full_table(records: list[Record]) -> Iterator[str]:
    """Yield the full-scale microcircuit, beside the limit program of the same threads."""
    found = of_kind(records, "full")
    ours = [r for r in found if r["engine"].startswith("brainsim")]
    limits = {r["threads"]: r for r in found if r["engine"].startswith("limit")}
    if ours:
        yield (
            f"microcircuit, {ours[0]['neurons']} neurons, {ours[0]['synapses'] / 1e6:.0f} million "
            "synapses, f32"
        )
    one = least((r for r in ours if r["threads"] == 1), "run_per_second")
    for record in ours:
        threads = record["threads"]
        limit = limits.get(threads)
        aim = targets.FULL_LIMIT if threads > 1 else None
        build = ratio(record["build_s"], limit["connect_s"]) if limit else None
        run = ratio(record["run_per_second"], limit["run_s"] / limit["seconds"]) if limit else None
        gain = ratio(one, record["run_per_second"]) if threads > 1 else None
        faster = f", 1t/{threads}t {judged(gain, targets.FULL_TWO_THREADS)}" if gain else ""
        yield (
            f"  {threads} thread(s): built in {record['build_s']:.1f} s (/limit "
            f"{judged(build, aim)}), {record['run_per_second']:.2f} s per second (/limit "
            f"{judged(run, aim)}){faster}, peak in GB "
            f"{judged(record['peak_bytes'] / 1e9, targets.FULL_PEAK)}, {record['rate_hz']:.2f} Hz"
        )


def growth_table(records: list[Record]) -> Iterator[str]:
    """Yield the costs per neuron and per synaptic event by number of neurons."""
    found = sorted(of_kind(records, "growth"), key=lambda record: record["size"])
    if found:
        yield f"growth {'neurons':>10} {'synapses':>11} {'ns/neuron':>10} {'ns/event':>9} {'GB':>6}"
    for r in found:
        yield (
            f"       {r['size']:10d} {r['synapses']:11d} {r['ns_per_neuron']:10.2f} "
            f"{r['ns_per_event']:9.2f} {r['peak_bytes'] / 1e9:6.2f}"
        )


def failure_table(records: list[Record]) -> Iterator[str]:
    """Yield what did not run, each reason once."""
    reasons = {
        f"  {r['engine']} {r['precision']} {r['threads']}t {r['workload']} {r['kind']}: "
        f"{r['failed']}"
        for r in records
        if "failed" in r
    }
    if reasons:
        yield "failed"
        yield from sorted(reasons)


def report(content: dict[str, Any], titles: dict[str, str]) -> str:
    """Return all tables as one text.

    Args:
        content: What run.py has written: the machine, and the measurements.
        titles: Key of a workload -> what it is.
    """
    about, records = content["machine"], content["measurements"]
    heading = (
        f"{about['processor']}, {about['cores']} cores; {about.get('compiler', '')}; Python "
        f"{about['python']}; {about.get('commit', '')}; {about['date']}"
    )
    parts = (
        run_table(records, titles),
        first_table(records, titles),
        storage_table(records),
        build_table(records),
        full_table(records),
        growth_table(records),
        failure_table(records),
    )
    return "\n\n".join([heading, *(text for part in parts if (text := "\n".join(part)))])


def plot_growth(records: list[Record], path: Path) -> None:
    """Draw the costs per neuron and per synaptic event by number of neurons, if there are any."""
    found = sorted(of_kind(records, "growth"), key=lambda record: record["size"])
    if not found:
        return
    import matplotlib as mpl

    mpl.use("svg")
    # the same figures give the same file
    mpl.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
    sizes = [record["size"] for record in found]
    for key, label in (
        ("ns_per_neuron", "neuron in a step"),
        ("ns_per_event", "synaptic event"),
    ):
        axes.plot(sizes, [record[key] for record in found], "o-", label=label)
    axes.set(xscale="log", xlabel="neurons, 100 synapses each", ylabel="time, ns", ylim=(0, None))
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
