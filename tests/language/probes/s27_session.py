"""Section 27: the cache, the built-in test, the state of a session."""

from __future__ import annotations

import inspect
from typing import Any

from probing import logged, probe, raised


@probe("27 compiled code cache")
def cache(b: Any) -> dict[str, Any]:
    with logged(b) as names:
        b.check_cache("cython")
    return {
        "quiet": names,
        "unknown": raised(lambda: b.clear_cache("no_such_target")),
        "arguments": [
            list(inspect.signature(f).parameters) for f in (b.check_cache, b.clear_cache)
        ],
        "limit": b.prefs.codegen.max_cache_dir_size,
        "safe": b.prefs.codegen.runtime.cython.multiprocess_safe,
    }


@probe("27 brian2.test")
def built_in_test(b: Any) -> dict[str, Any]:
    return {
        "callable": callable(b.test),
        "first arguments": list(inspect.signature(b.test).parameters)[:2],
    }


@probe("27 restore_initial_state()")
def initial_state(b: Any) -> dict[str, Any]:
    target = b.prefs.codegen.target
    group = b.NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler", name="of_before")
    b.defaultclock.dt = 0.5 * b.ms
    b.prefs.codegen.loop_invariant_optimisations = False
    b.restore_initial_state()
    after = b.prefs.codegen.loop_invariant_optimisations
    dt = b.defaultclock.dt[:] if getattr(b.defaultclock.dt, "ndim", 0) else b.defaultclock.dt
    reset = b.prefs.codegen.target
    b.prefs.codegen.target = target
    b.run(0.1 * b.ms)
    return {
        "dt": float(dt),
        "preference": after,
        "target": reset,
        "hidden from run": group.v[:],
        "living": group.name,
    }
