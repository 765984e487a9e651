"""The tables of `benchmarks/`: right numbers and verdicts; what is missing stays readable."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def modules():
    """Import the scripts as they import each other, from their folder."""
    if not BENCHMARKS.exists():
        pytest.skip("the benchmarks are not in an installation")
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import engines
        import run
        import tables
        import targets

        yield {"engines": engines, "run": run, "tables": tables, "targets": targets}
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "") or "").startswith(str(BENCHMARKS)):
                del sys.modules[name]


def record(engine, run_s, precision="f64", threads=1, workload="w1", size=4000, **others):
    return {
        "kind": "run", "engine": engine, "workload": workload, "size": size, "seconds": 1.0,
        "cold": False, "precision": precision, "threads": threads, "repetition": 0,
        "run_s": run_s, **others,
    }  # fmt: skip


MACHINE = {"processor": "P", "cores": 2, "python": "3", "date": "today"}


def shown(modules, records):
    text = modules["tables"].report({"machine": MACHINE, "measurements": records}, {"w1": "CUBA"})
    return text.splitlines()


def line_of(lines, start):
    return next(line for line in lines if line.startswith(start))


def test_ratios_are_to_the_best_limit_of_the_same_kind(modules):
    lines = shown(
        modules,
        [
            record("limit w1_cuba", 1.0),
            record("limit w1_cuba-other", 0.5),
            record("limit w1_cuba", 0.25, "f32"),
            record("brainsim-c", 0.7),
            record("brainsim-c", 0.9),  # a disturbed repetition
            record("brainsim-c", 0.5, "f32"),
        ],
    )
    assert "1.40 (<= 1.5: ok)" in line_of(lines, "brainsim-c f64 1t")
    single = line_of(lines, "brainsim-c f32 1t")
    assert " 2.00 " in single
    assert "f64/f32 1.40 (>= 1.8: misses)" in single


def test_threads_are_compared_in_their_own_precision(modules):
    lines = shown(
        modules,
        [
            record("brainsim-c", 1.0, size=20_000),
            record("brainsim-c", 0.5, threads=2, size=20_000),
            record("brainsim-c", 0.6, "f32", size=20_000),
            record("brainsim-c", 0.4, "f32", threads=2, size=20_000),
            record("brainsim-c", 1.1, threads=0, size=20_000),
        ],
    )
    assert "1t/2t 2.00 (>= 1.6: ok)" in line_of(lines, "brainsim-c f64 2t")
    assert "1t/2t 1.50" in line_of(lines, "brainsim-c f32 2t")
    assert "auto/1t 1.10 (<= 1.05: misses)" in line_of(lines, "brainsim-c f64 auto")


def test_without_limit_programs_or_peers_there_is_no_ratio(modules):
    lines = shown(modules, [record("brainsim-c", 1.0)])
    assert "misses" not in line_of(lines, "brainsim-c f64 1t")


def test_an_estimate_is_compared_with_the_run(modules):
    lines = shown(modules, [record("brainsim-c", 2.0, estimated_s=3.0)])
    assert " 1.50 " in line_of(lines, "brainsim-c f64 1t")


def test_failures_are_listed_and_count_for_nothing(modules):
    lines = shown(modules, [record("brainsim-c", None, failed="no compiler") | {"run_s": None}])
    assert lines[-2:] == ["failed", "  brainsim-c f64 1t w1 run: no compiler"]


def test_nothing_measured_is_a_table_of_the_machine(modules):
    assert len(shown(modules, [])) == 1


def test_bytes_per_synapse_are_a_slope(modules):
    common = {"kind": "storage", "workload": "neither", "engine": "brainsim-c"}
    sizes = [{**common, "synapses": n, "bytes": 5e7 + 2 * n, "peak": 6e7 + 3 * n} for n in (1, 11)]
    lines = shown(modules, sizes)
    assert "resident 2.0 (<= 2.5: ok)" in lines[-1]
    assert lines[-1].endswith("peak 3.0")
    assert modules["tables"].slope(sizes[:1], "bytes") is None


def test_a_bound_itself_is_met(modules):
    target = modules["targets"].Target
    assert target(1.5).verdict(1.5) == target(1.6, least=True).verdict(1.6) == "ok"
    assert target(1.5).verdict(None) == ""


def test_what_is_measured_already_is_known_again(modules):
    job = modules["engines"].Job("run", "limit", "w1", 4000, 1.0)
    known = modules["run"].measured_already
    assert known([record("limit w1_cuba", 1.0)], job)
    assert not known([record("limit w1_cuba", 1.0, threads=2)], job)
    assert not known([record("limit w1_cuba", 1.0, failed="it did")], job)
    assert not known([record("brainsim-c", 1.0)], job)
