"""Run one of the reference models on one engine and keep what it gives.

    ENGINE_PYTHON run_model.py ENGINE MODEL SEED OUT.npz [--target numpy]

ENGINE is the name of an importable module, `brainsim` or `brian2`; MODEL the name of a file in
`models/`. The models are written against the names both engines share, so this script is executed
by whichever interpreter has the engine. Models named `random_*` give statistics that depend on the
seed; all others give traces and spikes that do not.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MODELS = Path(__file__).resolve().parent / "models"

Array = npt.NDArray[Any]
Results = dict[str, Array]


def model_names(*, random: bool) -> list[str]:
    """Return the sorted names of the models with, or without, random numbers."""
    names = sorted(path.stem for path in MODELS.glob("*.py"))
    return [name for name in names if name.startswith("random_") is random]


def run_model(engine: Any, name: str, seed: int = 0) -> Results:
    """Run a model and return plain arrays in base units.

    A spike monitor `x` in the results becomes `x_i`, the indices, and `x_us`, the times in whole
    microseconds: every step used by the models is a multiple of that, so equal numbers mean equal
    steps, whatever the last bits of the times.

    Args:
        engine: The imported module of the engine.
        name: Name of the model.
        seed: Seed of the random numbers; deterministic models ignore it.

    Raises:
        FileNotFoundError: No model has that name.
    """
    spec = importlib.util.spec_from_file_location(f"model_{name}", MODELS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(MODELS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    results: Results = {}
    for key, value in module.run(engine, seed).items():
        if hasattr(value, "spike_trains"):
            results[f"{key}_i"] = np.array(value.i[:], dtype=np.int32)
            results[f"{key}_us"] = np.rint(np.asarray(value.t[:]) * 1e6).astype(np.int64)
        else:
            results[key] = np.array(value)
    return results


def thin(array: Array, columns: int = 200) -> Array:
    """Keep evenly spaced columns of a long trace; spikes and other whole numbers stay complete."""
    if array.dtype.kind != "f" or array.ndim == 0 or array.shape[-1] <= columns:
        return array
    return array[..., np.linspace(0, array.shape[-1] - 1, columns).round().astype(int)]


def main() -> None:
    """Parse the command line, run the model and write its results."""
    parser = argparse.ArgumentParser(description="Run a reference model on one engine.")
    parser.add_argument("engine", help="brainsim or brian2")
    parser.add_argument("model", help="name of a file in models/")
    parser.add_argument("seed", type=int)
    parser.add_argument("out", type=Path, help="file to write, .npz")
    parser.add_argument("--target", help="value for prefs.codegen.target")
    options = parser.parse_args()
    engine = importlib.import_module(options.engine)
    if options.target:
        engine.prefs.codegen.target = options.target
    arrays: dict[str, Any] = run_model(engine, options.model, options.seed)
    np.savez_compressed(options.out, **arrays)


if __name__ == "__main__":
    main()
