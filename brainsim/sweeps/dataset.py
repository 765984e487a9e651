"""Measured values as an xarray dataset. xarray is an optional package: brainsim-snn[sweep]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..model.variables import Array
from ..units import get_or_create_dimension
from ..units.registry import get_unit_for_display
from .plan import SweepPlan
from .store import Values


def require_xarray() -> Any:
    """Return the package.

    Raises:
        ImportError: It is not installed.
    """
    try:
        import xarray as xr
    except ImportError as error:
        raise ImportError(
            "sweeps need the package xarray: pip install 'brainsim-snn[sweep]'"
        ) from error
    return xr


def make_dataset(
    plan: SweepPlan,
    names: Sequence[str],
    values: Sequence[Values | None],
    failures: Mapping[int, str],
) -> Any:
    """Return the dataset of a sweep.

    Args:
        plan: Its runs.
        names: What was measured.
        values: Of each run; None for one that has failed.
        failures: Why.

    Raises:
        ValueError: Values of the same name differ in shape or dimensions.
    """
    dims = (*plan.shape, "repeat")
    variables = {}
    for name in names:
        found = [None if each is None else each[name] for each in values]
        data, unit = _stacked(name, found)
        inner = [f"{name}_{k}" for k in range(data.ndim - 1)]
        variables[name] = ((*dims, *inner), _arranged(plan, data), {"units": unit})
    seeds = np.array([plan.seed_of(run) for run in range(plan.runs)], dtype=np.uint64)
    coords: dict[str, Any] = {
        "repeat": np.arange(plan.repeats),
        "seed": (dims, _arranged(plan, seeds)),
    }
    for axis in plan.axes:
        inner = [f"{axis.name}_element"] if axis.values.ndim > 1 else []
        # what varies along itself has one value at each place
        label = f"{axis.name}_values" if inner and axis.name == axis.dimension else axis.name
        coords[label] = ((axis.dimension, *inner), axis.values, {"units": axis.unit})
    listed = [f"run {number}: {message}" for number, message in failures.items()]
    return require_xarray().Dataset(
        variables, coords, {"sweep_seed": plan.seed, "failures": listed}
    )


def _stacked(
    name: str, found: Sequence[tuple[Array, tuple[float, ...]] | None]
) -> tuple[Array, str]:
    """Return values of all runs, shape (runs, ...), NaN where there are none; and their unit."""
    present = [each for each in found if each is not None]
    for what, kinds in (
        ("shape", {array.shape for array, _ in present}),
        ("dimensions", {exponents for _, exponents in present}),
    ):
        if len(kinds) > 1:
            shown = " and ".join(map(str, sorted(kinds)))
            raise ValueError(
                f"'{name}' differs in {what} between runs: {shown}; "
                "measure something that does not, such as a histogram"
            )
    first, exponents = present[0]
    kind = np.result_type(*{array.dtype for array, _ in present})
    if len(present) < len(found) and kind.kind in "biu":
        kind = np.dtype(float)
    data = np.zeros((len(found), *first.shape), dtype=kind)
    for k, each in enumerate(found):
        data[k] = np.nan if each is None else each[0]
    return data, get_unit_for_display(get_or_create_dimension(list(exponents)))


def _arranged(plan: SweepPlan, data: Array) -> Array:
    """Return an array with an axis for each dimension of the grid, then the repeats."""
    by_repeat = data.reshape(plan.repeats, len(plan.points), *data.shape[1:])
    by_point: Array = np.moveaxis(by_repeat, 0, 1)
    return by_point.reshape(*plan.shape.values(), plan.repeats, *data.shape[1:])
