"""Record what Brian2 gives for the models of models.py: run this with a Python that has Brian2.

    python tests/science/reference_spatial/record.py

The files beside it, <model>.npz, were recorded with Brian2 2.9.0 and its NumPy target.
"""

from __future__ import annotations

from pathlib import Path

import brian2
import numpy as np
from models import MODELS

if __name__ == "__main__":
    brian2.prefs.codegen.target = "numpy"
    for name, model in MODELS.items():
        np.savez_compressed(Path(__file__).parent / f"{name}.npz", **model(brian2))
