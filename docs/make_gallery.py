"""Draw the small pictures of docs/gallery.md: run examples and keep the first figure of each.

python docs/make_gallery.py            all of them
python docs/make_gallery.py cuba stdp  some
"""

from __future__ import annotations

import io
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "gallery"
WIDTH = 600  # pixels
LARGEST = 60_000  # bytes
COLOURS = 128


def draw(name: str) -> None:
    """Run one example and write its picture."""
    plt.show = lambda *_args, **_kwargs: None
    path = ROOT / "examples" / f"{name}.py"
    sys.argv = [str(path)]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # what an example writes goes there
        runpy.run_path(str(path), run_name="__main__")
        os.chdir(ROOT)
    figure = plt.figure(plt.get_fignums()[0])
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=WIDTH / figure.get_size_inches()[0])
    # the method that keeps rare colours, such as those of a few dots
    method = Image.Quantize.MAXCOVERAGE
    picture = Image.open(drawn).convert("RGB").quantize(COLOURS, method, dither=Image.Dither.NONE)
    target = PICTURES / f"{name}.png"
    picture.save(target, optimize=True)
    size = target.stat().st_size
    if size > LARGEST:
        sys.exit(f"{target} has {size} bytes, more than {LARGEST}: draw less in {path}")


def main(names: list[str]) -> None:
    """Draw some pictures, each in a process of its own as a user would run it."""
    PICTURES.mkdir(exist_ok=True)
    if len(names) == 1:
        draw(names[0])
        return
    every = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
    for name in names or every:
        print(name, flush=True)
        subprocess.run([sys.executable, __file__, name], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
