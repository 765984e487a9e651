"""Archives, wheels and editable installs hold the whole package, wherever they are made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from brainsim.codegen import cache

# builds are made once, so these tests belong into one worker
pytestmark = pytest.mark.xdist_group("packaging")

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "build", "dist", "output"),
    *("*.egg-info", "*.so", "notebooks", "benchmarks", "science", "golden"),
    # what Cython has made
    *("connectivity.c", "elementary.c", "scheduler.c"),
)
LOOK = """
import sys
import brainsim
import brainsim.codegen.printers
import brainsim.codegen.toolchain as toolchain
print(brainsim.__file__)
print(sorted(path.name for path in toolchain.INCLUDE_DIRECTORY.glob("*.h")))
try:
    import codegen
except ImportError as error:
    print(type(error).__name__)
"""


def command(*words: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command and return what it prints; its failure shows everything it printed."""
    result = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """Return a folder for everything that is built here."""
    return tmp_path_factory.mktemp("packaging")


@pytest.fixture(scope="module")
def build_tools(workplace):
    """Return a folder with what pyproject.toml requires for building, installed by pip."""
    target = workplace / "tools"
    requirements = PROJECT["build-system"]["requires"]
    command(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--target", target, *requirements),
        cwd=workplace,
    )
    return target


@pytest.fixture(scope="module")
def python(workplace):
    """Return the interpreter of an empty environment that sees only the run-time dependencies."""
    environment = workplace / "environment"
    command(sys.executable, "-m", "venv", "--without-pip", environment, cwd=workplace)
    (site,) = environment.glob("lib/python*/site-packages")
    for package in Path(np.__file__).parents[1].iterdir():
        if package.name.split(".")[0] in {"numpy", "sympy", "mpmath"}:
            (site / package.name).symlink_to(package)
    return environment / "bin" / "python"


@pytest.fixture(scope="module")
def archive(workplace, build_tools):
    """Return the source archive of the checkout."""
    out = workplace / "archive"
    out.mkdir()
    checkout = shutil.copytree(ROOT, workplace / "for-archive", symlinks=True, ignore=LEFT_OUT)
    build = "import sys, setuptools.build_meta as b; b.build_sdist(sys.argv[1])"
    command(sys.executable, "-c", build, out, cwd=checkout, PYTHONPATH=str(build_tools))
    (made,) = out.iterdir()
    return made


def build_wheel(source: Path, out: Path, build_tools: Path, **environment: str) -> Path:
    """Return the wheel that pip builds from an archive or a folder."""
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", out, source]
    environment["PYTHONPATH"] = str(build_tools)
    command(sys.executable, "-m", "pip", *words, cwd=out.parent, **environment)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def wheel(workplace, build_tools, archive):
    """Return the wheel made from the archive."""
    return build_wheel(archive, workplace / "wheel", build_tools)


def names_in(wheel: Path) -> set[str]:
    """Return the files of a wheel, without those of its description."""
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
    return {name for name in names if ".dist-info/" not in name}


def sources(pattern: str) -> set[str]:
    """Return the files of the checkout by the name they have when installed."""
    own = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "brainsim").rglob(pattern)
        if ROOT / "brainsim" / "codegen" not in path.parents
    }
    return own | {
        f"brainsim/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "codegen").rglob(pattern)
    }


def native_parts() -> set[str]:
    """Return the names of the modules written in Cython."""
    return {path.stem for path in (ROOT / "brainsim").glob("*.pyx")}


def test_the_archive_holds_what_a_build_needs(archive):
    """Cython files, headers, markers for type checkers; nothing generated."""
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {f"brainsim/{name}.pyx" for name in native_parts()} <= names
    assert {"setup.py", "LICENSE", "codegen/py.typed", "codegen/include/bs_abi.h"} <= names
    made = {name for name in names if name.endswith((".c", ".so", ".pyc"))}
    beside = {path.relative_to(ROOT).as_posix() for path in (ROOT / "brainsim/native").glob("*.c")}
    assert made == beside


def test_the_wheel_holds_every_module_and_header(wheel):
    """Nothing is missing, nothing is extra, and only one name is installed at the top."""
    names = names_in(wheel)
    assert {name for name in names if name.endswith(".py")} == sources("*.py")
    # headers of generated code; those of the native parts have done their work
    headers = {name for name in sources("*.h") if "codegen/include" in name}
    assert {name for name in names if name.endswith(".h")} == headers
    assert {name for name in names if name.endswith("py.typed")} == sources("py.typed")
    compiled = {Path(name).name.split(".")[0] for name in names if name.endswith((".so", ".pyd"))}
    assert compiled == native_parts()
    assert {name.split("/")[0] for name in names} == {"brainsim"}


def test_an_installed_wheel_is_whole(workplace, wheel, python):
    """Away from the checkout everything is found, and there is no top-level codegen."""
    target = workplace / "installed"
    shutil.unpack_archive(wheel, target, "zip")
    look = LOOK + "".join(f"import brainsim.{name}\n" for name in sorted(native_parts()))
    printed = command(python, "-c", look, cwd=workplace, PYTHONPATH=str(target)).splitlines()
    assert Path(printed[0]).is_relative_to(target)
    assert "bs_abi.h" in printed[1]
    assert printed[2] == "ModuleNotFoundError"


@pytest.mark.parametrize("missing", ["/nonexistent", "false"])
def test_without_a_compiler_the_rest_is_installed(workplace, build_tools, wheel, missing):
    """No compiler, or one that fails, costs the native parts and nothing else."""
    name = Path(missing).name
    checkout = shutil.copytree(ROOT, workplace / f"with-{name}", symlinks=True, ignore=LEFT_OUT)
    bare = build_wheel(checkout, workplace / f"wheel-{name}", build_tools, CC=missing)
    assert names_in(bare) == {n for n in names_in(wheel) if not n.endswith((".so", ".pyd"))}


def test_an_editable_install_follows_the_checkout(workplace, build_tools, python):
    """A change in codegen/ is seen at once, under the name brainsim.codegen only."""
    checkout = shutil.copytree(ROOT, workplace / "editable", symlinks=True, ignore=LEFT_OUT)
    words = ["install", "--quiet", "--no-deps", "--no-build-isolation", "-e", checkout]
    command(
        *(sys.executable, "-m", "pip", "--python", python, *words),
        cwd=workplace,
        PYTHONPATH=str(build_tools),
        CC="false",  # quicker; the native parts are built in the tests above
    )
    (checkout / "codegen" / "new.py").write_text("x = 1\n")
    look = f"{LOOK}import brainsim.codegen.new\n"
    printed = command(python, "-c", look, cwd=workplace).splitlines()
    assert Path(printed[0]).is_relative_to(checkout)
    assert "bs_abi.h" in printed[1]
    assert printed[2] == "ModuleNotFoundError"


def test_codegen_is_no_top_level_module():
    """In the checkout, where a folder of that name lies, importing it says what to do."""
    attempt = "try:\n    import codegen\nexcept ImportError as error:\n    print(error)"
    printed = command(sys.executable, "-c", attempt, cwd=ROOT)
    assert "imported as 'brainsim.codegen'" in printed


def test_the_link_leads_to_codegen():
    """It is committed as a relative link."""
    assert (ROOT / "brainsim" / "codegen").readlink() == Path("../codegen")


def test_the_version_is_the_same_everywhere():
    """pyproject.toml, the keys of the cache, CITATION.cff."""
    version = PROJECT["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert version == cache.VERSION
    assert re.findall(r"(?m)^version: (.*)$", citation) == [version]


def test_continuous_integration_runs_the_readme_command():
    """There is one test command, and it is the documented one."""
    script = ROOT / ".ci" / "run"
    assert script.read_text(encoding="utf-8").rstrip().endswith("exec make test")
    assert os.access(script, os.X_OK)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in ("make demo", "make test", '-m pip install -e ".[plot,progress,test]"'):
        assert line in readme
