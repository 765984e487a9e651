"""Section 3: quantities as real scripts use them."""

from __future__ import annotations

from typing import Any

import numpy as np
from probing import probe, raised


def seen(action: Any) -> Any:
    """Return a result, or the type of the error."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001
        return type(error).__name__


@probe("3 Quantity", "3 conversion")
def everyday(b: Any) -> dict[str, Any]:
    ms, mV, nS, Hz = b.ms, b.mV, b.nS, b.Hz
    duration, dt = 100 * ms, 0.1 * ms
    times = np.arange(5) * 10 * ms
    weights = {"exc": 6 * nS, "inh": 67 * nS}
    voltages = [-70 * mV, -65 * mV, -60 * mV]
    return {
        "steps": int(duration / dt),
        "range": list(range(int(3 * ms / ms))),
        "loop": [float(t / ms) for t in times],
        "comprehension": [v + 1 * mV for v in voltages],
        "sum": sum(weights.values()),
        "sum of list": sum(voltages),
        "max": max(voltages),
        "min": min(voltages),
        "sorted": sorted(weights.values())[1],
        "mean of list": seen(lambda: np.mean(voltages)),
        "array of list": seen(lambda: np.array(voltages)),
        "Quantity of list": b.Quantity(voltages),
        "list times unit": [v / mV for v in voltages] * mV,
        "rate": 1 / (10 * ms),
        "rate in Hz": (1 / (10 * ms)) / Hz,
        "product": (5 * ms * 100 * Hz),
        "exp": float(b.exp(-(10 * ms) / (20 * ms))),
        "np.exp": float(np.exp(-10 * ms / (20 * ms))),
        "clip": np.clip(np.array([-1, 0.5, 3]) * mV, 0 * mV, 1 * mV),
        "where": np.where(times > 15 * ms)[0],
        "mask": times[times >= 20 * ms],
        "mask of two": times[(times > 5 * ms) & (times < 35 * ms)],
        "sum of mask": int(sum(times > 15 * ms)),
        "any": bool(any(times > 15 * ms)),
        "diff": np.diff(times),
        "ISI": np.mean(np.diff(times)) / ms,
        "cv": float(np.std(np.diff(times)) / np.mean(np.diff(times))),
        "argmax": int(np.argmax(times)),
        "index": times[int(20 * ms / (10 * ms))],
        "zip": [float(t / ms) for t, _ in zip(times, voltages, strict=False)],
        "enumerate": [(k, float(v / mV)) for k, v in enumerate(voltages)],
        "title": f"tau = {10 * ms}, v = {-70 * mV}, g = {weights['exc']}",
        "percent s": "tau = %s" % (10 * ms),
        "number": f"{(10 * ms) / ms:.1f} ms",
        "str join": ", ".join(str(v) for v in voltages),
        "round": np.round(times / ms, 1),
        "floor": (7.5 * ms) // (2 * ms),
        "int of ratio": int((7.5 * ms) / (2 * ms)),
        "abs": abs(-3 * mV),
        "power": (2 * mV) ** 2 / (4 * b.Mohm),
        "reduce": np.add.reduce(times),
        "outer": np.outer([1, 2], [3, 4] * mV),
        "meshgrid": np.array(np.meshgrid([1, 2], [3, 4])[0]) * mV,
        "random": bool((np.random.rand(3) * mV >= 0 * mV).all()),
        "reshape": (np.arange(4) * mV).reshape(2, 2),
        "stack": seen(lambda: np.stack([times, times]).shape),
        "polyfit": np.polyfit([0, 1, 2], [1, 3, 5] * mV / mV, 1),
        "trapezoid": seen(lambda: float(np.trapezoid([1, 2, 3] * mV / mV))),
        "copy": times.copy() * 2,
        "dict key": raised(lambda: {10 * ms: 1}),
        "is": [isinstance(10 * ms, b.Quantity), isinstance(ms, b.Unit), isinstance(10 * ms, float)],
        "number check": isinstance(10 * ms / ms, float),
    }


@probe("3 Quantity", "3 arithmetic")
def with_state_variables(b: Any) -> dict[str, Any]:
    mV = b.mV
    group = b.NeuronGroup(4, "v : volt\nw : 1\ng : siemens")
    group.v, group.g, group.w = [1, 2, 3, 4] * mV, 2 * b.nS, [4, 3, 2, 1]
    return {
        "plus": group.v + 1 * mV,
        "times": group.v * group.g,
        "ratio": group.v / mV,
        "type of ratio": type(group.v / mV).__name__,
        "compare": group.v > 2 * mV,
        "mean": np.mean(group.v),
        "max": group.v[:].max(),
        "std": np.std(group.v[:]),
        "array": np.array(group.v),
        "asarray": np.asarray(group.v / mV),
        "minus": 5 * mV - group.v,
        "divided": 1 / group.w,
        "power": group.w**2,
        "exp": b.exp(group.w / 2),
        "wrong": raised(lambda: group.v + group.g),
        "exp of volts": raised(lambda: b.exp(group.v)),
        "len": len(group.v),
        "sum": sum(group.v),
        "sum of numbers": sum(group.w),
        "sorted": np.sort(group.w),
        "argsort": np.argsort(group.v),
        "dot": np.dot(group.w, group.v),
        "mask": group.v[group.w > 2],
        "get_dimensions": repr(b.get_dimensions(group.v)),
        "have_same": b.have_same_dimensions(group.v, mV),
        "in_unit": b.in_unit(group.v[:], mV),
        "where": b.where(group.v > 2 * mV, group.v[:], 0 * mV),
        "concatenate": np.concatenate([group.v[:] / mV, group.w[:]]),
    }


@probe("3 check_units(args, result=...)")
def check_units_in_classes(b: Any) -> dict[str, Any]:
    class Model:
        @b.check_units(I=b.amp, tau=b.second, n=1)
        def __init__(self, I: Any, tau: Any = 10 * b.ms, n: Any = 3) -> None:
            self.I, self.tau, self.n = I, tau, n

        @b.check_units(t=b.second, result=b.amp)
        def current(self, t: Any) -> Any:
            return self.I * float(t / self.tau)

    @b.check_units(v=b.volt)
    def with_default(v: Any = -70 * b.mV) -> Any:
        """Docstring."""
        return v

    model = Model(1 * b.nA)
    return {
        "current": model.current(5 * b.ms),
        "wrong argument": raised(lambda: model.current(5 * b.mV)),
        "wrong in constructor": raised(lambda: Model(1 * b.mV)),
        "wrong keyword": raised(lambda: Model(1 * b.nA, tau=3)),
        "n": Model(1 * b.nA, n=4).n,
        "default": with_default(),
        "default given": seen(lambda: with_default(v=1 * b.mV)),
        "docstring": with_default.__doc__,
        "name": with_default.__name__,
        "list": raised(lambda: with_default([1 * b.mV, 2 * b.mV])),
        "array": seen(lambda: with_default(np.array([1, 2]) * b.mV)),
        "view": seen(lambda: with_default(b.NeuronGroup(2, "v : volt").v)),
        "text": seen(lambda: with_default("rand()*mV")),
        "zero": raised(lambda: with_default(0)),
        "zeros": raised(lambda: with_default(np.zeros(2))),
        "none": raised(lambda: with_default(None)),
        "unknown name": seen(lambda: b.check_units(w=b.volt)(lambda v: v)(3)),
        "attributes": [hasattr(with_default, "_arg_units"), hasattr(with_default, "_return_unit")],
    }


@probe("3 helpers", "3 powers")
def dimension_objects(b: Any) -> dict[str, Any]:
    volt, second = b.volt.dim, b.second.dim
    return {
        "equal": [volt == b.mV.dim, volt == second, volt != second, volt is (1 * b.mV).dim],
        "dimensionless": [volt.is_dimensionless, (volt / volt).is_dimensionless],
        "product": repr(volt * second),
        "root": repr(second**0.5),
        "root twice": (second**0.5 * second**0.5) is second,
        "text": [str(volt), str(second), str(volt / volt), str(second**-1), str(volt / second)],
        "hash": len({volt, b.mV.dim, second}),
        "get": [
            volt.get_dimension(n) for n in ("length", "mass", "time", "current", "temperature")
        ],
        "short": [volt.get_dimension(n) for n in ("m", "kg", "s", "A", "K", "mol", "cd")],
        "unknown": raised(lambda: volt.get_dimension("nothing")),
    }
