"""Record what Brian2 gives for the reference models, for machines which do not have it.

    .venv-brian2/bin/python tests/science/record_reference.py [MODEL ...]

`benchmarks/make_environments.py brian2` makes that environment. Each deterministic model becomes
`reference/MODEL.npz` (traces thinned to 200 columns, spikes complete), with the versions and the
full shapes as JSON under the key `about`; all random models share `reference/statistics.json`,
which holds one number per statistic and seed.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
from run_model import model_names, run_model, thin

REFERENCE = Path(__file__).resolve().parent / "reference"
STATISTICS = REFERENCE / "statistics.json"
SEEDS = range(1000, 1020)


def record_traces(engine: Any, name: str, versions: dict[str, str]) -> None:
    """Write the thinned results of a deterministic model."""
    results = run_model(engine, name)
    about = versions | {"shapes": {key: array.shape for key, array in results.items()}}
    arrays: dict[str, Any] = {key: thin(array) for key, array in results.items()}
    arrays["about"] = np.array(json.dumps(about))
    np.savez_compressed(REFERENCE / f"{name}.npz", **arrays)


def record_statistics(engine: Any, name: str, versions: dict[str, str]) -> None:
    """Write the statistics of a random model for every seed beside those of the others."""
    runs = [run_model(engine, name, seed) for seed in SEEDS]
    kept = json.loads(STATISTICS.read_text()) if STATISTICS.exists() else {"models": {}}
    values = {key: [float(f"{float(run[key]):.9g}") for run in runs] for key in runs[0]}
    models = kept["models"] | {name: values}
    text = json.dumps(versions | {"seeds": list(SEEDS), "models": dict(sorted(models.items()))})
    STATISTICS.write_text(text.replace('], "', '],\n"') + "\n")


def main() -> None:
    """Record the models named on the command line, or all of them."""
    engine = importlib.import_module("brian2")
    engine.prefs.codegen.target = "numpy"
    engine.BrianLogger.log_level_error()
    versions = {
        "engine": f"Brian2 {engine.__version__}",
        "target": "numpy",
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    REFERENCE.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or [*model_names(random=False), *model_names(random=True)]
    for name in wanted:
        record = record_statistics if name.startswith("random_") else record_traces
        record(engine, name, versions)
        print(name)  # noqa: T201


if __name__ == "__main__":
    main()
