"""Record what Brian2 gives for the probes of the language, for machines which do not have it.

    .venv-brian2/bin/python tests/language/record.py [--out FOLDER] [MODULE ...]

`benchmarks/make_environments.py brian2` makes that environment. Each module of `probes/` becomes a
file of `recorded/`, with the version of Brian2.
"""

from __future__ import annotations

import argparse
import importlib
import json
import warnings
from pathlib import Path
from typing import Any

from probing import RECORDED, load_probes, probe_names, run_probe


def record(engine: Any, name: str, out: Path) -> None:
    """Write the results of all probes of a module."""
    probes = load_probes(name)
    results: dict[str, Any] = {}
    for key, function in probes.items():
        try:
            results[key] = run_probe(engine, function)
        except Exception as error:
            raise RuntimeError(f"{name}: {key} fails on {engine.__name__}") from error
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(results[key])}" for key in sorted(results))
    origin = json.dumps(f"{engine.__name__} {engine.__version__}")
    text = f'{{"engine": {origin}, "probes": {{\n{lines}\n}}}}\n'
    (out / f"{name}.json").write_text(text, encoding="utf-8")


def main() -> None:
    """Record the modules named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description="Record what Brian2 gives for the probes.")
    parser.add_argument("modules", nargs="*", help="names of files in probes/")
    parser.add_argument("--out", type=Path, default=RECORDED, help="folder to write to")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    engine = importlib.import_module("brian2")
    engine.prefs.codegen.target = "numpy"
    engine.BrianLogger.log_level_error()
    for name in options.modules or probe_names():
        record(engine, name, options.out)
        print(name)  # noqa: T201


if __name__ == "__main__":
    main()
