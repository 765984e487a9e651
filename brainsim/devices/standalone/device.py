"""The device `cpp_standalone`: networks become C++ programs, which then run by themselves.

The tradition's interface (`set_device`, `device.build`, `device.run`) over images and projects.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ...logger import get_logger
from ...lowering.network import lower_network
from ...model.device import RunOptions
from ...model.network import Network
from ...model.recording import Recording
from ...model.variables import Array
from ...preferences import prefs
from ...program import Program
from ..report import make_reporter
from .building import compile_project, run_program
from .built import BuiltNetwork, build_network
from .image import make_image
from .plan import Plan
from .project import Extras, new_folder, write_project
from .results import CONTENTS, RESULTS, STATE
from .runargs import run_arguments
from .statefile import read_state

logger = get_logger(__name__)

SLOTS = (
    "main", "before_start", "after_start", "before_network_run", "after_network_run", "before_end",
    "after_end",
)  # fmt: skip


class StandaloneDevice:
    """Writes, compiles and runs C++ programs."""

    name = "cpp_standalone"
    cuda = False

    def __init__(self) -> None:
        self.build_on_run = True
        self.options: dict[str, Any] = {}
        self.project_dir: str | None = None
        self.reinit()

    # ------------------------------------------------------------------------ being the one in use

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become the device in use.

        Args:
            build_on_run: Whether `run` compiles and runs at once.
            options: For `build`.
        """
        self.build_on_run = build_on_run
        self.options = options

    def reinit(self) -> None:
        """Forget all runs, so that a new program can be written."""
        self.plan: Plan | None = None
        self.built = False
        self.code: dict[str, list[str]] = {}

    # --------------------------------------------------------------------- what a network asks for

    def program(self, network: Network, namespace: Mapping[str, Any]) -> Program:
        """Return the Program of a network."""
        return lower_network(network, namespace).program

    def arrays(self, network: Network, options: RunOptions) -> list[Array]:
        """Return the arrays that the kernels of a network use."""
        return list(make_image(network, options.namespace).arrays.values())

    def build_network(
        self, network: Network, options: RunOptions, duration: float, directory: Any
    ) -> BuiltNetwork:
        """Return a program of the network, see `Network.build`."""
        return build_network(network, options, duration, directory)

    def stop(self) -> None:
        """Do nothing: a program of its own cannot be told from here."""

    def advance(self, network: Network, duration: float, options: RunOptions) -> None:
        """Note a run, and with `build_on_run` write, compile and run the program.

        Raises:
            RuntimeError: The program has been built already.
            NotImplementedError: Something in the network cannot be done without Python.
        """
        if self.built:
            raise RuntimeError(
                "the program has been built and cannot get another run: call device.reinit() and "
                "device.activate() first, or set_device(..., build_on_run=False) and "
                "device.build() behind the last run"
            )
        if callable(options.report):
            raise NotImplementedError(
                "a Python function cannot report the progress of a program without Python: use "
                "report='text'"
            )
        plan = self.plan or Plan(cuda=self.cuda)
        plan.add(network, duration, options)
        self.plan = plan
        for clock in network.clocks():
            clock.step = plan.runs[-1].ends[clock.name]
        plan.phases[plan.runs[-1].phase].image.lowered.pause()
        if self.build_on_run:
            self._build({**self.options, "options": options, "duration": duration})

    # ------------------------------------------------------------------------------ build and run

    def build(
        self,
        directory: Any = "output",
        results_directory: str = "results",
        compile: bool = True,
        run: bool = True,
        debug: bool = False,
        clean: bool = False,
        with_output: bool = True,
        additional_source_files: Iterable[Any] | None = None,
        run_args: Any = None,
        direct_call: bool = True,
    ) -> None:
        """Write the program, and compile and run it.

        Args:
            directory: Folder of the project; None for a temporary one.
            results_directory: Folder of the results within it.
            compile: Whether to compile.
            run: Whether to run.
            debug: Whether the program is made for a debugger.
            clean: Whether all of it is compiled anew.
            with_output: Whether what it prints is shown.
            additional_source_files: Further sources.
            run_args: Values for this run, see `run`.
            direct_call: Whether the user calls, not a run with `build_on_run`.

        Raises:
            RuntimeError: Nothing has been run yet, the program has been built already, or the
                device builds with each run.
            TypeError: `results_directory` is absolute.
            CompilerError: The compiler failed.
        """
        if direct_call and self.build_on_run:
            raise RuntimeError(
                "with build_on_run=True the program is built by run(): "
                "set_device('cpp_standalone', build_on_run=False) lets you call build()"
            )
        self._build(
            {
                "directory": directory,
                "results_directory": results_directory,
                "compile": compile,
                "run": run,
                "debug": debug,
                "clean": clean,
                "with_output": with_output,
                "additional_source_files": additional_source_files,
                "run_args": run_args,
            }
        )

    def _build(self, given: dict[str, Any]) -> None:
        if self.built:
            raise RuntimeError("the program has been built already: call device.reinit() first")
        if self.plan is None:
            raise RuntimeError("there is nothing to build: call run() first")
        path = new_folder(given.get("directory", "output"))
        self.project_dir = str(path)
        results = _within(given.get("results_directory", "results"))
        extras = Extras(
            tuple(map(Path, given.get("additional_source_files") or ())),
            tuple(prefs["codegen.cpp.extra_compile_args"] or ()),
            tuple(prefs["codegen.cpp.extra_link_args"]),
            {slot: "\n".join(lines) for slot, lines in self.code.items()},
        )
        write_project(path, self.plan, extras)
        self.built = True
        if not given.get("compile", True):
            return
        clean, debug = bool(given.get("clean", False)), bool(given.get("debug", False))
        compile_project(path, clean=clean, debug=debug)
        if given.get("run", True):
            self._run_program(path, results, given)

    def run(
        self,
        directory: Any = None,
        results_directory: str | None = None,
        with_output: bool = True,
        run_args: Any = None,
    ) -> None:
        """Run the program that has been built, once more.

        Args:
            directory: Folder of the project.
            results_directory: Folder of the results within it.
            with_output: Whether what it prints is shown.
            run_args: Values by variable or TimedArray, or arguments of the command line.

        Raises:
            RuntimeError: Nothing has been built.
            TypeError: `results_directory` is absolute, or a key of `run_args` is neither.
        """
        if not self.built or self.project_dir is None:
            raise RuntimeError("there is no program yet: call run() and device.build() first")
        path = Path(self.project_dir if directory is None else directory)
        given = {"with_output": with_output, "run_args": run_args}
        self._run_program(path, _within(results_directory or "results"), given)

    def _run_program(self, path: Path, results: Path, given: Mapping[str, Any]) -> None:
        plan = self.plan
        assert plan is not None  # noqa: S101 - built from it
        threads = prefs["devices.cpp_standalone.openmp_threads"] or prefs["core.threads"]
        arguments = ["--out", str(results), "--threads", str(threads)]
        if given.get("run_args"):
            arguments += run_arguments(plan, path, results, given["run_args"])
        options = given.get("options")
        update: Callable[[float], None] | None = None
        reporter = None
        if options is not None and options.report is not None:
            reporter = make_reporter(options, plan.runs[0].start, given["duration"])
            update = reporter.update
        environment = prefs["devices.cpp_standalone.run_environment_variables"]
        show = bool(given.get("with_output", True))
        run_program(path, arguments, environment, show=show, update=update)
        if reporter is not None:
            reporter.close(1.0)
        _take_results(plan, read_state(path / results / RESULTS))
        self._last_run_time = float((path / results / "seconds.txt").read_text())

    # ------------------------------------------------------------------------------- housekeeping

    def insert_code(self, slot: str, code: str) -> None:
        """Add lines of C++ to the main program.

        Args:
            slot: "main", "before_start", "after_start", "before_network_run", "after_network_run",
                "before_end" or "after_end".
            code: The lines.

        Raises:
            ValueError: There is no such slot.
        """
        if slot not in SLOTS:
            raise ValueError(f"there is no slot {slot!r} for code; there are {', '.join(SLOTS)}")
        self.code.setdefault(slot, []).append(code)

    def apply_run_args(self) -> None:
        """Refuse to set values of a run at another place than its start.

        Raises:
            NotImplementedError: Always: what precedes the first run has been done in Python.
        """
        raise NotImplementedError(
            "values of run_args are set when the program starts; what follows from them in the "
            "script has been computed by Python before: set them in the script and build again"
        )

    def delete(
        self,
        code: bool = True,
        data: bool = True,
        run_args: bool = True,
        directory: bool = True,
        force: bool = False,
    ) -> None:
        """Remove what was written.

        Args:
            code: The sources and the program.
            data: The results.
            run_args: Values for runs.
            directory: The folder of the project, if nothing else is in it.
            force: Remove the folder whatever is in it.
        """
        del run_args
        if self.project_dir is None:
            return
        path = Path(self.project_dir)
        if force and directory:
            shutil.rmtree(path, ignore_errors=True)
            return
        if data:
            shutil.rmtree(path / "results", ignore_errors=True)
        if code:
            _remove_code(path)
        if directory and path.is_dir():
            try:
                path.rmdir()
            except OSError:
                logger.warn(f"{path} is not removed, for other files are in it; force=True does")


class CUDAStandaloneDevice(StandaloneDevice):
    """Writes, compiles and runs programs whose kernels run on a GPU; see docs/decisions/0032."""

    name = "cuda_standalone"
    cuda = True

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become the device in use, and say how far it can be trusted."""
        logger.warn(
            "cuda_standalone is experimental: sums of different terms may be rounded in another "
            "way from run to run, and networks of a few thousand neurons are quicker on a CPU",
            "experimental",
            once=True,
        )
        super().activate(build_on_run, **options)


def _within(results: Any) -> Path:
    path = Path(results)
    if path.is_absolute():
        raise TypeError(f"results_directory is a folder within the project, not {path}")
    return path


def _take_results(plan: Plan, results: Mapping[str, Array]) -> None:
    """Let the objects of the network have what the program has left."""
    for phase in plan.phases:
        recordings = phase.image.lowered.context.recordings
        for each in phase.image.recorders:
            recording = recordings[each.recorder.owner]
            if isinstance(recording, Recording):
                count = plan.slots[phase.slots[each.recorder.count]].name
                recording.reserve(int(results[count][0]))
    for phase in plan.phases:
        for name, number in phase.slots.items():
            found = results.get(plan.slots[number].name)
            if found is not None:
                live = phase.image.lowered.arrays[name]()
                n = min(len(live), len(found))
                live[:n] = found[:n]
    plan.settle()
    for phase in plan.phases:
        phase.image.lowered.check()


def _remove_code(path: Path) -> None:
    """Remove the files that a project consists of."""
    names = ["Makefile", "CMakeLists.txt", "README.md", STATE, CONTENTS, "main"]
    files = [path / name for name in names]
    for pattern in ("*.cpp", "*.cu", "*.hpp", "*.h", "*.o", "*.so"):
        files += path.glob(pattern)
    for file in files:
        file.unlink(missing_ok=True)
    shutil.rmtree(path / "include", ignore_errors=True)
