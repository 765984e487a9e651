"""Formulas: how numbers that are computed when a run starts follow from parameters, as a kernel.

Written programs need them, since they compute such numbers again when a parameter is set on the
command line. A network that runs in this process does without: there, Python computes the numbers
(`RunConstant`), with the same operations and so the same bits.
"""

from __future__ import annotations

from dataclasses import field, replace

from ..codegen import build as b
from ..codegen.ir import Buffer, Expr, Kernel, Stmt
from ..codegen.verify import verify
from ..records import dataclass

_TITLE = "numbers that follow from parameters, computed before the first step"


@dataclass(eq=False)
class Formulas:
    """The formulas of a network.

    Args:
        block: The statements so far; they store to the buffers of numbers.
        names: How often each local name is used.
        refused: Owner and name of what also decides about something that has no formula, and why
            it cannot be set.
    """

    block: list[Stmt] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    refused: dict[tuple[str, str], str] = field(default_factory=dict)

    def store(self, buffer: Buffer, value: Expr) -> None:
        """Append the formula of a number, in terms of other buffers than those of numbers."""
        self.block.append(b.store(written(buffer), None, value))

    def kernel(self, taken: frozenset[str]) -> Kernel | None:
        """Return the kernel of all formulas, None where there are none.

        Args:
            taken: Names of other kernels.
        """
        if not self.block:
            return None
        name = "numbers"
        while name in taken:
            name += "_"
        return verify(Kernel(name, _TITLE, tuple(self.block)))


def written(buffer: Buffer) -> Buffer:
    """Return a number's buffer as it is before a run, when it may be stored to."""
    return replace(buffer, constant=False)
