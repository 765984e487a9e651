"""Recordings on disk: rows are appended to a Zarr store while the network runs.

Zarr is an optional package: `pip install brainsim-snn[zarr]`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .recording import Recording
from .variables import Array

# memory between two writes, and size of a chunk on disk
_CHUNK_BYTES = 2**20


class StreamedRecording(Recording):
    """Rows that go to a Zarr store whenever about a megabyte has come together.

    The store has one array per column, shape (rows,) or (rows, width). `t` is written last, so that
    a reader beside the simulation may rely on the first `len(t)` rows of every column.

    Args:
        columns: Column name -> (element type, elements per row).
        every: One row is recorded in so many steps.
        path: Folder of the store, made anew.
        attributes: Column name -> attributes of its array; "" -> attributes of the store.

    Raises:
        ImportError: Zarr is not installed.
        FileExistsError: There is something of this name already.
    """

    def __init__(
        self,
        columns: dict[str, tuple[Any, int]],
        every: int,
        path: Path,
        attributes: dict[str, dict[str, Any]],
    ) -> None:
        super().__init__(columns, every)
        self.path = path
        self.chunk = max(_CHUNK_BYTES // self.row_bytes, 1)
        self.store = _new_store(path)
        self.store.attrs.update(attributes.get("", {}))
        self.on_disk: dict[str, Any] = {}
        for name, (dtype, width) in columns.items():
            beyond = () if width == 1 else (width,)
            self.on_disk[name] = self.store.create_array(
                name,
                shape=(0, *beyond),
                chunks=(self.chunk, *beyond),
                dtype=np.dtype(dtype),
                attributes=attributes.get(name, {}),
            )
        self.written = 0

    def __len__(self) -> int:
        return self.written + int(self.count[0])

    def expect(self, rows: int) -> None:
        """Make room for what is kept in memory between two writes."""
        self.reserve(max(min(self.chunk, int(self.count[0]) + rows), self.capacity))

    def make_room(self, rows: int) -> None:
        """Write what is in memory, when there is no room left."""
        if int(self.count[0]) + rows > self.capacity:
            self.flush()
            self.reserve(max(self.chunk, rows))

    def bytes_for(self, rows: int) -> int:
        """Return the bytes of memory that so many further rows need."""
        return super().bytes_for(min(rows, self.chunk))

    def flush(self) -> None:
        """Append what is in memory to the store.

        Raises:
            OSError: The disk is full or cannot be written.
        """
        rows = int(self.count[0])
        if not rows:
            return
        self._resize(self.written + rows)
        for name in sorted(self.arrays, key=lambda name: name == "t"):
            self.on_disk[name][self.written :] = self.shaped(name, 0)
        self.written += rows
        self.count[0] = 0

    def _resize(self, rows: int) -> None:
        for name in sorted(self.arrays, key=lambda name: name == "t"):
            array = self.on_disk[name]
            array.resize((rows, *array.shape[1:]))

    def column(self, name: str) -> Array:
        """Return all rows, read from disk."""
        written = np.asarray(self.on_disk[name][: self.written])
        return np.concatenate([written, self.shaped(name, 0)])

    def state(self) -> dict[str, Array]:
        """Return the number of rows: the rows themselves stay on disk."""
        self.flush()
        return {"rows": np.array([self.written])}

    def set_state(self, state: dict[str, Array]) -> None:
        """Cut off the rows that came after the snapshot.

        Raises:
            ValueError: There are fewer rows on disk.
        """
        rows = int(state["rows"][0])
        self.flush()
        if rows > self.written:
            raise ValueError(
                f"the snapshot was taken after {rows} rows, but '{self.path}' has {self.written}"
            )
        self._resize(rows)
        self.written = rows


def _new_store(path: Path) -> Any:
    try:
        import zarr
    except ImportError as error:
        raise ImportError(
            "recording to a file needs the package zarr: pip install 'brainsim-snn[zarr]'"
        ) from error
    if path.exists():
        raise FileExistsError(f"'{path}' exists already: remove it, or give another name")
    return zarr.create_group(str(path))
