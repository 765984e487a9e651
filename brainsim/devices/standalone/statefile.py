"""State files: named arrays in one file, as the written programs read and write them.

The format is described in cpp/simulation.cpp. Arrays that are read are views of the file's memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...model.variables import Array

_MAGIC = b"brainsim state 1"
_ALIGNMENT = 64
_TYPES = ("f8", "f4", "i8", "i4", "u8", "u4", "u2", "u1", "b1")


class StateFileError(ValueError):
    """A file is no state file, or is damaged."""


def type_code(array: Array) -> str:
    """Return what a state file calls the type of an array, such as "f8"."""
    return array.dtype.str[1:]


def write_state(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays to a file, in one go.

    Args:
        path: The file; it is replaced.
        arrays: One-dimensional arrays by name.

    Raises:
        OSError: The file cannot be written.
    """
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as file:
            file.write(_MAGIC + np.int64(len(arrays)).tobytes())
            for name, array in arrays.items():
                label, code = name.encode(), type_code(array).encode()
                file.write(np.int32(len(label)).tobytes() + code.ljust(4, b"\0"))
                file.write(np.int64(len(array)).tobytes() + label)
                file.write(b"\0" * (-file.tell() % _ALIGNMENT))
                np.ascontiguousarray(array).tofile(file)
                file.write(b"\0" * (_padded(len(array)) * array.itemsize - array.nbytes))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_state(path: Path) -> dict[str, Array]:
    """Return the arrays of a file by name.

    Raises:
        OSError: The file cannot be read.
        StateFileError: It is no state file, or ends too early.
    """
    if path.stat().st_size < len(_MAGIC) + 8:
        raise StateFileError(f"{path} is no state file")
    memory = np.memmap(path, dtype=np.uint8, mode="c")
    if bytes(memory[: len(_MAGIC)]) != _MAGIC:
        raise StateFileError(f"{path} is no state file of this version of brainsim")
    count = int(memory[16:24].view(np.int64)[0])
    arrays: dict[str, Array] = {}
    at = 24
    for _ in range(count):
        head = bytes(memory[at : at + 16])
        if len(head) < 16:
            raise StateFileError(f"{path} ends too early")
        length = int.from_bytes(head[:4], "little", signed=True)
        code = head[4:8].rstrip(b"\0").decode("ascii", "replace")
        size = int.from_bytes(head[8:], "little", signed=True)
        if code not in _TYPES or length < 0 or size < 0:
            raise StateFileError(f"{path} is damaged")
        name = bytes(memory[at + 16 : at + 16 + length]).decode()
        at += 16 + length
        at += -at % _ALIGNMENT
        item = np.dtype(code).itemsize
        data = memory[at : at + size * item]
        if len(data) < size * item:
            raise StateFileError(f"{path} ends too early")
        arrays[name] = data.view(code)
        at += _padded(size) * item
    return arrays


def _padded(size: int) -> int:
    """Return the number of elements for which there is room."""
    return max(-(-size // _ALIGNMENT), 1) * _ALIGNMENT
