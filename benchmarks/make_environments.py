"""Make the environments of the peers: `.venv-brian2` and `.venv-nest` beside the project.

    python benchmarks/make_environments.py [brian2] [nest] [--folder DIR]

Without names it makes both. An environment that is there already is left alone.
"""

from __future__ import annotations

import argparse
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PEERS = {
    "brian2": ("Brian2==2.9.0", "numpy<2.4", "cython", "setuptools"),
    "nest": ("nest-simulator==3.10.0", "numpy"),
}


def make(name: str, folder: Path) -> Path:
    """Create one environment and return its interpreter.

    Raises:
        subprocess.CalledProcessError: pip could not install the packages.
    """
    place = folder / f".venv-{name}"
    interpreter = place / "bin" / "python"
    if (place / "complete").exists():
        print(f"{name}: {place} is there")
        return interpreter
    venv.create(place, with_pip=True, clear=True)
    subprocess.run([interpreter, "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)
    (place / "complete").touch()
    print(f"{name}: made {place}")
    return interpreter


def main() -> None:
    """Make what the command line names, or everything."""
    parser = argparse.ArgumentParser(description="Make the environments of the peers.")
    parser.add_argument("names", nargs="*", metavar="brian2|nest")
    parser.add_argument("--folder", type=Path, default=ROOT, help="where the environments go")
    choice = parser.parse_args()
    unknown = set(choice.names) - PEERS.keys()
    if unknown:
        parser.error(f"no peer is called {', '.join(sorted(unknown))}; there are brian2 and nest")
    for name in choice.names or PEERS:
        make(name, choice.folder.resolve())


if __name__ == "__main__":
    main()
