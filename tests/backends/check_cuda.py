"""Compare kernels and whole models on a GPU with C, and measure CUBA networks. No test of pytest's.

    python3 tests/backends/check_cuda.py [--emulate] [--arch 90] [--no-speed] [MODEL ...]

With --emulate, g++ and an emulation stand for nvcc and a GPU. One line per model says whether all
arrays agree in every bit (or, where terms of sums differ, to rounding); lines below say where not.
The exit status is the number of models that fail.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "support"), str(HERE.parents[1])]

import cuda_models  # noqa: E402 - the paths stand above
import kernels_at_random as at_random  # noqa: E402
import kernels_by_hand as by_hand  # noqa: E402
import numpy as np  # noqa: E402
from cuda_running import (  # noqa: E402
    TAIL,
    CudaDevice,
    Memory,
    compile_emulated,
    compile_nvcc,
    differences,
    nvcc,
    state_of,
)
from running import CLOCK, KERNEL, Clock, Share, address_in, run_native, ulps  # noqa: E402

import brainsim as b  # noqa: E402
from brainsim.codegen import toolchain  # noqa: E402
from brainsim.codegen.printers import c, cuda  # noqa: E402
from brainsim.codegen.printers.about import kernel_buffers  # noqa: E402
from brainsim.codegen.printers.c import kernel_symbol  # noqa: E402
from brainsim.lowering import lower_network  # noqa: E402
from brainsim.model.device import active_device, use_device  # noqa: E402
from brainsim.program import ScheduledKernel  # noqa: E402

DURATION = 100 * b.ms
# what sums of at most 200 terms and 1000 steps may differ by, relative to the largest value
ROUNDING = 200 * 1000 * float(np.finfo(float).eps)
HOST = active_device()
SPEED = ((4000, 0.02), (40_000, 0.002), (400_000, 0.0002))


def say(*words: object, sep: str = " ") -> None:
    """Print at once."""
    print(*words, sep=sep, flush=True)  # noqa: T201 - this is what the script is for


class Builder:
    """Compiles texts, each once.

    Args:
        folder: Where.
        emulate: Whether g++ does.
        arch: Kind of GPU.
    """

    def __init__(self, folder: Path, *, emulate: bool, arch: str) -> None:
        self.folder, self.emulate, self.arch = folder, emulate, arch
        self.paths: dict[str, Path] = {}

    def compile(self, text: str) -> str:
        """Compile a text; return what the compiler said."""
        path = self.paths.setdefault(text, self.folder / f"unit{len(self.paths)}.so")
        if path.exists():
            return ""
        if self.emulate:
            return compile_emulated(text, path)
        return compile_nvcc(text, path, self.arch)

    def __call__(self, text: str) -> ctypes.CDLL:
        """Return the library of a text."""
        said = self.compile(text)
        if said:
            say("   nvcc says:", said[:2000])
        return ctypes.CDLL(str(self.paths[text]))


def source_of(network: Any) -> str:
    """Return the text of a network, as the device will ask for it."""
    network.before_run()
    return lower_network(network, {}, share=False, tile=False).program.source("cuda") + TAIL


def apart(what: str, work: Callable[[], int], seconds: float) -> int:
    """Do something in a process of its own, so that what goes wrong in it harms nothing else.

    Args:
        what: Its name.
        work: Returns how much fails.
        seconds: It is ended when it takes longer.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        failed = 1
        try:
            failed = work()
        except BaseException:  # noqa: BLE001 - whatever it is, the next one is to be run
            say(f"FAIL   {what}: an exception", traceback.format_exc(limit=8), sep="\n")
        finally:
            sys.stdout.flush()
            os._exit(min(failed, 100))
    end = time.perf_counter() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.perf_counter() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            say(f"FAIL   {what} did not end within {seconds:g} s")
            return 1
        time.sleep(0.02)
    if os.WIFSIGNALED(status):
        say(f"FAIL   {what} died of signal {os.WTERMSIG(status)}")
        return 1
    return os.waitstatus_to_exitcode(status)


# ------------------------------------------------------------------------------------------ kernels


def all_kernels() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return kernels by hand and at random, with what they run on."""
    found = {}
    for name, example in by_hand.EXAMPLES.items():
        content = example.arrays(np.random.default_rng(5))
        found[f"hand_{name}"] = (example.kernel, content)
    for seed in range(64):
        found[f"exact_{seed}"] = (at_random.kernel(seed), at_random.arrays(seed))
    for seed in range(24):
        kernel = at_random.kernel(seed, at_random.Style.FUNCTIONS)
        found[f"functions_{seed}"] = (kernel, at_random.arrays(seed))
    return {n: (replace(kernel, name=n), content) for n, (kernel, content) in found.items()}


def run_kernel(library: ctypes.CDLL, kernel: Any, content: dict[str, Any]) -> dict[str, Any]:
    """Run a kernel on managed memory; return its buffers by name."""
    memory = Memory(library)
    views = {}
    for buffer in kernel_buffers(kernel):
        flat = np.atleast_1d(np.asarray(content[buffer.name])).astype(str(buffer.dtype)).ravel()
        raw = memory.allocate(-(-max(flat.size, 1) // 64) * 64 * flat.itemsize)
        views[buffer.name] = raw[: flat.nbytes].view(flat.dtype)
        views[buffer.name][:] = flat
    pointers = (ctypes.c_void_p * max(len(views), 1))(*(v.ctypes.data for v in views.values()))
    call = KERNEL((kernel_symbol(kernel), library))
    call(pointers, ctypes.byref(CLOCK), ctypes.byref(Share(0, 1)))
    memory.wait()
    found = {name: np.array(view) for name, view in views.items()}
    memory.free()
    return found


def check_kernels(build: Builder) -> int:
    """Compare kernels with C; return how many differ by more than the order of sums."""
    kernels = all_kernels()
    listed = [kernel for kernel, _ in kernels.values()]
    library = build(cuda.print_unit(listed, "kernels") + TAIL)
    in_c = toolchain.open_library(c.print_unit(listed, "kernels"), toolchain.find_compiler())
    bad, rounded = 0, 0
    for name, (kernel, content) in kernels.items():
        expected = run_native(address_in(in_c, name), kernel, content)
        found = run_kernel(library, kernel, content)
        lines = differences(expected, found)
        # what several iterations add to; at most 111 terms, and these may cancel a little
        sums = {"acc", "neurons_ge"}
        far = [x for x in sums & set(expected) if ulps(expected[x], found[x]) > 1000]
        lines_apart = [line for line in lines if line.split("[")[0].split(":")[0] not in sums]
        rounded += bool(lines) and not lines_apart and not far
        if lines_apart or far:
            bad += 1
            say(f"   kernel {name} differs:", *lines[:5], sep="\n      ")
    say(f"{'FAIL' if bad else 'ok':6s} kernels: {len(kernels) - bad} of {len(kernels)} agree, of"
        f" these {rounded} but for the order of sums")  # fmt: skip
    return bad


# ------------------------------------------------------------------------------------------- models


def run(model: Callable[[], list[Any]], device: Any, slot: str) -> tuple[dict[str, Any], float]:
    """Run a model; return its arrays, and the seconds that took."""
    use_device(device)
    try:
        network = cuda_models.build(model)
        begun = time.perf_counter()
        network.run(DURATION)
        return state_of(network, slot), time.perf_counter() - begun
    finally:
        use_device(HOST)


def verdict(name: str, expected: dict[str, Any], found: dict[str, Any]) -> tuple[str, list[str]]:
    """Return what to say of a model, and what differs."""
    lines = differences(expected, found)
    if not lines:
        return "ok", []
    if name not in cuda_models.ROUNDED:
        return "FAIL", lines
    events = [key for key in expected if key.endswith("_i")]
    for key in events:
        one, two = expected[key].size, found[key].size
        if one != two or not np.array_equal(expected[key], found[key]):
            # different spikes of a process whose counts vary at most like Poisson's
            same = abs(one - two) <= 5 * np.sqrt(one + two)
            return ("close" if same else "FAIL"), [f"{one} events, not {two}", *lines]
    floats = [key for key, array in expected.items() if array.dtype.kind == "f"]
    far = [
        key
        for key in floats
        if np.abs(expected[key] - found[key]).max(initial=0)
        > ROUNDING * max(1.0, float(np.abs(expected[key]).max(initial=0)))
    ]
    return ("FAIL", lines) if far else ("ok, rounded", [])


def check_model(model: Callable[[], list[Any]], device: CudaDevice) -> int:
    """Compare a model with C; return 1 where it does not agree."""
    name = model.__name__
    expected, in_c = run(model, HOST, "fused")
    found, on_gpu = run(model, device, "cuda")
    said, lines = verdict(name, expected, found)
    events = sum(array.size for key, array in expected.items() if key.endswith("_i"))
    times = f"C {in_c:.2f} s, GPU {on_gpu:.2f} s"
    say(f"{said:11s} {name:18s} {len(expected)} arrays, {events} events, {times}")
    for line in lines[:8]:
        say(f"   {line}")
    return int(said == "FAIL")


# -------------------------------------------------------------------------------------------- speed


class Loop:
    """The loop in C++ over the kernels of a network that has run on the device before."""

    def __init__(self, network: Any, rows: int) -> None:
        self.network, self.prepared = network, network.prepared["cuda"]
        lowered, self.engine = self.prepared.lowered, self.prepared.engine
        self.library = self.engine.memory.library
        self.library.check_steps.restype = ctypes.c_double
        lowered.compute_numbers()
        for recorder in lowered.program.recorders:
            lowered.context.recordings[recorder.owner].make_room(rows)
        self.engine.bind(lowered.arrays)
        self.items = [s for s in lowered.program.schedule if isinstance(s, ScheduledKernel)]
        clock = network.clocks()[0]
        self.clock = Clock(clock.step, 0, clock.step * clock.pace, clock.pace)
        self.pointers = [self.engine._pointers(item.kernel) for item in self.items]

    def steps(self, number: int, *, waits: bool = False, only: int | None = None) -> float:
        """Return the milliseconds that each of a number of steps takes."""
        chosen = range(len(self.items)) if only is None else [only]
        kernels = (ctypes.c_void_p * len(chosen))(
            *(address_in(self.library, kernel_symbol(self.items[k].kernel)) for k in chosen)
        )
        buffers = (ctypes.c_void_p * len(chosen))(
            *(ctypes.addressof(self.pointers[k]) for k in chosen)
        )
        seconds = self.library.check_steps(
            kernels, buffers, len(chosen), ctypes.byref(self.clock), number, int(waits)
        )
        self.engine.memory.wait()
        return float(seconds) / number * 1e3


def measure_c(network: Any, threads: int, steps: int) -> float:
    """Return the milliseconds of a step in C."""
    b.prefs.core.threads = threads
    network.run(20 * b.ms)
    begun = time.perf_counter()
    network.run(steps * 0.1 * b.ms)
    return (time.perf_counter() - begun) / steps * 1e3


def measure(n: int, p: float, device: CudaDevice, steps: int) -> int:
    """Say how long a step of a CUBA network takes on the GPU and in C; return 0."""
    begun = time.perf_counter()
    network = cuda_models.build(lambda: cuda_models.cuba(n, p, (1.62, 9.0)))
    monitor = next(obj for obj in network if obj.name == "spikes")
    use_device(HOST)
    in_c = {threads: measure_c(network, threads, steps) for threads in (1, 0)}
    spikes_c = monitor.num_spikes / (2 * (0.02 + steps * 1e-4)) / n
    use_device(device)
    network.run(20 * b.ms)
    loop = Loop(network, 40 * n + 10_000_000)
    loop.engine.enter()
    loop.steps(steps)  # memory moves to the device
    together, apart = loop.steps(2 * steps), loop.steps(steps, waits=True)
    each = [loop.steps(100, only=k) * 1e3 for k in range(len(loop.items))]
    loop.engine.leave()
    loop.engine.memory.free()
    use_device(HOST)
    say(f"CUBA {n}: GPU {together:.4f} ms a step ({apart:.4f} waiting after each);"
        f" C {in_c[1]:.4f} with one thread, {in_c[0]:.4f} with as many as pay;"
        f" {spikes_c:.1f} spikes/s; {time.perf_counter() - begun:.0f} s in all")  # fmt: skip
    names = [item.kernel.name for item in loop.items]
    say("   us:", *(f"{name} {us:.1f}" for name, us in zip(names, each, strict=True)))
    return 0


def main() -> int:
    """Check everything; return how much fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--emulate", action="store_true")
    parser.add_argument("--arch", default="90", help="kind of GPU; native: the one here")
    parser.add_argument("--no-speed", action="store_true")
    options = parser.parse_args()
    begun = time.perf_counter()
    if not options.emulate:
        say(f"nvcc {nvcc()}, {os.cpu_count()} processors")
        for words in (["nvidia-smi", "-L"], [str(nvcc()), "--version"]):
            try:
                done = subprocess.run(
                    words, capture_output=True, text=True, timeout=60, check=False
                )
                say("  ", done.stdout.strip().splitlines()[-1:], done.stderr.strip())
            except OSError as error:
                say("  ", words[0], error)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        build = Builder(Path(folder), emulate=options.emulate, arch=options.arch)
        device = CudaDevice(build)
        chosen = [
            m for m in cuda_models.MODELS if not options.models or m.__name__ in options.models
        ]
        # lowered one after the other, compiled at the same time
        texts = {m.__name__: source_of(cuda_models.build(m)) for m in chosen}
        kernels = (
            cuda.print_unit([kernel for kernel, _ in all_kernels().values()], "kernels") + TAIL
        )
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            jobs = {name: pool.submit(build.compile, text) for name, text in texts.items()}
            jobs["kernels"] = pool.submit(build.compile, kernels)
        for name, job in jobs.items():
            error = job.exception()
            if error is not None:
                say(f"FAIL   {name} cannot be compiled:", str(error)[:4000], sep="\n")
            elif job.result():
                say(f"   {name}: the compiler says", job.result()[:2000])
        say(f"compiled after {time.perf_counter() - begun:.0f} s")
        if not options.models:
            failed += bool(apart("kernels", lambda: check_kernels(build), 60))
        for model in chosen:
            failed += apart(model.__name__, partial(check_model, model, device), 45)
        say(f"compared after {time.perf_counter() - begun:.0f} s; {failed} failed")
        steps = 20 if options.emulate else 500
        for n, p in () if options.no_speed else SPEED:
            apart(f"CUBA {n}", partial(measure, n, p, device, steps), 90)
    say(f"done after {time.perf_counter() - begun:.0f} s")
    return failed


if __name__ == "__main__":
    sys.exit(main())
