"""A short run in a copy of this process, which leaves no trace in the network itself."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ..records import dataclass
from ..units import Quantity, second
from .pathways import SynapticPathway
from .profiling import KernelTime, Profile, event_of, fan_out
from .spikes import SpikeSource

# events per element and second: of all groups, by name, or as they are seen
Rates = float | Mapping[str, float] | None

# real time that a trial is to measure, and that it may take altogether, compiling included; seconds
_BUDGET = 0.3
_PATIENCE = 60.0
_FIRST_STEPS = 10
# what a spike and a synaptic event cost where the trial saw none, nanoseconds: about the middle,
# in ratio, of what this project's benchmarks found (1 to 100, and 0.5 to 10)
_ASSUMED = {"spike": 10.0, "synaptic event": 2.0}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial found.

    Args:
        pace: Real seconds per simulated second, at the rates that were asked for.
        simulated: Simulated time that was measured, seconds.
        rates: Events per element and second that were seen, by "group event".
        assumed: Names of objects whose cost per event is assumed, for there were no events.
    """

    pace: float
    simulated: float
    rates: Mapping[str, float]
    assumed: tuple[str, ...]


def try_in_a_copy(network: Any, names: Mapping[str, Any], duration: float, rates: Rates) -> Trial:
    """Run a network for a moment in a copy of this process, and return what that cost.

    Args:
        network: A network that is ready to run.
        names: External names.
        duration: Simulated time beyond which nobody asks, seconds.
        rates: Rate of all groups that emit events in hertz, or name of the group -> rate; None for
            the rates that are seen.

    Raises:
        OSError: There can be no copy here, or it failed or took too long.
    """
    found = _in_a_copy(lambda: _measured(network, names, duration, rates))
    return Trial(found["pace"], found["simulated"], found["rates"], tuple(found["assumed"]))


def _measured(
    network: Any, names: Mapping[str, Any], duration: float, rates: Rates
) -> dict[str, Any]:
    # engines of the process that was copied may have had threads, which a copy has not; they stay
    # referred to, for their end may wait for these threads
    earlier = dict(network.prepared)
    network.prepared.clear()
    longest = max(clock.pace for clock in network.clocks())
    span = _FIRST_STEPS * longest
    network.run(0 * second, namespace=names, profile="kernels")  # compiled by now
    profile = _profiled(network, names, span)
    while profile.seconds < _BUDGET / 2 and span < duration:
        steps = min(0.7 * _BUDGET / max(profile.seconds, 1e-6), 100.0) * span / longest
        span = min(max(2 * span, round(steps) * longest), duration)
        profile = _profiled(network, names, span)
    network.run(0 * second, namespace=names)  # prepared, so that only steps are timed
    begun = time.perf_counter()
    network.run(Quantity(span, dim=second.dim), namespace=names)
    # without the readings of the clock that are in a profile
    whole = time.perf_counter() - begun
    measured = sum(kernel.seconds for kernel in profile.kernels)
    costs = [at_rates(kernel, network, profile, rates) for kernel in profile.kernels]
    scaled = sum(seconds for seconds, _ in costs)
    return {
        "pace": whole / span * (scaled / measured if measured else 1.0),
        "simulated": span,
        "replaced": len(earlier),
        "rates": {" ".join(key): rate for key, rate in profile.rates.items()},
        "assumed": [
            kernel.name
            for kernel, (_, known) in zip(profile.kernels, costs, strict=True)
            if not known
        ],
    }


def _profiled(network: Any, names: Mapping[str, Any], span: float) -> Profile:
    found: Profile = network.profile(Quantity(span, dim=second.dim), names)
    return found


def at_rates(
    kernel: KernelTime, network: Any, profile: Profile, rates: Rates
) -> tuple[float, bool]:
    """Return the seconds that a kernel would take at other rates, and whether that is measured."""
    obj = network[kernel.name]
    found = event_of(obj)
    if rates is None or found is None or kernel.work.unit not in _ASSUMED:
        return kernel.seconds, True
    group, event = found
    wanted = rate_for(group, rates)
    if wanted is None:
        return kernel.seconds, True
    seen = profile.rates[group.name, event]
    # some of the time goes by even where nothing happens; it is small, and scaled with the rest
    if seen > 0 and kernel.work.number:
        return kernel.seconds * wanted / seen, True
    each = float(fan_out(obj).sum()) if isinstance(obj, SynapticPathway) else len(group)
    number = wanted * each * profile.duration
    return kernel.seconds + 1e-9 * _ASSUMED[kernel.work.unit] * number, number == 0


def rate_for(group: SpikeSource, rates: Rates) -> float | None:
    """Return the rate that is given for a group, in hertz; None where none is."""
    if isinstance(rates, Mapping):
        return rates.get(group.name, rates.get(group.event_source.name))
    return rates


# ------------------------------------------------------------------------------ copies of processes


def _in_a_copy(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what a function returns in a copy of this process; it must be plain data.

    Raises:
        OSError: There can be no copy here, or it failed or took too long.
    """
    if not hasattr(os, "fork"):
        raise OSError("this system cannot copy a process")
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # the copy has only this thread; it uses nothing that others may hold
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:  # pragma: no cover - in the copy
        _answer(work, writing)
    os.close(writing)
    try:
        text = _read(reading, time.monotonic() + _PATIENCE)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if not text:
        raise OSError("the trial took too long")
    found: dict[str, Any] = json.loads(text)
    if "error" in found:
        raise OSError(found["error"])
    return found


def _answer(work: Callable[[], dict[str, Any]], writing: int) -> None:  # pragma: no cover
    """Write the result to a pipe, and end this process without ado."""
    try:
        # messages of the trial are none of the user's
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001 - the other process is told
            found = {"error": f"{type(error).__name__}: {error}"}
        os.write(writing, json.dumps(found).encode())
    finally:
        os._exit(0)


def _read(reading: int, deadline: float) -> bytes:
    """Return all that comes through a pipe; nothing when the time is over."""
    parts: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return b""
        part = os.read(reading, 2**16)
        if not part:
            return b"".join(parts)
        parts.append(part)
