"""The rules of the architecture, read from the source with the standard library alone.

Each rule is one function that yields what it objects to; its docstring shows what is forbidden.
A new module or package of brainsim must be given its place in `LAYERS`.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]

# each imports only what stands above it, and itself
LAYERS = (
    ("records", "tracebacks"),
    ("errors", "logger"),
    ("elementary",),
    ("codegen", "preferences", "connectivity"),
    ("units",),
    ("equations",),
    ("solvers",),
    ("model",),
    ("program",),
    ("lowering",),
    ("scheduler",),
    ("devices",),
    ("sweeps",),
    ("learning", "interchange"),
    ("selftest",),
    # the dotted names of the tradition
    ("core", "groups", "importexport", "input", "monitors", "spatialneuron"),
    ("stateupdaters", "synapses", "utils"),
    ("numpy_",),
    ("pylab_names",),
    ("plotting",),
    ("__init__",),
    ("only",),
)
# where a package that is neither numpy nor of the standard library may be imported
GUESTS = {
    "Cython": {"brainsim.codegen.toolchain"},
    "IPython": {"brainsim.tracebacks"},
    "matplotlib": {
        "brainsim",  # for type checkers only
        "brainsim.plotting",
        "brainsim.pylab_names",
        "brainsim.units.matplotlib_converter",
    },
    "sympy": {"brainsim.equations.algebra"},
    "pandas": {"brainsim.model.importexport"},
    "tqdm": {"brainsim.devices.report"},
    "xarray": {"brainsim.sweeps.dataset"},
    "zarr": {"brainsim.model.streaming"},
}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "marshal.loads"),
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "subprocess.getoutput", "shelve.open"),
    *("sympify", "sympy.sympify", "sympy.S", "parse_expr", "sympy.parse_expr"),
}
FORBIDDEN_ARGUMENTS = {"shell", "allow_pickle"}
MODULE_LINES = 600
FUNCTION_LINES = 60


@dataclass(frozen=True, slots=True)
class Module:
    """One source file.

    Args:
        name: Dotted name; a package's own file has the name of the package.
        path: Where it is.
        is_package: Whether it is an `__init__.py`.
        text: Its source.
    """

    name: str
    path: Path
    is_package: bool
    text: str

    @property
    def unit(self) -> str:
        """The module or package of `LAYERS` that it belongs to."""
        return self.name.split(".")[1] if "." in self.name else "__init__"

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree; a Cython file gives the tree of its import lines."""
        return parse(self)


@cache
def parse(module: Module) -> ast.Module:
    """Return the syntax tree of a module, parsed once."""
    text = module.text
    if module.path.suffix == ".pyx":
        lines = re.findall(
            r"^[ \t]*((?:from[ \t]+\S+[ \t]+)?c?import\b[^\n(]*)", text, re.MULTILINE
        )
        # `from x cimport (a, b)` and C names after `cimport` matter only by their module
        plain = (re.sub(r"\bcimport\b", "import", line.split("#")[0]).strip() for line in lines)
        text = "\n".join(f"{line} *" if line.endswith(" import") else line for line in plain)
    return ast.parse(text, str(module.path))


def modules(root: Path) -> list[Module]:
    """Return all source files of the package below a checkout."""
    found = []
    for top, prefix in ((root / "brainsim", "brainsim"), (root / "codegen", "brainsim.codegen")):
        for path in sorted(p for p in top.rglob("*") if p.suffix in {".py", ".pyx"}):
            if (root / "brainsim" / "codegen") in path.parents:
                continue  # the link; the files are checked where they are
            parts = path.relative_to(top).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join([prefix, *(parts[:-1] if is_package else parts)])
            found.append(Module(name, path, is_package, path.read_text(encoding="utf-8")))
    return found


def imports(module: Module, known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield the full name of each module imported, anywhere in the file, with its line."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    yield alias.name, node.lineno
            case ast.ImportFrom():
                base = node.module or ""
                if node.level:
                    above = module.name.split(".")
                    above = above[: len(above) - node.level + module.is_package]
                    base = ".".join([*above, base] if base else above)
                for alias in node.names:
                    full = f"{base}.{alias.name}"
                    yield (full if full in known else base), node.lineno
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if "import_module" in ast.dump(
                node.func
            ):
                yield name, node.lineno


def position(unit: str) -> int | None:
    """Return the number of the layer of a module or package, None if it has no place."""
    return next((k for k, layer in enumerate(LAYERS) if unit in layer), None)


# --- the rules ----------------------------------------------------------------------------------


def every_module_has_a_layer(found: list[Module]) -> Iterator[str]:
    """Forbidden: a file brainsim/anything.py that `LAYERS` does not know."""
    for module in found:
        if position(module.unit) is None:
            yield f"{module.path}: give '{module.unit}' its place in LAYERS"


def imports_go_down(found: list[Module]) -> Iterator[str]:
    """Forbidden: `from ..devices import runtime` in brainsim/model/network.py."""
    known = frozenset(module.name for module in found)
    units = {name.split(".")[1] for name in known if "." in name}
    for module in found:
        own = position(module.unit)
        for name, line in imports(module, known):
            if name.split(".")[0] != "brainsim":
                continue
            second = name.split(".")[1] if "." in name else ""
            unit = second if second in units else "__init__"
            layer = position(unit)
            if unit != module.unit and (own is None or layer is None or layer >= own):
                yield f"{module.path}:{line}: {module.unit} must not import {name}"


def imports_have_no_cycle(found: list[Module]) -> Iterator[str]:
    """Forbidden: a.py imports b and b.py imports a, be it inside a function."""
    known = frozenset(module.name for module in found)
    # a package's own file gathers names for others; its modules import each other by name
    graph = {
        module.name: {name for name, _ in imports(module, known) if name in known} - {module.name}
        for module in found
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # the sorter lists a cycle against the direction of the imports
        yield "import cycle: " + ", ".join(
            f"{importer} imports {imported}" for imported, importer in pairwise(error.args[1])
        )


def guests_stay_in_their_room(found: list[Module]) -> Iterator[str]:
    """Forbidden: `import sympy` outside equations/algebra.py."""
    known = frozenset(module.name for module in found)
    for module in found:
        for name, line in imports(module, known):
            top = name.split(".")[0]
            at_home = (
                top in {"brainsim", "numpy", "libc", "cpython", "cython"} | sys.stdlib_module_names
            )
            if not at_home and module.name not in GUESTS.get(top, set()):
                yield f"{module.path}:{line}: {module.name} must not import {top} (see GUESTS)"


def no_text_is_run(found: list[Module]) -> Iterator[str]:
    """Forbidden: eval, exec, compile, unpickling, a shell, sympify."""
    for module in found:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in FORBIDDEN_CALLS:
                yield f"{module.path}:{node.lineno}: {called}() runs text"
            for keyword in node.keywords:
                off = isinstance(keyword.value, ast.Constant) and not keyword.value.value
                if keyword.arg in FORBIDDEN_ARGUMENTS and not off:
                    yield f"{module.path}:{node.lineno}: {keyword.arg} must stay off"
        if module.path.suffix == ".pyx":
            for word in re.findall(r"\b(?:eval|exec|pickle|os\.system)\b", module.text):
                yield f"{module.path}: {word} runs text"


def dataclasses_are_ours(found: list[Module]) -> Iterator[str]:
    """Forbidden: `from dataclasses import dataclass`, which takes longer to import."""
    for module in found:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ImportFrom) or node.module != "dataclasses":
                continue
            if any(a.name == "dataclass" for a in node.names) and module.name != "brainsim.records":
                yield f"{module.path}:{node.lineno}: dataclass comes from brainsim.records"


def modules_are_short(found: list[Module]) -> Iterator[str]:
    """Forbidden: a module of more than 600 lines."""
    for module in found:
        lines = len(module.text.splitlines())
        if lines > MODULE_LINES:
            yield f"{module.path}: {lines} lines, at most {MODULE_LINES}"


def functions_are_short(found: list[Module]) -> Iterator[str]:
    """Forbidden: a function of more than 60 lines, its docstring not counted."""
    for module in found:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
            if lines > FUNCTION_LINES:
                where = f"{module.path}:{node.lineno}: {node.name}"
                yield f"{where} has {lines} lines, at most {FUNCTION_LINES}"


RULES = (
    every_module_has_a_layer,
    imports_go_down,
    imports_have_no_cycle,
    guests_stay_in_their_room,
    no_text_is_run,
    dataclasses_are_ours,
    modules_are_short,
    functions_are_short,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule):
    """All offenders are listed at once."""
    found = modules(ROOT)
    assert len(found) > 10
    offenders = list(dict.fromkeys(rule(found)))
    assert not offenders, "\n" + "\n".join(offenders)


# --- the rules themselves are tested by breaking them -------------------------------------------

LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 60
DOCUMENTED = 'def f():\n    """Say.\n' + "    More.\n" * 60 + '    """\n' + "    x = 1\n" * 59
VIOLATIONS = [
    (every_module_has_a_layer, "brainsim/unheard_of.py", ""),
    (every_module_has_a_layer, "brainsim/unheard_of/inner.py", ""),
    (imports_go_down, "brainsim/model/network.py", "from ..devices import runtime"),
    (imports_go_down, "brainsim/model/network.py", "import brainsim.devices.runtime"),
    (imports_go_down, "brainsim/model/network.py", "from brainsim import devices"),
    (imports_go_down, "brainsim/model/network.py", "from brainsim import anything"),
    (imports_go_down, "brainsim/model/network.py", "from .. import devices"),
    (imports_go_down, "brainsim/units/a.py", "def f():\n    from ..model import network"),
    (imports_go_down, "brainsim/units/a.py", "import_module('brainsim.devices')"),
    (imports_go_down, "brainsim/learning/a.py", "from ..interchange import b"),
    (imports_go_down, "codegen/printers/c.py", "from ...units import dimensions"),
    (imports_go_down, "codegen/ir.py", "from ..preferences import prefs"),
    (imports_go_down, "brainsim/errors.py", "from .codegen import ir"),
    (imports_go_down, "brainsim/scheduler.pyx", "from .devices cimport runtime"),
    (imports_go_down, "brainsim/scheduler.pyx", "  from brainsim.devices import (a,\n  b)"),
    (imports_have_no_cycle, "brainsim/units/dimensions.py", "def f():\n    from . import quantity"),
    (imports_have_no_cycle, "brainsim/units/dimensions.py", "from .quantity import x"),
    (guests_stay_in_their_room, "brainsim/model/network.py", "import sympy"),
    (guests_stay_in_their_room, "brainsim/equations/parse.py", "from sympy.core import Add"),
    (guests_stay_in_their_room, "brainsim/devices/runtime.py", "import matplotlib.pyplot as plt"),
    (guests_stay_in_their_room, "brainsim/devices/runtime.py", "def f():\n    import scipy"),
    (guests_stay_in_their_room, "codegen/cache.py", "import importlib, platformdirs"),
    (guests_stay_in_their_room, "brainsim/scheduler.pyx", "cimport scipy.special"),
    (no_text_is_run, "brainsim/model/network.py", "x = eval('1')"),
    (no_text_is_run, "brainsim/model/network.py", "exec('1')"),
    (no_text_is_run, "brainsim/model/network.py", "compile('1', '', 'exec')"),
    (no_text_is_run, "brainsim/model/network.py", "__import__('os')"),
    (no_text_is_run, "brainsim/model/network.py", "pickle.load(file)"),
    (no_text_is_run, "brainsim/model/network.py", "def f():\n    os.system('ls')"),
    (no_text_is_run, "brainsim/model/network.py", "subprocess.run('ls', shell=True)"),
    (no_text_is_run, "brainsim/model/network.py", "subprocess.run('ls', shell=yes)"),
    (no_text_is_run, "brainsim/model/network.py", "np.load(f, allow_pickle=True)"),
    (no_text_is_run, "brainsim/equations/algebra.py", "sympy.sympify('x')"),
    (no_text_is_run, "brainsim/scheduler.pyx", "def f():\n    return eval('1')"),
    (dataclasses_are_ours, "codegen/ir.py", "from dataclasses import dataclass, field"),
    (modules_are_short, "brainsim/model/network.py", "x = 1\n" * 601),
    (modules_are_short, "brainsim/scheduler.pyx", "x = 1\n" * 601),
    (functions_are_short, "brainsim/model/network.py", LONG_FUNCTION),
    (functions_are_short, "brainsim/model/network.py", "class A:\n  class B:\n   " + LONG_FUNCTION),
]
INNOCENT = {
    "brainsim/__init__.py": "from .plotting import raster\nfrom .units import mV\n",
    "brainsim/records.py": "from dataclasses import dataclass\n",
    "brainsim/errors.py": "from dataclasses import field\nfrom .records import dataclass\n",
    "brainsim/units/__init__.py": "from .quantity import Quantity\n",
    "brainsim/units/dimensions.py": "import numpy as np\n",
    "brainsim/units/quantity.py": "from .dimensions import x\nfrom . import dimensions\n",
    "brainsim/equations/algebra.py": "def f():\n    import sympy\n    return sympy.Symbol('x')\n",
    "brainsim/model/network.py": (
        "import re\nfrom ..units import Quantity\nfrom ..codegen.ir import Kernel\n"
        f"pattern = re.compile('x')\nnp.load('f', allow_pickle=False)\n{DOCUMENTED}"
    ),
    "brainsim/devices/runtime.py": "from ..scheduler import StepLoop\nfrom brainsim import model\n",
    "brainsim/scheduler.pyx": (
        'cdef extern from "x.h":\n    int f()\nfrom libc.stdint cimport int64_t  # sizes\n'
        "from .units cimport (a,\n    b)\n# eval\u0075ation\ncdef int important = 1\n"
    ),
    "brainsim/plotting.py": "def f():\n    import matplotlib.pyplot as plt\n",
    "codegen/__init__.py": "",
    "codegen/ir.py": "import enum\nfrom ..errors import InternalError\n",
    "codegen/printers/c.py": "from ..ir import Kernel\nfrom . import names\n",
    "codegen/printers/names.py": "",
}


@pytest.fixture
def checkout(tmp_path):
    """Write a small package that keeps all rules, with the link that the real one has."""
    for name, text in INNOCENT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "brainsim" / "model" / "__init__.py").write_text("")
    (tmp_path / "brainsim" / "devices" / "__init__.py").write_text("")
    (tmp_path / "brainsim" / "codegen").symlink_to("../codegen")
    return tmp_path


def test_no_rule_objects_to_an_innocent_package(checkout):
    """The rules are silent where nothing is wrong."""
    found = modules(checkout)
    assert "brainsim.codegen.printers.c" in {module.name for module in found}
    assert len(found) == len(INNOCENT) + 2
    assert [list(rule(found)) for rule in RULES] == [[]] * len(RULES)


@pytest.mark.parametrize(("rule", "name", "text"), VIOLATIONS)
def test_each_rule_notices_its_violation(checkout, rule, name, text):
    """Exactly the planted file is named."""
    path = checkout / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    offenders = list(rule(modules(checkout)))
    assert len(offenders) == 1
    dotted = name.removesuffix(".py").replace("/", ".")
    assert str(path) in offenders[0] or dotted in offenders[0]
