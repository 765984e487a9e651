"""Run whole models by the text of the CUDA printer: on a GPU, or emulated on the host."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from running import KERNEL, Clock, Share, same_bits

from brainsim.codegen.printers.c import kernel_buffers, kernel_symbol
from brainsim.codegen.rewrite import effects
from brainsim.codegen.toolchain import INCLUDE_DIRECTORY
from brainsim.devices.engines import GuardSetting, NumpyEngine, Reason, _Clock, _places
from brainsim.devices.runtime import Prepared, RuntimeDevice
from brainsim.lowering import lower_network
from brainsim.preferences import prefs
from brainsim.program import Program, ScheduledKernel

HERE = Path(__file__).parent
# 39: a division by zero gives what IEEE 754 says
NVCC_FLAGS = (
    "-std=c++17", "-O3", "-fmad=false", "-diag-suppress=39", "-shared",
    "-Xcompiler", "-fPIC,-Wall,-Wextra",
)  # fmt: skip
# few threads, so that loops are longer than a launch
_SIZES = {"BLOCKS": 2, "THREADS": 16, "ROWS": 3, "ROW_THREADS": 8, "WIDE": 4, "PARTS": 3}
Arrays = Mapping[str, Callable[[], Any]]


def nvcc() -> str | None:
    """Return the path of the CUDA compiler, if there is one."""
    usual = Path("/usr/local/cuda/bin/nvcc")
    return shutil.which("nvcc") or (str(usual) if usual.is_file() else None)


def compile_nvcc(text: str, path: Path, *archs: str) -> str:
    """Compile a unit to a shared library; return what the compiler said.

    Args:
        text: The unit.
        path: The library.
        archs: Kinds of GPU such as "90", or "native" for the one of this machine.

    Raises:
        RuntimeError: It failed; with what it said.
    """
    source = path.with_suffix(".cu")
    source.write_text(text, encoding="utf-8")
    kinds = [f"-gencode=arch=compute_{a},code=sm_{a}" for a in archs if a != "native"]
    kinds += ["-arch=native"] * ("native" in archs)
    words = [str(nvcc()), *NVCC_FLAGS, *kinds, f"-I{INCLUDE_DIRECTORY}"]
    return _compile([*words, str(source), "-o", str(path)])


def compile_emulated(text: str, path: Path) -> str:
    """Compile a unit as C++ to a shared library that emulates a GPU."""
    source = path.with_suffix(".cu")
    source.write_text(text, encoding="utf-8")
    sizes = [f"-DBS_{name}={size}" for name, size in _SIZES.items()]
    flags = "-std=c++17 -O1 -Wall -Wextra -Werror -Wno-clobbered -march=native -ffp-contract=off"
    words = ["g++", *flags.split(), "-fno-math-errno", "-shared", "-fPIC", f"-I{INCLUDE_DIRECTORY}"]
    words += ["-include", str(HERE / "cuda_emulation.h"), *sizes]
    return _compile([*words, "-x", "c++", str(source), "-o", str(path)])


def _compile(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    said = done.stdout + done.stderr
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{said}")
    return said


# stands behind the unit of a program: what its runner needs, by the unit's own CUDA runtime
TAIL = """
#include <chrono>
extern "C" {
__attribute__((visibility("default"))) void *check_allocate(size_t size)
{
    void *place = nullptr;
    return cudaMallocManaged(&place, size) == 0 ? place : nullptr;
}
__attribute__((visibility("default"))) void check_free(void *place) { (void)cudaFree(place); }
/* whether all that was launched has been done; else what went wrong */
__attribute__((visibility("default"))) const char *check_wait()
{
    cudaError_t code = cudaGetLastError();
    if (code == 0) code = cudaDeviceSynchronize();
    return code == 0 ? nullptr : cudaGetErrorString(code);
}
/* seconds that a number of steps take, waiting after each of them or after all */
__attribute__((visibility("default"))) double check_steps(
    const bs_kernel *kernels, void *const *const *buffers, int count, bs_clock *clock, int steps,
    int waits)
{
    const bs_share whole = {0, 1};
    const auto begun = std::chrono::steady_clock::now();
    for (int step = 0; step < steps; step++) {
        for (int k = 0; k < count; k++) kernels[k](buffers[k], clock, &whole);
        if (waits) (void)cudaDeviceSynchronize();
        clock->step++;
        clock->relative_step++;
        clock->t = (double)clock->step * clock->dt;
    }
    (void)cudaDeviceSynchronize();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}
}
"""


class Memory:
    """Memory that host and device can read, from the runtime of a compiled unit with `TAIL`."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        library.check_allocate.restype = ctypes.c_void_p
        library.check_allocate.argtypes = [ctypes.c_size_t]
        library.check_free.argtypes = [ctypes.c_void_p]
        library.check_wait.restype = ctypes.c_char_p
        self.places: list[int] = []

    def allocate(self, nbytes: int) -> Any:
        """Return that many bytes, zeros, which are there as long as this object."""
        place = self.library.check_allocate(nbytes)
        if not place:
            raise MemoryError(f"no managed memory of {nbytes} bytes: {self._said()}")
        self.places.append(place)
        array = np.ctypeslib.as_array((ctypes.c_uint8 * nbytes).from_address(place))
        array[:] = 0
        return array

    def wait(self) -> None:
        """Wait until the device has done all that was launched."""
        said = self._said()
        if said:
            raise RuntimeError(f"the device says: {said}")

    def _said(self) -> str:
        said = self.library.check_wait()
        return said.decode() if said else ""

    def __del__(self) -> None:
        self.free()

    def free(self) -> None:
        """Let go of all memory."""
        while self.places:
            self.library.check_free(self.places.pop())


class CudaEngine(NumpyEngine):
    """Kernels of a compiled CUDA unit in a Python loop.

    The arrays of the host hold everything between two runs; during a run, copies do.
    """

    def __init__(self, program: Program, calls: Mapping[str, Any], library: ctypes.CDLL) -> None:
        self.program, self.calls, self.memory = program, calls, Memory(library)
        self.clocks = [_Clock() for _ in program.clocks]
        place = {clock: k for k, clock in enumerate(program.clocks)}
        self.place = _places(program)
        self.tasks = [
            (
                self._callable(library, item.kernel) if isinstance(item, ScheduledKernel) else None,
                item,
                place[item.clock],
            )
            for item in program.schedule
        ]
        self.closing = [self._callable(library, kernel) for kernel in program.closing]
        self.guards = ()
        self.spent = [0.0] * len(self.tasks)
        self.stopped = False
        self.host: dict[str, Any] = {}
        self.copies: dict[int, Any] = {}
        self.written = {b.name for kernel in program.kernels for b in effects(kernel.body).writes}

    @staticmethod
    def _callable(library: ctypes.CDLL, kernel: Any) -> Callable[[Any, _Clock], None]:
        function = KERNEL((kernel_symbol(kernel), library))
        whole = Share(0, 1)

        def call(pointers: Any, clock: _Clock) -> None:
            now = Clock(clock.step, clock.relative_step, clock.t, clock.dt)
            function(pointers, ctypes.byref(now), ctypes.byref(whole))

        return call

    def bind(self, arrays: Arrays) -> None:
        """Use these arrays from now on."""
        names = {b.name for kernel in self.program.kernels for b in kernel_buffers(kernel)}
        self.host = {name: arrays[name]() for name in sorted(names)}
        for name, array in self.host.items():
            assert array.flags.c_contiguous, name
            copy = self.copies.get(_address(array))
            if copy is None or copy.size < _padded(array):
                self.copies[_address(array)] = self.memory.allocate(_padded(array))
        spans = sorted(
            {(_address(a), _address(a) + a.nbytes) for a in self.host.values() if a.size}
        )
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start, "two arrays overlap"
        self.bound = [
            self._pointers(item.kernel) if isinstance(item, ScheduledKernel) else None
            for _, item, _ in self.tasks
        ]
        self.bound_closing = [self._pointers(kernel) for kernel in self.program.closing]

    def _pointers(self, kernel: Any) -> Any:
        copies = [self.copy_of(self.host[buffer.name]) for buffer in kernel_buffers(kernel)]
        return (ctypes.c_void_p * max(len(copies), 1))(*(copy.ctypes.data for copy in copies))

    def copy_of(self, array: Any) -> Any:
        """Return the copy of an array of the host, of its type and length."""
        return self.copies[_address(array)][: array.nbytes].view(array.dtype)

    def guard(self, guards: Any) -> None:
        """Watch these recorders."""
        known = {_address(array) for array in self.host.values()}
        self.guards = [
            GuardSetting(self.copy_of(g.count), g.capacity, g.per_step)
            if _address(g.count) in known
            else g
            for g in guards
        ]

    def enter(self) -> None:
        """Copy what the host holds."""
        for array in self.host.values():
            self.copy_of(array)[:] = array.ravel()

    def leave(self) -> None:
        """Copy back what kernels store."""
        self.memory.wait()
        for name, array in self.host.items():
            if name in self.written:
                array.ravel()[:] = self.copy_of(array)

    def call(self, owner: str, step: int) -> None:
        """Run the first kernel of an object once, as in a given step."""
        self.enter()
        super().call(owner, step)
        self.leave()

    def run(self, seconds: float) -> Reason:
        """Run until done, or until a recorder is full."""
        del seconds
        self.enter()
        try:
            return super().run(1e9)
        finally:
            self.leave()

    def _step(self, due: list[bool]) -> None:
        for k, (kernel, item, clock) in enumerate(self.tasks):
            if due[clock] and kernel is not None:
                kernel(self.bound[k], self.clocks[clock])
            elif due[clock]:
                self.leave()
                self.calls[item.owner]()
                self.enter()
        self.memory.wait()

    def complete(self) -> None:
        """Complete what can wait, between two steps."""
        if self.closing:
            self.enter()
            super().complete()
            self.leave()


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def _padded(array: Any) -> int:
    return (-(-max(array.size, 1) // 64) * 64) * int(array.dtype.itemsize)


class CudaDevice(RuntimeDevice):
    """Runs networks by their CUDA text.

    Args:
        build: Compiles a text and loads it.
    """

    def __init__(self, build: Callable[[str], ctypes.CDLL]) -> None:
        super().__init__()
        self.build = build

    def prepare(self, network: Any, options: Any) -> Prepared:
        """Return the network ready to run."""
        structure = (prefs.version, network.structure())
        old = network.prepared.get("cuda")
        if (
            isinstance(old, Prepared)
            and old.structure == structure
            and old.lowered.resolve_again(options.namespace)
        ):
            return old
        lowered = lower_network(network, options.namespace, share=False, tile=False)
        calls = {
            owner: partial(self._call, network, lowered, function)
            for owner, function in lowered.functions.items()
        }
        library = self.build(lowered.program.source("cuda") + TAIL)
        engine = CudaEngine(lowered.program, calls, library)
        network.prepared["cuda"] = prepared = Prepared(structure, lowered, engine)
        return prepared


def state_of(network: Any, slot: str) -> dict[str, Any]:
    """Return copies of all arrays that hold something after a run, recordings up to their end."""
    lowered = network.prepared[slot].lowered
    rows = {
        name: int(lowered.arrays[recorder.count]()[0])
        for recorder in lowered.program.recorders
        for name in recorder.arrays
    }
    found = {}
    for buffer in lowered.program.buffers:
        if buffer.scratch or buffer.name.endswith("_mask"):
            continue
        array = lowered.arrays[buffer.name]()
        found[buffer.name] = np.array(array[: rows.get(buffer.name, len(array))])
    return found


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return one line for each array that differs in any bit, with the first place where."""
    lines = [f"{name}: only one of both has it" for name in sorted(set(expected) ^ set(found))]
    for name in _differing(expected, found):
        one, two = expected[name], found[name]
        if one.shape != two.shape:
            lines.append(f"{name}: {one.size} elements, not {two.size}")
            n = min(one.size, two.size)
            one, two = one.ravel()[:n], two.ravel()[:n]
        with np.errstate(invalid="ignore"):
            nothing = np.isnan(one.astype(float)) & np.isnan(two.astype(float))
        places = np.flatnonzero((one != two) & ~nothing)
        if places.size:
            k = int(places[0])
            lines.append(f"{name}[{k}]: {one[k]!r}, not {two[k]!r}; {places.size} of {one.size}")
    return lines


def _differing(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return the names of the common arrays that differ."""
    common = sorted(set(expected) & set(found))
    return [
        name
        for name in common
        if expected[name].shape != found[name].shape
        or same_bits({name: expected[name]}, {name: found[name]})
    ]
