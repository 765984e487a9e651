"""Section 24: messages."""

from __future__ import annotations

import importlib
import logging
import uuid
from typing import Any

from probing import logged, printed, probe, raised


def _catch(b: Any, *args: Any) -> Any:
    return importlib.import_module(f"{b.__name__}.utils.logger").catch_logs(*args)


_ALL = """
for level in ("error", "warn", "warning", "info", "debug", "diagnostic"):
    getattr(log, level)(f"{name} {level}")
"""


@probe("24 levels", "24 BrianLogger")
def what_is_shown(b: Any) -> dict[str, Any]:
    script = "name = 'default'" + _ALL
    for name in ("diagnostic", "debug", "info", "warn", "error"):
        script += f"b.BrianLogger.log_level_{name}()\nname = '{name}'" + _ALL
    lines = printed(b, script)
    shown = [line for line in lines["err"] if line.endswith("[ENGINE.probe]")]
    return {"out": lines["out"], "shown": shown}


@probe("24 levels")
def console_level_of_the_preference(b: Any) -> dict[str, Any]:
    script = "name = 'before'" + _ALL
    for level in ("ERROR", "DEBUG", "WARNING"):
        script += f"prefs.logging.console_log_level = '{level}'\nname = '{level}'" + _ALL
    shown = [line for line in printed(b, script)["err"] if line.endswith("[ENGINE.probe]")]
    return {"first": [line for line in shown if "before" in line]}


@probe("24 BrianLogger")
def suppressing(b: Any) -> dict[str, Any]:
    script = """
log.warn("one", "first")
log.warn("two", "second")
b.BrianLogger.suppress_name("first")
log.warn("three", "first")
log.warn("four", "second")
log.warn("five", "not_first")
log.warn("six")
deep = b.get_logger(log.name + ".deep")
deep.warn("seven")
b.BrianLogger.suppress_hierarchy(log.name + ".deep")
deep.warn("eight")
deep.error("nine", "suffix")
log.warn("ten")
b.BrianLogger.suppress_name("second", filter_log_file=True)
log.warn("eleven", "second")
b.BrianLogger.suppress_hierarchy(log.name, filter_log_file=True)
log.warn("twelve")
"""
    return {"shown": [line for line in printed(b, script)["err"] if "ENGINE.probe" in line]}


@probe("24 BrianLogger")
def initialising_again(b: Any) -> dict[str, Any]:
    script = """
b.BrianLogger.initialize()
log.warn("after")
"""
    lines = printed(b, script)["err"]
    return {"shown": any("after [ENGINE.probe]" in line for line in lines),
            "is method": callable(b.BrianLogger.initialize)}  # fmt: skip


@probe("24 get_logger(name)")
def loggers(b: Any) -> dict[str, Any]:
    mine = f"mine{uuid.uuid4().hex}"  # messages that are shown once must be new
    log = b.get_logger(f"{b.__name__}.{mine}")
    with _catch(b, logging.DEBUG) as caught:
        log.error("a")
        log.warn("b", "suffix")
        log.warning("c", name_suffix="suffix")
        log.info("d", once=True)
        log.info("d", once=True)
        log.info("e", "other", once=True)
        log.info("e", "other", once=True)
        log.info("f", "other", once=True)
        log.debug("100% {x} %s")
        log.diagnostic("h")
    return {
        "kind": type(log).__name__,
        "name": log.name == f"{b.__name__}.{mine}",
        "added": b.get_logger("mine").name.removeprefix(b.__name__),
        "caught": [[level, name.removeprefix(log.name), text] for level, name, text in caught],
        "no arguments": raised(lambda: log.warn()),
    }


@probe("24 catch_logs(log_level=WARN)")
def catching(b: Any) -> dict[str, Any]:
    log = b.get_logger(f"{b.__name__}.catching")
    levels = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)
    found = {}
    for level in levels:
        with _catch(b, level) as caught:
            log.error("e")
            log.warn("w")
            log.info("i")
            log.debug("d")
        found[str(level)] = [level for level, _, _ in caught]
    with _catch(b) as outer:
        log.warn("outside")
        with _catch(b) as inner:
            log.warn("inside")
        log.warn("outside again")
    found |= {
        "outer": [text for _, _, text in outer],
        "inner": inner[0][2],
        "kind": [isinstance(outer, list), isinstance(outer[0], tuple)],
    }

    def fails() -> None:
        with _catch(b):
            raise LookupError

    found["error"] = raised(fails)
    with _catch(b, logging.INFO) as caught:
        log.info("later")
    return found | {"later": [text for _, _, text in caught]}


def _names(b: Any, action: Any) -> list[str]:
    with logged(b) as warnings:
        action()
    return [name for name in warnings if name != "unused_brian_object"]


@probe("24 message names scripts suppress")
def names_of_warnings(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", name="group")
    x = 3
    k = 1

    def only_threshold() -> None:
        b.NeuronGroup(1, "v : 1", threshold="v > 1")

    def no_refractory() -> None:
        b.NeuronGroup(1, "dv/dt = -v/ms : 1 (unless refractory)", threshold="v > 1",
                      reset="v = 0", method="euler")  # fmt: skip

    def resolution_conflict() -> None:
        one = b.NeuronGroup(1, "dx/dt = -x/ms : 1", method="euler", name=f"g{uuid.uuid4().hex}")
        b.Network(one).run(0 * b.ms, namespace={"x": x})

    def clock_driven() -> None:
        b.Synapses(group, group, "dw/dt = -w/ms : 1", method="euler")

    def ignored_spikes() -> None:
        spikes = b.SpikeGeneratorGroup(1, [0, 0], [0.05, 1] * b.ms, name="generator")
        net = b.Network(spikes)
        net.run(0.5 * b.ms)
        spikes.set_spikes([0, 0], [0.1, 1] * b.ms)
        net.run(0.5 * b.ms)

    def invalid_values() -> None:
        one = b.NeuronGroup(1, "dy/dt = y**3/ms : 1", method="euler", name=f"g{uuid.uuid4().hex}")
        one.y = 1e100
        b.Network(one).run(1 * b.ms)

    def many_timesteps() -> None:
        operation = b.NetworkOperation(b.stop, dt=1e-9 * b.second, name="op")
        b.Network(operation).run((1e6 + uuid.uuid4().int % 10**5) * b.second)

    tests = [
        only_threshold, no_refractory, resolution_conflict, clock_driven, ignored_spikes,
        invalid_values, many_timesteps,
    ]  # fmt: skip
    return {test.__name__: _names(b, test) for test in tests} | {"k": k}


@probe("24 message names scripts suppress")
def messages_that_are_shown_once(b: Any) -> dict[str, Any]:
    script = """
group = b.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", name="group")
synapses = [b.Synapses(group, group, pre="v += 1", post="v += 2") for _ in range(2)]
print(synapses[0].pre.code, "|", synapses[0].post.code)
b.BrianLogger.suppress_name("deprecated_pre")
"""
    lines = printed(b, script)
    names = [line.rpartition(".")[2] for line in lines["err"] if line.endswith("]")]
    return {"out": lines["out"], "names": sorted(set(names) - {"unused_brian_object]"})}


@probe("24 message names scripts suppress")
def method_choice(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(1, "dv/dt = -v/ms : 1", name=f"g{uuid.uuid4().hex}")
    net = b.Network(group)
    with _catch(b, logging.INFO) as caught:
        net.run(0.1 * b.ms)
    with _catch(b, logging.INFO) as again:
        net.run(0.1 * b.ms)
    named = b.NeuronGroup(1, "dv/dt = -v/ms : 1", method="exact", name="named")
    with _catch(b, logging.INFO) as chosen:
        b.Network(named).run(0.1 * b.ms)
    last = [[(level, name.rpartition(".")[2]) for level, name, _ in one]
            for one in (caught, chosen)]  # fmt: skip
    return {"caught": last[0], "chosen": last[1], "kind": [one[0] for one in again] == []}


@probe("24 compilation output")
def silence(b: Any) -> dict[str, Any]:
    lines = printed(
        b,
        """
import subprocess, sys
print("before", flush=True)
with b.std_silent():
    print("hidden", flush=True)
    sys.stderr.write("hidden too")
    subprocess.run([sys.executable, "-c", "print('hidden from afar')"])
print("after", flush=True)
with b.std_silent(alwaysprint=True):
    print("shown", flush=True)
prefs.logging.std_redirection = False
with b.std_silent():
    print("shown by preference", flush=True)
""",
    )
    return {"out": lines["out"], "err": [line for line in lines["err"] if "hidden" in line]}


@probe("24 multiprocessing")
def in_children(b: Any) -> dict[str, Any]:
    """A network that was made before a fork runs in the children."""
    lines = printed(
        b,
        """
import multiprocessing
group = b.NeuronGroup(1, "dv/dt = k/ms : 1\\nk : 1", method="euler", name="group")
net = b.Network(group)

def run(k):
    group.k = k
    net.run(1*b.ms)
    log.debug("in a child")
    return float(group.v[0])

with multiprocessing.get_context("fork").Pool(2) as pool:
    print([round(v, 9) for v in pool.map(run, [1, 2, 3], chunksize=3)], flush=True)
print(float(group.v[0]), flush=True)
""",
    )
    return {"out": lines["out"]}
