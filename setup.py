"""Build of the native parts; everything else is in pyproject.toml.

Two things which pyproject.toml cannot say: the folder codegen/ is the package brainsim.codegen, and
a machine without a C compiler gets the package without native parts instead of an error.
"""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup

# No -march=native: a wheel may run on another machine. Contraction would change results.
FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]


# C beside the Cython files
NATIVE = Path("brainsim/native")


def packages() -> list[str]:
    """Return the packages; those of codegen/ are found there, as an archive holds no link."""
    own = [name for name in find_packages(include=["brainsim*"]) if "codegen" not in name]
    return [*own, "brainsim.codegen", *(f"brainsim.codegen.{p}" for p in find_packages("codegen"))]


def extensions() -> list[Extension]:
    """Return one extension for each Cython file of the package."""
    folders = (Path("codegen/include"), Path("brainsim"), NATIVE)
    headers = sorted(header for folder in folders for header in folder.glob("*.h"))
    beside = {"connectivity": [path.as_posix() for path in sorted(NATIVE.glob("*.c"))]}
    found = [
        Extension(
            f"brainsim.{path.stem}",
            [path.as_posix(), *beside.get(path.stem, [])],
            include_dirs=[folder.as_posix() for folder in folders],
            depends=[header.as_posix() for header in headers],
            extra_compile_args=FLAGS,
        )
        for path in sorted(Path("brainsim").glob("*.pyx"))
    ]
    translated: list[Extension] = cythonize(found, language_level=3)
    for extension in translated:
        extension.optional = True  # set here, because Cython does not pass it on
    return translated


setup(
    packages=packages(),
    package_dir={"brainsim.codegen": "codegen"},
    include_package_data=False,
    package_data={
        "brainsim": ["py.typed"],
        "brainsim.codegen": ["py.typed", "include/*.h"],
    },
    ext_modules=extensions(),
)
