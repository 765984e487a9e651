"""contents.json: what the arrays of a program mean, for those who read its results.

Input: a plan. Output: plain data. Does not: read results (see results.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...lowering.context import Context
from ...model.group import Group
from ...model.monitors import Monitor
from ...model.recording import LatestRecording
from ...model.state_monitor import StateMonitor
from ...model.subgroup import Subgroup
from ...model.variables import Array, ArrayVariable
from .parameters import Parameter
from .plan import Plan

VERSION = 1


def contents_of(plan: Plan, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Return the objects of all networks, with the arrays and dimensions of what they have."""
    objects: dict[str, Any] = {}
    for run in plan.runs:
        phase = plan.phases[run.phase]
        names = {buffer: plan.slots[number].name for buffer, number in phase.slots.items()}
        context = phase.image.lowered.context
        for obj in run.network:
            if isinstance(obj, Monitor):
                objects[obj.name] = _monitor(obj, context, names)
            elif isinstance(obj, Group) and not isinstance(obj, Subgroup):
                objects.setdefault(obj.name, {"kind": type(obj).__name__, "variables": {}})
                objects[obj.name]["variables"] |= _variables(obj, context, names)
    sizes = {slot.name: len(slot.start) for slot in plan.slots}
    listed = [
        {
            "name": each.name,
            "unit": each.unit,
            "dimensions": [float(exponent) for exponent in each.dimensions.exponents],
            "refusal": each.refusal,
            "size": 1 if each.single else sizes.get(each.buffer, 1),
        }
        for each in parameters
    ]
    return {"version": VERSION, "network": plan.name, "objects": objects, "parameters": listed}


def orders_of(plan: Plan) -> dict[str, Array]:
    """Return entries of the state file: where the synapse with each number stands."""
    found: dict[str, Array] = {}
    for network in plan.networks:
        for obj in network:
            position = getattr(getattr(obj, "connectivity", None), "position", None)
            if position is not None:
                found[f"@order {obj.name}"] = position
    return found


def _variables(group: Any, context: Context, names: dict[str, str]) -> dict[str, Any]:
    found = {}
    for name, variable in group.variables.items():
        if not isinstance(variable, ArrayVariable):
            continue
        buffer = context.known(group, variable)
        if buffer is not None and buffer.name in names:
            found[name] = {
                "array": names[buffer.name],
                "dimensions": _dimensions(variable),
                "shared": variable.scalar,
            }
    position = getattr(getattr(group, "connectivity", None), "position", None)
    if position is not None:
        # synapses stand in another order than that of their numbers
        for each in found.values():
            each["order"] = f"@order {group.name}"
    return found


def _monitor(monitor: Monitor, context: Context, names: dict[str, str]) -> dict[str, Any]:
    recording = monitor.recording
    columns = {}
    for name in recording.arrays:
        buffer = context.buffers.get((monitor.name, name))
        variable = monitor.variables.get(name)
        if buffer is not None and buffer.name in names and isinstance(variable, ArrayVariable):
            columns[name] = {
                "array": names[buffer.name],
                "dimensions": _dimensions(variable),
                "width": recording.widths[name],
            }
    entry: dict[str, Any] = {
        "kind": type(monitor).__name__,
        "source": monitor.source.name,
        "columns": columns,
    }
    if isinstance(recording, LatestRecording):
        entry["last"] = recording.seconds
    if isinstance(monitor, StateMonitor):
        entry["record"] = [int(k) for k in monitor.record]
        entry["reduced"] = monitor.reduce is not None
    for name in ("rows", "counts"):
        buffer = context.buffers.get((monitor.name, name))
        if buffer is not None and buffer.name in names:
            entry[name] = names[buffer.name]
    return entry


def _dimensions(variable: ArrayVariable) -> list[float]:
    return [float(exponent) for exponent in variable.dimensions.exponents]
