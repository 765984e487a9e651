"""Snapshots: the whole state of a network, kept in memory or in a file.

A snapshot maps the names of objects to named arrays. What an object needs is said once, by
`capture` and `reinstate`, which know one kind of object per function. A file is a zip archive of
arrays in NumPy's own format (readable by `numpy.load`), never a pickle: reading it runs no code.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np

from .clock import Clock
from .connectivity import InFlight
from .delays import delays_in_seconds
from .event_monitors import EventMonitor
from .group import Group
from .inputs import SpikeGeneratorGroup
from .monitors import Monitor
from .past import PastKeeper
from .spikes import SpikeSource
from .synapses import Synapses
from .variables import Array, ArrayVariable, SpikeRing, aligned_copy

State = dict[str, Array]
Snapshot = dict[str, State]

FORMAT = "brainsim snapshot 2"
_HEADER = "header"


# ------------------------------------------------------------------------------- kinds of objects


@singledispatch
def capture(obj: Any) -> State:
    """Return copies of all arrays that make up the state of an object."""
    del obj  # most objects have no state
    return {}


@singledispatch
def reinstate(obj: Any, state: State) -> None:
    """Give an object the state that `capture` returned."""
    del obj, state


@capture.register
def _(clock: Clock) -> State:
    return {"step": np.array([clock.step]), "dt": np.array([clock.pace])}


@reinstate.register
def _(clock: Clock, state: State) -> None:
    clock.move_to(int(state["step"][0]), float(state["dt"][0]))


def _variables(group: Group) -> State:
    state: State = {}
    for name, variable in group.variables.items():
        if isinstance(variable, ArrayVariable) and not _is_computed(group, name):
            state |= variable.capture()
    return state


def _is_computed(group: Group, name: str) -> bool:
    variable = group.variables[name]
    return variable.read_only and len(variable.values) == 0  # type: ignore[union-attr]


def _set_variables(group: Group, state: State) -> None:
    for name, variable in group.variables.items():
        if name in state and isinstance(variable, ArrayVariable):
            variable.reinstate(state)


@capture.register
def _(group: Group) -> State:
    return _variables(group)


@reinstate.register
def _(group: Group, state: State) -> None:
    _set_variables(group, state)


@capture.register
def _(source: SpikeSource) -> State:
    state = _variables(source)
    for event, ring in source.rings.items():
        state |= _capture_ring(f"{event}.ring.", ring)
    return state


@reinstate.register
def _(source: SpikeSource, state: State) -> None:
    _set_variables(source, state)
    for event, ring in source.rings.items():
        _reinstate_ring(f"{event}.ring.", ring, state)


def _capture_ring(prefix: str, ring: SpikeRing) -> State:
    lists = [ring.spikes_of(row) for row in range(ring.length)]
    return {
        f"{prefix}counts": np.array(ring.counts),
        f"{prefix}items": np.concatenate(lists),
        f"{prefix}latest": np.array(ring.latest),
        f"{prefix}dt": np.array([np.nan if ring.dt is None else ring.dt]),
    }


def _reinstate_ring(prefix: str, ring: SpikeRing, state: State) -> None:
    counts = state[f"{prefix}counts"]
    ring.length = len(counts)
    ring.__post_init__()
    ring.counts[:] = counts
    ring.latest[:] = state[f"{prefix}latest"]
    dt = float(state[f"{prefix}dt"][0])
    ring.dt = None if np.isnan(dt) else dt
    starts = np.concatenate([[0], np.cumsum(counts)])
    for row, count in enumerate(counts):
        place = row * ring.n
        ring.items[place : place + count] = state[f"{prefix}items"][starts[row] : starts[row + 1]]


@capture.register
def _(group: SpikeGeneratorGroup) -> State:
    given = {"given.neurons": group.given[0], "given.seconds": group.given[1]}
    return {
        **capture.dispatch(SpikeSource)(group),
        **{name: np.array(values) for name, values in given.items()},
        "given.period": np.array([group.given[2]]),
    }


@reinstate.register
def _(group: SpikeGeneratorGroup, state: State) -> None:
    reinstate.dispatch(SpikeSource)(group, state)
    group.give(state["given.neurons"], state["given.seconds"], float(state["given.period"][0]))


@capture.register
def _(synapses: Synapses) -> State:
    pairs = synapses.connectivity
    state = _variables(synapses) | {
        "pairs.pre": np.array(pairs.pre),
        "pairs.post": np.array(pairs.post),
        "pairs.connected": np.array([synapses.connected]),
        "pairs.consecutive": np.array([pairs.intervals is not None]),
    }
    if pairs.position is not None:
        state["pairs.position"] = np.array(pairs.position)
    if synapses.trace_state is not None:
        state |= synapses.trace_state.capture()
    for label, pathway in synapses.pathways.items():
        late = pathway.late_events()
        state[f"late.{label}.since"] = np.array([late.since])
        state[f"late.{label}.offsets"] = np.array(late.offsets)
        state[f"late.{label}.numbers"] = np.array(late.numbers)
    return state


@reinstate.register
def _(synapses: Synapses, state: State) -> None:
    position = state.get("pairs.position")
    if synapses.trace_state is not None:
        synapses.trace_state.forget()
    synapses.connectivity.replace(
        *(state["pairs.pre"], state["pairs.post"], position),
        consecutive=bool(state.get("pairs.consecutive", [False])[0]),
    )
    synapses.connected = bool(state["pairs.connected"][0])
    for pathway in synapses.pathways.values():
        if pathway.delay_name in state:
            pathway.need_delays()
            if not pathway.whole_steps:
                state = state | delays_in_seconds(pathway.delay_name, state)
        elif not pathway.fixed_delay:
            synapses.variables.pop(pathway.delay_name, None)
    _set_variables(synapses, state)
    if synapses.trace_state is not None:
        synapses.trace_state.reinstate(state)
    for label, pathway in synapses.pathways.items():
        pathway.forget(
            InFlight(
                int(state[f"late.{label}.since"][0]),
                aligned_copy(state[f"late.{label}.offsets"], np.int64),
                aligned_copy(state[f"late.{label}.numbers"], np.int64),
            )
        )
    synapses.note_new_delays()


@capture.register
def _(keeper: PastKeeper) -> State:
    dt = np.nan if keeper.dt is None else keeper.dt
    return {"steps": keeper.steps(), "rows": keeper.rows(), "dt": np.array([dt])}


@reinstate.register
def _(keeper: PastKeeper, state: State) -> None:
    dt, steps = float(state["dt"][0]), state["steps"]
    keeper.dt = None if np.isnan(dt) else dt
    keeper.forget(max(keeper.length, len(steps)))
    if len(steps):
        keeper.keep(steps, state["rows"])


@capture.register
def _(monitor: Monitor) -> State:
    return {f"column.{name}": values for name, values in monitor.recording.state().items()}


@reinstate.register
def _(monitor: Monitor, state: State) -> None:
    monitor.recording.set_state(
        {
            name.removeprefix("column."): values
            for name, values in state.items()
            if name.startswith("column.")
        }
    )


@capture.register
def _(monitor: EventMonitor) -> State:
    state: State = capture.dispatch(Monitor)(monitor)
    return state | {
        "counts": np.array(monitor.counts),
        "total": np.array(monitor.total),
        "until": np.array(monitor.recorded_until),
    }


@reinstate.register
def _(monitor: EventMonitor, state: State) -> None:
    reinstate.dispatch(Monitor)(monitor, state)
    monitor.counts[:] = state["counts"]
    monitor.total[:] = state["total"]
    monitor.recorded_until[:] = state["until"]


# ------------------------------------------------------------------------------------------ files


def check_names(snapshot: Snapshot, names: Iterable[str]) -> None:
    """Refuse a snapshot of other objects.

    Raises:
        KeyError: The network has an object that the snapshot lacks, or the other way round.
    """
    here, there = set(names), set(snapshot)
    parts = []
    if here - there:
        parts.append(f"the snapshot lacks {', '.join(sorted(here - there))}")
    if there - here:
        parts.append(f"the network lacks {', '.join(sorted(there - here))}")
    if parts:
        raise KeyError(f"the snapshot is one of another network: {'; '.join(parts)}")


def read_snapshots(path: Path) -> dict[str, Snapshot]:
    """Return all snapshots in a file, by name.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no file of snapshots, or it is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            index = _checked_index(json.loads(bytes(archive[_HEADER]).decode("utf-8")))
            return {
                name: {
                    obj: {key: archive[member] for key, member in members.items()}
                    for obj, members in objects.items()
                }
                for name, objects in index.items()
            }
    except FileNotFoundError:
        raise
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise ValueError(f"'{path}' holds no snapshots that can be read: {error}") from error


def _checked_index(header: Any) -> dict[str, dict[str, dict[str, str]]]:
    if header.get("format") != FORMAT:
        raise ValueError("it is of another kind or version")
    index: dict[str, dict[str, dict[str, str]]] = header["snapshots"]
    return index


def write_snapshots(path: Path, snapshots: dict[str, Snapshot]) -> None:
    """Write snapshots to a file; an earlier file is replaced only by a complete new one.

    Raises:
        OSError: The disk is full or cannot be written; the earlier file is untouched.
    """
    arrays: dict[str, Array] = {}
    index: dict[str, dict[str, dict[str, str]]] = {}
    for name, snapshot in snapshots.items():
        index[name] = {}
        for obj, state in snapshot.items():
            index[name][obj] = {}
            for key, values in state.items():
                member = f"array{len(arrays)}"
                arrays[member] = values
                index[name][obj][key] = member
    header = json.dumps({"format": FORMAT, "snapshots": index})
    arrays[_HEADER] = np.frombuffer(header.encode("utf-8"), dtype=np.uint8)
    path = path.absolute()
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    _flush_directory(path.parent)


def _flush_directory(directory: Path) -> None:
    """Make the new name survive a power failure, where the system can."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
