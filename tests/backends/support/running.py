"""Run kernels of any target on arrays, as a device does."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.codegen.ir import Buffer, Kernel
from brainsim.codegen.printers.c import kernel_buffers

Arrays = dict[str, Any]
ALIGNMENT = 64


class Clock(ctypes.Structure):
    """`bs_clock` of bs_abi.h."""

    _fields_ = (
        ("step", ctypes.c_int64),
        ("relative_step", ctypes.c_int32),
        ("t", ctypes.c_double),
        ("dt", ctypes.c_double),
    )


class Share(ctypes.Structure):
    """`bs_share` of bs_abi.h."""

    _fields_ = (("index", ctypes.c_int32), ("count", ctypes.c_int32))


KERNEL = ctypes.CFUNCTYPE(
    None, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(Clock), ctypes.POINTER(Share)
)
CLOCK = Clock(1017, 17, 0.1017, 1e-4)


@dataclass(frozen=True, slots=True)
class Memory:
    """An array as the runner keeps it: aligned, with zeros behind it.

    Args:
        padded: All of the memory.
        array: The part with content.
    """

    padded: Any
    array: Any


def memory(buffer: Buffer, content: Any) -> Memory:
    """Return fresh memory for a buffer."""
    flat = np.atleast_1d(np.asarray(content)).astype(str(buffer.dtype))
    size = -(-max(flat.size, 1) // ALIGNMENT) * ALIGNMENT
    raw = np.zeros(size * flat.itemsize + ALIGNMENT, np.uint8)
    shift = -raw.ctypes.data % ALIGNMENT
    padded = raw[shift : shift + size * flat.itemsize].view(flat.dtype)
    padded[: flat.size] = flat
    return Memory(padded, padded[: flat.size])


def run_numpy(function: Callable[..., None], kernel: Kernel, content: Arrays) -> Arrays:
    """Run a kernel of the NumPy target; return its buffers by name."""
    buffers = kernel_buffers(kernel)
    memories = [memory(buffer, content[buffer.name]) for buffer in buffers]
    function([m.array for m in memories], CLOCK)
    return {b.name: m.array for b, m in zip(buffers, memories, strict=True)}


def run_native(
    address: int, kernel: Kernel, content: Arrays, shares: Sequence[tuple[int, int]] = ((0, 1),)
) -> Arrays:
    """Run a compiled kernel once for each share; return its buffers by name.

    Raises:
        AssertionError: It wrote behind the end of a buffer.
    """
    buffers = kernel_buffers(kernel)
    memories = [memory(buffer, content[buffer.name]) for buffer in buffers]
    pointers = (ctypes.c_void_p * max(len(memories), 1))(*(m.padded.ctypes.data for m in memories))
    for share in shares:
        KERNEL(address)(pointers, ctypes.byref(CLOCK), ctypes.byref(Share(*share)))
    for buffer, m in zip(buffers, memories, strict=True):
        assert not m.padded[m.array.size :].any(), f"{buffer.name} was overrun"
    return {b.name: m.array for b, m in zip(buffers, memories, strict=True)}


def address_in(library: ctypes.CDLL, symbol: str) -> int:
    """Return the address of a function of a library."""
    address = ctypes.cast(getattr(library, symbol), ctypes.c_void_p).value
    assert address
    return address


def same_bits(left: Arrays, right: Arrays) -> list[str]:
    """Return the names of buffers that differ in any bit; a NaN equals every NaN."""
    return [name for name in left if not _equal(left[name], right[name])]


def _equal(left: Any, right: Any) -> bool:
    if left.dtype.kind != "f":
        return bool(np.array_equal(left, right))
    signs = np.signbit(left) == np.signbit(right)
    same = np.isnan(left) & np.isnan(right) | (left == right) & signs
    return bool(same.all())


def ulps(left: Any, right: Any) -> float:
    """Return the largest distance in units of the last place; NaN equals NaN."""
    if left.dtype.kind != "f":
        return 0.0 if np.array_equal(left, right) else float("inf")
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    with np.errstate(all="ignore"):
        unit = np.spacing(np.maximum(np.abs(left), np.abs(right)))
        distance = np.where(same, 0.0, np.abs(left - right) / unit)
    return float(np.max(np.where(np.isnan(distance), np.inf, distance), initial=0.0))
