"""Printer to CUDA C++. Input: kernels. Output: one translation unit for nvcc.

Each kernel is a function of the host that launches functions of the device, one for each of its
stages (see stages.py). Expressions are those of C.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..ir import (
    Accumulate,
    Buffer,
    Compact,
    Const,
    DType,
    Expr,
    Fill,
    For,
    If,
    Join,
    Kernel,
    Let,
    LoopKind,
    Stmt,
)
from ..rewrite import expressions, locals_used, statements, without_unused
from ..stages import (
    Stage,
    Staged,
    Way,
    holds_parallel,
    is_parallel,
    needs_no_barrier,
    promise,
    shared_loop,
    stage,
)
from .about import banner, kernel_buffers
from .c import (
    ARGUMENTS,
    C_TYPES,
    INDENT,
    CText,
    kernel_symbol,
)
from .layout import wrap
from .names import comment_text

name = "cuda"
suffix = ".cu"

_BARRIER = "__syncthreads();"
_SIZES = {
    Way.ONE: "1, 1",
    Way.EACH: "BS_BLOCKS, BS_THREADS",
    Way.FILL: "BS_BLOCKS, BS_THREADS",
    Way.JOIN: "BS_BLOCKS, BS_THREADS",
    Way.ROWS: "BS_ROWS, BS_ROW_THREADS",
    Way.BLOCK: "1, BS_WIDE",
    Way.LIST: "BS_PARTS, BS_WIDE",
}


def print_unit(kernels: Sequence[Kernel], title: str) -> str:
    """Return the translation unit of a program's kernels.

    Args:
        kernels: In the order of the schedule, from `lower_network(share=False, tile=False)`.
        title: One line about the program.

    Raises:
        NotImplementedError: A kernel is tiled or divided, or calls a function of the user.
    """
    head = [f"/* {comment_text(title)} */", '#include "bs_cuda.h"', ""]
    return "\n".join([*head, *map(print_kernel, kernels)])


def print_kernel(kernel: Kernel) -> str:
    """Return the functions of one kernel, that of the host last."""
    staged = stage(kernel)
    lines = ["/* " + "\n * ".join(banner(kernel)), " */"]
    for buffer in staged.kept:
        declared = f"static __device__ {C_TYPES[buffer.dtype]} {buffer.name};"
        lines.append(f"{declared} /* {comment_text(buffer.comment)} */")
    launches: list[str] = []
    for number, each in enumerate(staged.stages, 1):
        for text in _texts(staged, each):
            called = f"bs_{kernel_symbol(kernel)}_{number}{text.suffix}"
            lines += wrap(text.function(called))
            launches.append(text.launch(called))
    lines += wrap(_host_function(staged, launches))
    return "\n".join([*lines, ""])


def _host_function(staged: Staged, launches: list[str]) -> list[str]:
    count = max(len(kernel_buffers(staged.kernel)), 1)
    lines = [f"BS_KERNEL void {kernel_symbol(staged.kernel)}({ARGUMENTS})", "{"]
    if launches:
        lines += [f"{INDENT}const bs_pointers<{count}> given(buffers);", f"{INDENT}(void)share;"]
    else:
        lines += [f"{INDENT}(void)buffers, (void)clock, (void)share;"]
    return [*lines, *(INDENT + line for line in launches), "}"]


def _texts(staged: Staged, each: Stage) -> Iterator[CudaText]:
    """Yield what is to be printed of a stage: a function for each launch."""
    if each.way is Way.LIST:
        counted = replace(each.kernel, body=_counting(each.kernel.body))
        yield CudaText(staged, Stage(each.way, counted), "_count")
    yield CudaText(staged, each)


def _counting(body: Iterable[Stmt]) -> tuple[Stmt, ...]:
    """Return the statements of a list with the list alone, which is written nowhere."""
    found: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Let():
                found.append(stmt)
            case If():
                found.append(replace(stmt, body=_counting(stmt.body)))
            case Compact():
                nowhere = Const(0, DType.I64)
                found.append(replace(stmt, out=stmt.flags, at=nowhere, lengths=None))
            case _:
                pass
    return without_unused(found)


class CudaText(CText):
    """The statements of one launch.

    Args:
        staged: The whole kernel.
        each: The stage.
        suffix: What tells the function's name from others of the stage; "_count" where flags are
            only counted, which the next launch lists.
    """

    clock, compacts = "clock.", "bs_compact_counted"

    def __init__(self, staged: Staged, each: Stage, suffix: str = "") -> None:
        super().__init__(each.kernel)
        self.way, self.suffix = each.way, suffix
        self.kept = staged.kept
        self.arguments = tuple(b for b in self.arguments if b not in staged.kept)
        self.places = {buffer: k for k, buffer in enumerate(kernel_buffers(staged.kernel))}
        # the loop whose iterations blocks share; whether others may add to the same elements
        self.shared: For | None = None
        self.atomic = False
        self.waits = False
        if each.way is Way.BLOCK:
            self.compacts = "bs_compact_in_block"
        if each.way in {Way.ROWS, Way.BLOCK}:
            self.restrict = ""  # what other threads of the block have stored is read again

    def function(self, called: str) -> list[str]:
        """Return the lines of the function of the device."""
        body = self.launched(self.kernel.body)
        lines = [line for line in self.declarations() if line != "(void)share;"]
        given = f"const bs_pointers<{max(len(self.places), 1)}> buffers, const bs_clock clock"
        head = f"static __global__ void {called}({given})"
        return [head, "{", *(INDENT + line for line in (*lines, *body)), "}"]

    def launch(self, called: str) -> str:
        """Return the line of the host that launches the function."""
        macro = "BS_LAUNCH_JOINT" if self.waits or self.way is Way.LIST else "BS_LAUNCH"
        return f"{macro}({called}, {_SIZES[self.way]}, given, *clock);"

    def declared_buffers(self) -> list[str]:
        """Return the declarations of the buffers, by their places among those of the kernel."""
        return [self.declare(buffer, self.places[buffer]) for buffer in self.arguments]

    def place(self, buffer: Buffer, at: Expr | None) -> str:
        """Return the lvalue of an element."""
        return self.buffers[buffer] if buffer in self.kept else super().place(buffer, at)

    # ------------------------------------------------------------------- statements of a launch

    def launched(self, body: Iterable[Stmt]) -> list[str]:
        """Return the lines of a stage: locals and conditions, and what is done under them.

        Behind the one thing that many threads do, one of them does single statements.
        """
        lines: list[str] = []
        alone: list[Stmt] = []
        for stmt in body:
            match stmt:
                case Let():
                    lines += self.stmt(stmt)
                case If() if self.is_wide(stmt):
                    head = f"if ({self.expr(stmt.condition)}) {{"
                    lines += [head, *(INDENT + line for line in self.launched(stmt.body)), "}"]
                case For() if self.way is Way.EACH:
                    lines += self.each(stmt)
                case For() if self.way in {Way.ROWS, Way.BLOCK}:
                    lines += self.joint(stmt)
                case Compact() | Join() | Fill():
                    lines += self.together(stmt, body, "bs_is_first()")
                case _ if self.way is Way.ONE:
                    lines += self.stmt(stmt)
                case _:
                    alone.append(stmt)
        if alone:
            lines += ["if (bs_is_first()) {", *self.inner(alone), "}"]
        return lines

    def is_wide(self, stmt: If) -> bool:
        """Whether what many threads do stands under a condition."""
        if self.way in {Way.LIST, Way.JOIN}:
            return any(isinstance(s, Compact | Join) for s in statements(stmt.body))
        return self.way is not Way.ONE

    def together(self, stmt: Compact | Join | Fill, body: Iterable[Stmt], first: str) -> list[str]:
        """Return the lines of what functions of bs_cuda.h do with all threads.

        Args:
            stmt: What they do.
            body: Where it stands.
            first: What chooses one of the threads.
        """
        if isinstance(stmt, Fill):
            return self.stmt(stmt)
        if isinstance(stmt, Compact) and self.suffix:
            flags, number = self.pointer(stmt.flags, stmt.start), self.number(stmt)
            return [f"bs_count_flags({flags}, {number});"]
        call = self.compact(stmt) if isinstance(stmt, Compact) else self.join(stmt)
        uses = [e for s in statements(body) for e in expressions(s)]
        counted = any(stmt.count.name in locals_used(expr) for expr in uses)
        keeps = isinstance(stmt, Compact) and stmt.lengths is not None
        head = f"const int64_t {self.expr(stmt.count)} = " if counted or keeps else ""
        lines = [f"{head}{call};"]
        if isinstance(stmt, Compact) and stmt.lengths is not None:
            kept = f"bs_keep_whole({self.buffers[stmt.lengths]}, {self.expr(stmt.count)});"
            lines.append(f"if ({first}) {kept}")
        return lines

    def join(self, stmt: Join) -> str:
        """Return the call that copies a list."""
        pieces, lengths = self.buffers[stmt.pieces], self.buffers[stmt.lengths]
        return f"bs_join_whole({pieces}, {lengths}, {self.pointer(stmt.out, stmt.at)})"

    def each(self, loop: For) -> list[str]:
        """Return a loop whose iterations all threads share."""
        self.atomic = promise(loop) is LoopKind.ACCUMULATING
        head = self.heading(loop, "bs_thread()", "bs_threads()")
        return [head, *self.inner(loop.body), "}"]

    def joint(self, loop: For) -> list[str]:
        """Return a loop that the threads of a block go through together."""
        if self.way is Way.ROWS:
            self.shared = shared_loop(loop)
            self.atomic = True
            self.waits = not needs_no_barrier(self.shared)
        else:
            self.waits = True
        return self.in_step(loop)

    def in_step(self, loop: For) -> list[str]:
        """Return a loop of which each thread of a block does every iteration."""
        head = self.heading(loop)
        if loop is self.shared:
            head = self.heading(loop, "(int64_t)blockIdx.x", "gridDim.x")
        # at the end, nobody goes on to read what others still have to write
        body = _once([*self.side_by_side(loop.body), *self.barrier()])
        return [head, *(INDENT + line for line in body), "}"]

    def side_by_side(self, body: Iterable[Stmt]) -> list[str]:
        """Return statements that the threads of a block do together."""
        lines: list[str] = []
        for stmt in body:
            match stmt:
                case Let():
                    lines += self.stmt(stmt)
                case If():
                    head = f"if ({self.expr(stmt.condition)}) {{"
                    lines += [head, *(INDENT + x for x in self.side_by_side(stmt.body)), "}"]
                case Compact():
                    listed = self.together(stmt, body, "bs_is_first_of_block()")
                    lines += [*self.barrier(), *listed, *self.barrier()]
                case For() if holds_parallel(stmt.body):
                    lines += self.in_step(stmt)
                case For() if is_parallel(stmt):
                    lines += [*self.barrier(), *self.row(stmt), *self.barrier()]
                case _:
                    alone = ["if (bs_is_first_of_block()) {", *self.inner((stmt,)), "}"]
                    lines += [*self.barrier(), *alone, *self.barrier()]
        return _once(lines)

    def row(self, loop: For) -> list[str]:
        """Return a loop whose iterations the threads of a block share."""
        before = self.atomic
        self.atomic = before or promise(loop) is LoopKind.ACCUMULATING
        head = self.heading(loop, "(int64_t)threadIdx.x", "blockDim.x")
        lines = [head, *self.inner(loop.body), "}"]
        self.atomic = before
        return lines

    def barrier(self) -> list[str]:
        """Return the line at which the threads of a block wait for each other, if they must."""
        return [_BARRIER] if self.waits else []

    # ------------------------------------------------------------------------- single statements

    def stmt(self, stmt: Stmt) -> list[str]:
        """Return the lines of a statement that one thread does."""
        match stmt:
            case Accumulate(buffer, at, value) if self.atomic:
                place, added = self.place(buffer, at), self.assigned(value, buffer.dtype)
                address = place[1:] if place.startswith("*") else f"&{place}"
                return [f"bs_add({address}, {added});"]
            case _:
                return super().stmt(stmt)

    def loop(self, loop: For) -> list[str]:
        """Return the lines of a loop that one thread does."""
        return [self.heading(loop), *self.inner(loop.body), "}"]


def _once(lines: list[str]) -> list[str]:
    """Return lines with one barrier where there were several in a row."""
    return [
        line
        for k, line in enumerate(lines)
        if line != _BARRIER or k == 0 or lines[k - 1] != _BARRIER
    ]
