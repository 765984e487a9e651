"""An image: a network at the start of a run, with all that a program needs to go on without Python.

Input: a network and the names of its script. Output: the Program, the arrays of its buffers, and
what belongs to the run. Does not: write files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...codegen.ir import Buffer, Kernel
from ...codegen.printers.about import kernel_buffers
from ...codegen.printers.c import foreign
from ...codegen.rewrite import effects
from ...lowering.context import Context, LogRoom, Lowered
from ...lowering.network import lower_network
from ...model.delay_queue import DelayQueue
from ...model.network import Network
from ...model.recording import Recording
from ...model.streaming import StreamedRecording
from ...model.variables import Array
from ...program import Program, PythonCall, Recorder, ScheduledKernel
from ...records import dataclass


@dataclass(frozen=True, slots=True)
class Growing:
    """A recorder, and how it gets more room.

    Args:
        recorder: The recorder.
        growth: "rows", "log" or "queue".
        every: A row is added in one of so many steps.
        limit: Of a log the capacity, of a queue the number of roots.
        columns: Names of the buffers that grow.
        widths: Elements per row of each; of a queue the number of synapses.
    """

    recorder: Recorder
    growth: str
    every: int
    limit: int
    columns: tuple[str, ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Image:
    """A network at the start of a run.

    Args:
        lowered: The Program, and what is bound to it.
        arrays: The arrays of its buffers.
        written: Names of the buffers that kernels store to.
        recorders: What fills up while running.
        shared: Which entries of the schedule several threads share.
        keys: Buffer of a random key -> the name of the stream, without the seed and the epoch.
        watches: Counter that a kernel sets when it cannot go on -> what is said then.
    """

    lowered: Lowered
    arrays: Mapping[str, Array]
    written: frozenset[str]
    recorders: tuple[Growing, ...]
    shared: tuple[bool, ...]
    keys: Mapping[str, str]
    watches: Mapping[str, str]

    @property
    def program(self) -> Program:
        """The Program."""
        return self.lowered.program

    @property
    def kernels(self) -> list[ScheduledKernel]:
        """The kernels of a step, in their order."""
        return [item for item in self.program.schedule if isinstance(item, ScheduledKernel)]


def make_image(
    network: Network,
    namespace: Mapping[str, Any],
    lowered: Lowered | None = None,
    *,
    cuda: bool = False,
) -> Image:
    """Return the image of a network that is prepared to run (`Network.before_run`).

    Args:
        network: The network.
        namespace: External names.
        lowered: What it was lowered to before, if its code is still the same.
        cuda: Whether kernels are to be launched on a GPU.

    Raises:
        NotImplementedError: Something in the network needs Python while it runs.
        BrianObjectException: From the original error, when the code of an object is wrong.
    """
    if lowered is None:
        lowered = lower_network(network, namespace, formulas=True, share=not cuda, tile=not cuda)
    _refuse_python(lowered)
    lowered.compute_numbers()
    context = lowered.context
    # what stands for Python functions holds objects, and C does not look at it
    python = {function.python.name for function in foreign(lowered.program.kernels)}
    arrays = {
        buffer.name: lowered.arrays[buffer.name]()
        for buffer in lowered.program.buffers
        if buffer.name not in python
    }
    shared = tuple(
        isinstance(item, ScheduledKernel)
        and item.share is not None
        and context.ascend(item.share.ascending)
        for item in lowered.program.schedule
    )
    return Image(
        lowered,
        arrays,
        _written(lowered.program) & arrays.keys(),
        tuple(_growing(recorder, context) for recorder in lowered.program.recorders),
        shared,
        {buffer: site for buffer, site in context.key_sites.items() if buffer in arrays},
        _watches(lowered, arrays),
    )


def _watches(lowered: Lowered, arrays: Mapping[str, Array]) -> dict[str, str]:
    """Return the counters that kernels set when they cannot go on, with what is to be said."""
    counters = [watch.count for watch in lowered.context.watches]
    return {
        buffer.name: f"the run cannot go on: {buffer.comment or buffer.name}"
        for buffer in lowered.program.buffers
        if any(arrays[buffer.name] is count for count in counters)
    }


def _refuse_python(lowered: Lowered) -> None:
    calls = [item for item in lowered.program.schedule if isinstance(item, PythonCall)]
    if calls:
        raise NotImplementedError(
            f"'{calls[0].owner}' is a Python function that is called while running, which a "
            "program without Python cannot do: write it as equations, run_regularly or custom "
            "events, or use the runtime device"
        )


def _written(program: Program) -> frozenset[str]:
    # numbers are no results, although a kernel may compute them
    bodies = [kernel.body for kernel in program.kernels if kernel is not program.numbers]
    return frozenset(buffer.name for body in bodies for buffer in effects(body).writes)


def _growing(recorder: Recorder, context: Context) -> Growing:
    """Return how a recorder gets more room."""
    recording = context.recordings[recorder.owner]
    if isinstance(recording, StreamedRecording):
        raise NotImplementedError(
            f"'{recorder.owner}' writes to a Zarr store, which needs Python: let it record to "
            "memory"
        )
    if isinstance(recording, LogRoom):
        return Growing(recorder, "log", 1, recording.capacity, (), ())
    if isinstance(recording, DelayQueue):
        names = {name: context.buffers[recorder.owner, name].name for name in _QUEUE}
        columns = tuple(names.values())
        return Growing(recorder, "queue", 1, recording.length, columns, (recording.n_synapses,))
    assert isinstance(recording, Recording)  # noqa: S101 - there are no others
    widths = tuple(recording.widths[name] for name in recording.arrays)
    return Growing(recorder, "rows", recording.every, 0, recorder.arrays, widths)


_QUEUE = ("following", "synapse", "unused")


def argument_numbers(kernel: Kernel, place: Mapping[str, int]) -> list[int]:
    """Return the places of a kernel's buffers in the list of all; -1 for a Python function."""
    buffers: Sequence[Buffer] = kernel_buffers(kernel)
    return [place.get(buffer.name, -1) for buffer in buffers]
