"""How fast synapses are made, and how many bytes they take.

    python benchmarks/connect.py                            brainsim
    python benchmarks/connect.py --engine brian2            with an interpreter that has Brian2
    python benchmarks/connect.py --forms probability pairs --size 4000

One process per form, on all cores that it may use. *connect* is the call of `connect()`, *order*
what brainsim does once before the first run: sorting by source, and the table of rows (not timed
for Brian2). The best of several repetitions counts; memory is what the process has gained after the
first one. *CPU* is what one core would need. *weights* is a string assignment to a float32
variable, in ns per synapse and core. Code that Brian2 compiles is compiled for a small network
first, so that it is not timed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

Arguments = dict[str, Any]

# millions of synapses per second that a form should reach, in one thread
TARGETS = {
    "all": 100,
    "probability": 20,
    "pairs": 20,
    "sorted pairs": 20,
    "outdegree": 20,
    "indegree": 20,
    "total": 20,
}

# forms that Brian2 does not have
OWN = ("total", "in_degree", "in_degree, repeated", "out_degree", "out_degree, repeated")


# what is measured in seconds
TIMES = ("connect", "order", "cpu", "weights")


def forms(n: int) -> dict[str, Arguments]:
    """Return the arguments of connect() for two groups of n neurons, by name."""
    random = np.random.default_rng(1)
    i, j = random.integers(0, n, (2, max(n * n // 16, 1)))
    return {
        "all": {},
        "probability": {"p": 0.1},
        "own probability": {"p": "0.2*x_pre"},
        "condition": {"condition": "i != j"},
        "condition, probability": {"condition": "i != j", "p": 0.1},
        "distance": {"condition": "abs(x_pre - x_post) < 0.05"},
        "pairs": {"i": i, "j": j},
        "sorted pairs": {"i": np.sort(i), "j": j},
        "range": {"j": "k for k in range(i - 500, i + 500) if k != i", "skip_if_invalid": True},
        "outdegree": {"j": f"k for k in sample(N_post, size={n // 10})"},
        "indegree": {"i": f"k for k in sample(N_pre, size={n // 10})"},
        "total": {"total": n * n // 10},
        "in_degree": {"in_degree": n // 10},
        "in_degree, repeated": {"in_degree": n // 10, "multapses": True},
        "out_degree": {"out_degree": n // 10},
        "out_degree, repeated": {"out_degree": n // 10, "multapses": True},
    }


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line
    )
    return int(line.split()[1]) * 1024


def make(b: Any, n: int, arguments: Arguments) -> dict[str, float]:
    """Connect two groups once; return seconds, bytes and the number of synapses."""
    source = b.NeuronGroup(n, "x : 1", threshold="x > 2", reset="x = 0")
    target = b.NeuronGroup(n, "x : 1\nv : 1")
    source.x, target.x = np.random.default_rng(2).random((2, n))
    synapses = b.Synapses(source, target, "w : 1", on_pre="v_post += w", dtype=np.float32)
    memory = resident()
    start, cpu = time.perf_counter(), time.process_time()
    synapses.connect(**arguments)
    made = time.perf_counter()
    if b.__name__ == "brainsim":
        synapses.before_run()
        synapses.pathways["pre"].table()
    found = {
        "connect": made - start,
        "order": time.perf_counter() - made,
        "cpu": time.process_time() - cpu,
        "synapses": len(synapses),
        "bytes": resident() - memory,
    }
    cpu = time.process_time()
    synapses.w = "2*(1 + 0.1*randn())"
    return found | {"weights": time.process_time() - cpu}


def measure(engine: str, form: str, n: int, repetitions: int) -> dict[str, float]:
    """Return the least times of several repetitions, and the memory of the first one."""
    b = importlib.import_module(engine)
    make(b, 20, forms(20)[form])
    arguments = forms(n)[form]
    found = [make(b, n, arguments) for _ in range(repetitions)]
    return found[0] | {key: min(one[key] for one in found) for key in TIMES}


def main() -> None:
    """Measure each form in a process of its own and print a table."""
    parser = argparse.ArgumentParser(description="Measure how fast synapses are made.")
    parser.add_argument("--engine", choices=("brainsim", "brian2"), default="brainsim")
    parser.add_argument("--forms", nargs="+", choices=list(forms(20)), default=list(forms(20)))
    parser.add_argument("--size", type=int, default=12_500, help="neurons of each group")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    choice = parser.parse_args()
    if choice.here:
        result = measure(choice.engine, choice.forms[0], choice.size, choice.repetitions)
        print(json.dumps(result))
        return
    print(
        f"{'form':<24}{'synapses':>12}{'connect s':>11}{'order s':>9}{'M/s':>8}{'M/CPU s':>9}"
        f"{'target':>8}{'bytes':>7}{'weights':>9}"
    )
    known = [form for form in choice.forms if choice.engine == "brainsim" or form not in OWN]
    for form in known:
        command = [sys.executable, __file__, "--here", "--engine", choice.engine, "--forms", form]
        command += ["--size", str(choice.size), "--repetitions", str(choice.repetitions)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        r = json.loads(printed.splitlines()[-1])
        rate = r["synapses"] / (r["connect"] + r["order"]) / 1e6
        n = max(r["synapses"], 1)
        print(
            f"{form:<24}{r['synapses']:>12}{r['connect']:>11.3f}{r['order']:>9.3f}{rate:>8.1f}"
            f"{r['synapses'] / r['cpu'] / 1e6:>9.1f}{TARGETS.get(form, ''):>8}"
            f"{r['bytes'] / n:>7.1f}{r['weights'] / n * 1e9:>9.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
