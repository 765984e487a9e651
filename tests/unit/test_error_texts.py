"""Wrong scripts, and all that their authors are told: tests/golden/errors.

Each file there holds a script as a scientist would write it, and below it what the user sees:
warnings, the line that fails, the type of the error and its text. To add one, write a file with
the script alone and run this module with --update-golden; then read the file as its user would.
"""

from __future__ import annotations

import builtins
import itertools
import json
import os
import re
import runpy
import subprocess
import traceback
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

import brainsim
from brainsim import logger
from brainsim.model import naming

ERRORS = Path(__file__).resolve().parent.parent / "golden" / "errors"
NAMES = sorted(path.stem for path in ERRORS.glob("*.txt"))
MARK = "-------- "
PEER = os.environ.get("BRAINSIM_BRIAN2_PYTHON", "")

# types which scripts of the tradition catch, apart from Python's own
TRADITION = {
    "BrianObjectException",
    "DimensionMismatchError",
    "EquationError",
    "MagicError",
    "UnsupportedEquationsException",
}

# where this package departs from the type in Brian2 2.9, and why
DEVIATIONS = {
    "caret_for_power": "SyntaxError like all wrong syntax; there KeyError from within",
    "linked_but_never_linked": "TypeError as when it is read; there KeyError from within",
    "monitor_of_a_variable_view": "TypeError; there AttributeError from within",
    "rate_monitor_without_threshold": "ValueError as for SpikeMonitor; there KeyError from within",
    "source_is_a_number": "TypeError; there AttributeError from within",
}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every script runs as in a new session; no compiler is needed."""
    monkeypatch.setattr(naming, "_living", weakref.WeakValueDictionary())
    monkeypatch.setattr(logger, "_seen", set())
    brainsim.prefs["codegen.target"] = "numpy"
    yield
    brainsim.prefs.reset_to_defaults()
    brainsim.defaultclock.dt = 0.1 * brainsim.ms
    brainsim.start_scope()


def script_of(name: str) -> str:
    """Return the script of a golden file, without what it ends in."""
    text = (ERRORS / f"{name}.txt").read_text(encoding="utf-8")
    return text.partition(f"\n{MARK}")[0].rstrip() + "\n"


def run_script(name: str, folder: Path) -> tuple[list[tuple[str, str]], Exception | None, int]:
    """Run a script; return the warnings (name, text), the error, and the line that failed."""
    brainsim.defaultclock.dt = 0.1 * brainsim.ms
    brainsim.start_scope()
    path = folder / f"{name}.py"
    path.write_text(script_of(name), encoding="utf-8")
    error, line = None, 0
    with logger.catch_logs() as logs:
        try:
            runpy.run_path(str(path))
        except Exception as raised:  # noqa: BLE001 - the error is the result
            error = raised
            frames = traceback.extract_tb(raised.__traceback__)
            line = next(f.lineno or 0 for f in reversed(frames) if f.filename == str(path))
    return [(full.rpartition(".")[2], text) for _, full, text in logs], error, line


def type_names(error: BaseException) -> str:
    """Return the names of an error's type and of what the tradition calls it, and of its causes."""
    kind = type(error)
    known = next(c.__name__ for c in kind.__mro__ if is_traditional(c))
    text = kind.__name__ if kind.__name__ == known else f"{kind.__name__} (a {known})"
    return text if error.__cause__ is None else f"{text} from {type_names(error.__cause__)}"


def is_traditional(kind: type) -> bool:
    """Return whether scripts of the tradition know an exception type."""
    return kind.__name__ in TRADITION or hasattr(builtins, kind.__name__)


def report(name: str, folder: Path) -> str:
    """Return a script and what its user sees."""
    warnings, error, line = run_script(name, folder)
    parts = [script_of(name)]
    parts += [f"{MARK}warning {suffix}\n{text}\n" for suffix, text in warnings]
    if error is not None:
        parts.append(f"{MARK}line {line}: {type_names(error)}\n{error}\n")
    return "\n".join(parts)


@pytest.mark.parametrize("name", NAMES)
def test_text_is_the_reviewed_one(golden, name, tmp_path):
    """A wrong script is answered with the reviewed text, type and line."""
    text = report(name, tmp_path)
    assert MARK in text, "the script is not wrong"
    golden(text, f"../errors/{name}.txt")


@pytest.mark.parametrize("name", NAMES)
def test_text_can_be_read_without_the_traceback(name):
    """No text is a bare word, a repr with addresses, or in the quotation marks of a KeyError."""
    text = (ERRORS / f"{name}.txt").read_text(encoding="utf-8")
    answers = re.split(rf"(?m)^{MARK}.*\n", text)[1:]
    for answer in answers:
        assert len(answer.split()) >= 4, answer
        assert not re.search(r"0x[0-9a-f]+|object at|NoneType|<class|Traceback", answer)
        assert not answer.startswith('"')
        assert not re.search(r"[;,?!][.;:,?!]", answer)


@pytest.mark.parametrize("name", NAMES)
def test_carets_stand_below_the_script_s_own_words(name):
    """What carets point at is part of the script, and no blank."""
    text = (ERRORS / f"{name}.txt").read_text(encoding="utf-8")
    script = script_of(name)
    lines = text.splitlines()
    for above, below in itertools.pairwise(lines):
        found = re.match(r" +\| +(\^+)", below)
        if found is None:
            continue
        token = above[found.start(1) : found.end(1)]
        quoted = above.partition("| ")[2]
        assert quoted.strip() in script
        assert token.strip() or found.start(1) >= len(above), (above, below)


def test_there_are_many_wrong_scripts():
    """The collection covers every kind of text that a user writes."""
    assert len(NAMES) >= 120
    sources = set()
    for name in NAMES:
        text = (ERRORS / f"{name}.txt").read_text(encoding="utf-8")
        sources |= set(re.findall(r"(?m)^  in (.+?) of '", text))
    wanted = {"equations", "threshold", "reset", "on_pre", "refractory period", "rates"}
    assert wanted <= sources
    assert {"run_regularly", "index", "condition", "weight", "event 'burst'"} <= sources


# ------------------------------------------------------------------------- the tradition's types

# runs scripts named on the command line; prints {name: [line, [names of types], ...]}
PEER_PROGRAM = """
import json, runpy, sys, traceback
import brian2
from brian2 import BrianLogger, defaultclock, ms, prefs, start_scope
prefs.codegen.target = "numpy"
prefs.logging.display_brian_error_message = False
BrianLogger.log_level_error()
found = {}
for path in sys.argv[1:]:
    start_scope()
    defaultclock.dt = 0.1*ms
    chain, line = [], None
    try:
        runpy.run_path(path)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        line = [f.lineno for f in frames if f.filename == path][-1]
        while error is not None:
            chain.append([c.__name__ for c in type(error).__mro__])
            error = error.__cause__
    found[path] = [line, chain]
print(json.dumps(found))
"""


def agrees(error: BaseException | None, line: int, peer_line: int, chain: list[list[str]]) -> bool:
    """Return whether an error is of the type of the peer's, and not later."""
    if not chain:
        return True  # not noticed by the peer, or not yet
    if error is None or line > peer_line:
        return False
    reason = next(types for types in chain if types[0] != "BrianObjectException")
    wanted = next(t for t in reason if t in TRADITION or hasattr(builtins, t))
    ours: list[BaseException] = [error]
    while ours[-1].__cause__ is not None:
        ours.append(ours[-1].__cause__)
    # what the peer raises directly must be raised directly, so that `except KeyError` works
    candidates = ours if chain[0] is not reason else ours[:1]
    return any(wanted in [c.__name__ for c in type(e).__mro__] for e in candidates)


@pytest.mark.brian2
@pytest.mark.slow
@pytest.mark.skipif(not PEER, reason="BRAINSIM_BRIAN2_PYTHON names no interpreter")
def test_types_are_those_of_brian2(tmp_path):
    """Brian2 refuses the same scripts with the same types, at the same line or later."""
    peers = tmp_path / "peer"
    peers.mkdir()
    for name in NAMES:
        script = script_of(name).replace("from brainsim import", "from brian2 import")
        (peers / f"{name}.py").write_text(script, encoding="utf-8")
    paths = [str(peers / f"{name}.py") for name in NAMES]
    command = [PEER, "-c", PEER_PROGRAM, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(done.stdout.splitlines()[-1])
    different = {}
    for name, path in zip(NAMES, paths, strict=True):
        _, error, line = run_script(name, tmp_path)
        peer_line, chain = found[path]
        if agrees(error, line, peer_line, chain) == (name in DEVIATIONS):
            different[name] = (peer_line, [types[0] for types in chain])
    lines = [f"{name}: {peer}" for name, peer in different.items()]
    assert not lines, "\n" + "\n".join(lines)
