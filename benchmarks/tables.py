"""Text tables. Input: records of engines.py. Output: lines to print. Does not: measure."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = dict[str, Any]
Groups = dict[tuple[str, str], list[Record]]

MISSING = "-"


def grouped(records: list[Record], kind: str) -> Groups:
    """Collect the successful records of a kind by workload and engine."""
    groups: Groups = defaultdict(list)
    for record in records:
        if record["kind"] == kind and "failed" not in record:
            groups[record["workload"], record["engine"]].append(record)
    return groups


def least(records: list[Record], key: str) -> float | None:
    """Return the smallest value: on a shared machine the least disturbed measurement."""
    values = [record[key] for record in records if record.get(key) is not None]
    return min(values) if values else None


def number(value: float | None, form: str) -> str:
    """Format a number that may be missing."""
    return MISSING if value is None else format(value, form)


def ratio(value: float | None, reference: float | None) -> float | None:
    """Divide where both are known."""
    return value / reference if value is not None and reference else None


def run_table(records: list[Record], titles: dict[str, str]) -> Iterator[str]:
    """Yield the run loops, fastest first, with ratios to the limit and to Brian2 standalone."""
    groups = grouped(records, "run")
    times = {key: found for key, rs in groups.items() if (found := least(rs, "run_s")) is not None}
    yield (
        f"{'run loop':26} {'run s':>9} {'med/min':>7} {'cpu s':>8} {'/limit':>7} {'/b2 alone':>9} "
        f"{'rate Hz':>8} {'synapses':>9} {'connect':>8} {'repeat ms':>9} {'peak MB':>8} {'reps':>4}"
    )
    for workload in sorted({key[0] for key in times}):
        of_workload = {engine: t for (name, engine), t in times.items() if name == workload}
        limits = [t for engine, t in of_workload.items() if engine.startswith("limit")]
        limit, standalone = min(limits, default=None), of_workload.get("brian2-standalone")
        first = next(rs[0] for (name, _), rs in groups.items() if name == workload)
        yield (
            f"--- {workload} {titles.get(workload, '')}: "
            f"{first['size']} neurons, {first['seconds']:g} s"
        )
        for engine, seconds in sorted(of_workload.items(), key=lambda item: item[1]):
            rs = groups[workload, engine]
            spread = median([record["run_s"] for record in rs]) / seconds
            rate = median([r["rate_hz"] for r in rs]) if "rate_hz" in rs[0] else None
            repeat, peak = least(rs, "repeat_s"), least(rs, "peak_bytes")
            yield (
                f"{engine:26} {seconds:9.4f} {spread:7.2f} {number(least(rs, 'cpu_s'), '8.3f'):>8} "
                f"{number(ratio(seconds, limit), '7.2f'):>7} "
                f"{number(ratio(seconds, standalone), '9.2f'):>9} {number(rate, '8.2f'):>8} "
                f"{number(least(rs, 'synapses'), '9.0f'):>9} "
                f"{number(least(rs, 'connect_s'), '8.3f'):>8} "
                f"{number(ratio(repeat, 1e-3), '9.2f'):>9} "
                f"{number(ratio(peak, 2**20), '8.0f'):>8} {len(rs):4d}"
            )


def first_table(records: list[Record]) -> Iterator[str]:
    """Yield the times from the launch of the process to the end of the first step."""
    groups = grouped(records, "first")
    if not groups:
        return
    yield f"{'first step, s from launch':26} {'cold':>8} {'warm':>8} {'import':>8} {'connect':>8}"
    old = ""
    for (workload, engine), rs in sorted(groups.items()):
        if workload != old:
            yield f"--- {workload}"
            old = workload
        cold = least([record for record in rs if record["cold"]], "first_step_s")
        warm = least([record for record in rs if not record["cold"]], "first_step_s")
        yield (
            f"{engine:26} {number(cold, '8.2f'):>8} {number(warm, '8.2f'):>8} "
            f"{number(least(rs, 'import_s'), '8.3f'):>8} "
            f"{number(least(rs, 'connect_s'), '8.3f'):>8}"
        )


def slope(records: list[Record], key: str) -> float | None:
    """Return bytes per synapse between the smallest and the largest network."""
    known: list[tuple[float, float]] = sorted(
        (record["synapses"], record[key])
        for record in records
        if record.get(key) is not None and record.get("synapses")
    )
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return None
    return (known[-1][1] - known[0][1]) / (known[-1][0] - known[0][0])


def memory_table(records: list[Record]) -> Iterator[str]:
    """Yield bytes per synapse: resident after the first step, and at the peak."""
    groups = grouped(records, "memory")
    if not groups:
        return
    yield f"{'bytes per synapse':26} {'resident':>9} {'peak':>9} {'synapses, two sizes':>24}"
    old = ""
    for (workload, engine), rs in sorted(groups.items()):
        if workload != old:
            yield f"--- {workload}"
            old = workload
        sizes = sorted({record["synapses"] for record in rs if record.get("synapses")})
        yield (
            f"{engine:26} {number(slope(rs, 'prepared_bytes'), '9.1f'):>9} "
            f"{number(slope(rs, 'peak_bytes'), '9.1f'):>9} "
            f"{' and '.join(f'{size:.0f}' for size in sizes):>24}"
        )


def failure_table(records: list[Record]) -> Iterator[str]:
    """Yield what did not run, each reason once."""
    reasons = {
        f"{r['engine']:26} {r['workload']} {r['kind']}: {r['failed']}"
        for r in records
        if "failed" in r
    }
    if reasons:
        yield "failed"
        yield from sorted(reasons)


def report(records: list[Record], titles: dict[str, str]) -> str:
    """Return all tables as one text."""
    parts = (
        run_table(records, titles),
        first_table(records),
        memory_table(records),
        failure_table(records),
    )
    return "\n\n".join(text for part in parts if (text := "\n".join(part)))
