# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The step loop of bs_loop.h for Python: calls kernels by function pointer, without the GIL.

The loop returns to Python when a time budget is spent (for progress and Ctrl-C), when a recorder is
about to be full, when `stop()` was called, or when all clocks have reached their end.
"""

from libc.stdint cimport int32_t, int64_t, uintptr_t
from libc.stdlib cimport calloc, free

import numpy as np

cdef extern from "bs_loop.h":
    ctypedef struct bs_clock:
        int64_t step
        int32_t relative_step
        double t
        double dt
    ctypedef struct bs_share:
        int32_t index
        int32_t count
    ctypedef void (*bs_kernel)(
        void *const *buffers, const bs_clock *clock, const bs_share *share
    ) noexcept nogil
    ctypedef struct bs_task:
        bs_kernel kernel
        void **buffers
        int32_t clock
        int32_t shared
        int32_t barrier
        int64_t nanoseconds
    ctypedef struct bs_guard:
        const int64_t *count
        int64_t capacity
        int64_t per_step
    ctypedef struct bs_loop:
        bs_task *tasks
        bs_clock *clocks
        int64_t *ends
        const double **ticks
        bs_guard *guards
        int32_t n_tasks
        int32_t n_clocks
        int32_t n_guards
        int32_t end_barrier
        int32_t threads
        int32_t profile
        int32_t stop_flag
        int (*call)(void *host, int32_t task) noexcept nogil
        void *host
        bs_clock *all_clocks
    void bs_set_clock(
        bs_loop *loop, int32_t c, int64_t step, int32_t relative_step, double dt, int64_t end
    ) nogil
    int bs_run_loop(bs_loop *loop, int64_t budget) nogil
    int bs_processors() nogil
    int BS_ABI_VERSION
    enum:
        BS_MAX_THREADS
        BS_DONE
        BS_BUDGET
        BS_RECORDER
        BS_STOPPED
        BS_CALL_FAILED

ABI_VERSION = BS_ABI_VERSION
MAX_THREADS = BS_MAX_THREADS

# why run() returned
cpdef enum Reason:
    DONE = BS_DONE
    BUDGET = BS_BUDGET
    RECORDER = BS_RECORDER
    STOPPED = BS_STOPPED
    CALLBACK_ERROR = BS_CALL_FAILED


def processors():
    """Return on how many processors this thread may run."""
    return bs_processors()


cdef int _call(void *host, int32_t task) noexcept with gil:
    """Call the Python function of a task; 0: it went well."""
    loop = <StepLoop>host
    try:
        loop.calls[task](loop.loop.clocks[loop.loop.tasks[task].clock].step)
    except BaseException as error:
        loop.error = error
        return 1
    return 0


cdef class StepLoop:
    """A schedule of kernels over one or several clocks.

    Args:
        tasks: One (address of the kernel or 0, clock number) per entry of the schedule.
        dts: Step sizes of the clocks, seconds.
        calls: Python function for each entry whose address is 0, by position in the schedule.
    """

    cdef bs_loop loop
    cdef list keep
    cdef list keep_ticks
    cdef dict calls
    cdef object error

    def __cinit__(self, tasks, dts, calls):
        cdef int k
        self.loop.n_tasks = len(tasks)
        self.loop.n_clocks = len(dts)
        self.loop.tasks = <bs_task *>calloc(max(len(tasks), 1), sizeof(bs_task))
        self.loop.clocks = <bs_clock *>calloc(max(len(dts), 1), sizeof(bs_clock))
        self.loop.ends = <int64_t *>calloc(max(len(dts), 1), sizeof(int64_t))
        self.loop.ticks = <const double **>calloc(max(len(dts), 1), sizeof(double *))
        if not (self.loop.tasks and self.loop.clocks and self.loop.ends and self.loop.ticks):
            raise MemoryError
        for k, (address, clock) in enumerate(tasks):
            self.loop.tasks[k].kernel = <bs_kernel><uintptr_t>address
            self.loop.tasks[k].clock = clock
        self.loop.threads = 1
        self.loop.call = _call
        self.loop.host = <void *>self
        self.keep = [None] * len(tasks)
        self.keep_ticks = [None] * len(dts)
        self.calls = dict(calls)

    def __dealloc__(self):
        free(self.loop.tasks)
        free(self.loop.clocks)
        free(self.loop.ends)
        free(self.loop.ticks)
        free(self.loop.guards)
        free(self.loop.all_clocks)

    @property
    def profile(self):
        """Whether to measure the time spent in each entry; then on one thread."""
        return bool(self.loop.profile)

    @profile.setter
    def profile(self, value):
        self.loop.profile = bool(value)

    @property
    def threads(self):
        """Number of threads; 0: as many as there are processors, where that is quicker."""
        return self.loop.threads

    @threads.setter
    def threads(self, int value):
        self.loop.threads = value

    def share(self, shared, barriers):
        """Say what threads share.

        Args:
            shared: For each entry of the schedule whether each thread does a share of it.
            barriers: For each entry, and for the end of the step, whether all that comes before
                must be done by all threads. True for all entries that are not shared.
        """
        cdef int k
        for k in range(self.loop.n_tasks):
            self.loop.tasks[k].shared = shared[k]
            self.loop.tasks[k].barrier = barriers[k]
        self.loop.end_barrier = barriers[self.loop.n_tasks]

    def bind(self, int task, pointers):
        """Give a kernel its buffers: a uintp array of addresses, kept alive by the loop."""
        cdef uintptr_t[::1] view
        array = np.ascontiguousarray(pointers, dtype=np.uintp)
        self.keep[task] = array
        if len(array):
            view = array
            self.loop.tasks[task].buffers = <void **>&view[0]

    def set_guards(self, guards):
        """Set the recorders: one (address of the int64 count, capacity, rows per step) each."""
        cdef int k
        free(self.loop.guards)
        self.loop.n_guards = 0
        self.loop.guards = <bs_guard *>calloc(max(len(guards), 1), sizeof(bs_guard))
        if not self.loop.guards:
            raise MemoryError
        for k, (address, capacity, per_step) in enumerate(guards):
            self.loop.guards[k].count = <const int64_t *><uintptr_t>address
            self.loop.guards[k].capacity = capacity
            self.loop.guards[k].per_step = per_step
        self.loop.n_guards = len(guards)

    def set_times(self, int clock, times):
        """Give a clock the times of its steps: ascending float64, infinity at the end; or None."""
        cdef double[::1] view
        self.keep_ticks[clock] = None
        self.loop.ticks[clock] = NULL
        if times is not None:
            view = self.keep_ticks[clock] = np.array(times, dtype=np.float64)
            self.loop.ticks[clock] = &view[0]

    def set_clock(self, int clock, int64_t step, int32_t relative_step, double dt, int64_t end):
        """Move a clock, and say at which step it ends."""
        bs_set_clock(&self.loop, clock, step, relative_step, dt, end)

    def clock_step(self, int clock):
        """Return the step a clock has reached."""
        return self.loop.clocks[clock].step

    def call(self, int task, int64_t step):
        """Run one kernel once, as in a given step of its clock; the clock stays where it is."""
        cdef bs_task *called = &self.loop.tasks[task]
        cdef bs_clock clock = self.loop.clocks[called.clock]
        cdef bs_share whole
        clock.step = step
        clock.t = step * clock.dt
        whole.index, whole.count = 0, 1
        with nogil:
            called.kernel(called.buffers, &clock, &whole)

    def stop(self):
        """End the run after the present step."""
        self.loop.stop_flag = 1

    def clear_stop(self):
        """Forget an earlier `stop()`."""
        self.loop.stop_flag = 0

    def times(self):
        """Return the nanoseconds spent in each entry of the schedule while profiling."""
        return [self.loop.tasks[k].nanoseconds for k in range(self.loop.n_tasks)]

    def run(self, int64_t budget):
        """Run until all clocks have ended, or at most `budget` nanoseconds.

        Returns:
            One of DONE, BUDGET, RECORDER, STOPPED.

        Raises:
            Exception: Whatever a Python function of the schedule raised.
        """
        cdef int reason
        with nogil:
            reason = bs_run_loop(&self.loop, budget)
        if reason == BS_CALL_FAILED:
            error, self.error = self.error, None
            raise error
        return reason
