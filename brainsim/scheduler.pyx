# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The step loop: calls kernels by function pointer, in the order of the schedule, without the GIL.

The loop returns to Python when a time budget is spent (for progress and Ctrl-C), when a recorder is
about to be full, when `stop()` was called, or when all clocks have reached their end. It holds no
other knowledge about the network.
"""

from libc.stdint cimport int32_t, int64_t, uintptr_t
from libc.stdlib cimport calloc, free

import numpy as np

cdef extern from "bs_abi.h":
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
    int BS_ABI_VERSION

cdef extern from *:
    """
    #include <time.h>
    static inline int64_t bs_now(void)
    {
        struct timespec now;
        timespec_get(&now, TIME_UTC);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    }
    """
    int64_t bs_now() nogil

ABI_VERSION = BS_ABI_VERSION

# why run() returned
cpdef enum Reason:
    DONE = 0
    BUDGET = 1
    RECORDER = 2
    STOPPED = 3
    CALLBACK_ERROR = 4

cdef struct Task:
    bs_kernel kernel       # NULL: a Python function
    void **buffers
    int clock
    int64_t nanoseconds    # spent, when profiling

cdef struct Guard:
    int64_t *count
    int64_t capacity
    int64_t per_step


cdef class StepLoop:
    """A schedule of kernels over one or several clocks.

    Args:
        tasks: One (address of the kernel or 0, clock number) per entry of the schedule.
        dts: Step sizes of the clocks, seconds.
        calls: Python function for each entry whose address is 0, by position in the schedule.
    """

    cdef Task *tasks
    cdef int n_tasks
    cdef bs_clock *clocks
    cdef int64_t *ends
    cdef double **ticks    # of the steps of a clock; NULL: multiples of its dt
    cdef list keep_ticks
    cdef int n_clocks
    cdef Guard *guards
    cdef int n_guards
    cdef list keep
    cdef dict calls
    cdef volatile int stop_flag
    cdef public bint profile

    def __cinit__(self, tasks, dts, calls):
        cdef int k
        self.n_tasks = len(tasks)
        self.n_clocks = len(dts)
        self.tasks = <Task *>calloc(max(self.n_tasks, 1), sizeof(Task))
        self.clocks = <bs_clock *>calloc(max(self.n_clocks, 1), sizeof(bs_clock))
        self.ends = <int64_t *>calloc(max(self.n_clocks, 1), sizeof(int64_t))
        self.ticks = <double **>calloc(max(self.n_clocks, 1), sizeof(double *))
        self.keep_ticks = [None] * self.n_clocks
        if not self.tasks or not self.clocks or not self.ends or not self.ticks:
            raise MemoryError
        for k, (address, clock) in enumerate(tasks):
            self.tasks[k].kernel = <bs_kernel><uintptr_t>address
            self.tasks[k].clock = clock
        self.keep = [None] * self.n_tasks
        self.calls = dict(calls)
        self.profile = False

    def __dealloc__(self):
        free(self.tasks)
        free(self.clocks)
        free(self.ends)
        free(self.ticks)
        free(self.guards)

    def bind(self, int task, pointers):
        """Give a kernel its buffers: a uintp array of addresses, kept alive by the loop."""
        cdef uintptr_t[::1] view
        array = np.ascontiguousarray(pointers, dtype=np.uintp)
        self.keep[task] = array
        if len(array):
            view = array
            self.tasks[task].buffers = <void **>&view[0]

    def set_guards(self, guards):
        """Set the recorders: one (address of the int64 count, capacity, rows per step) each."""
        cdef int k
        free(self.guards)
        self.n_guards = len(guards)
        self.guards = <Guard *>calloc(max(self.n_guards, 1), sizeof(Guard))
        for k, (address, capacity, per_step) in enumerate(guards):
            self.guards[k].count = <int64_t *><uintptr_t>address
            self.guards[k].capacity = capacity
            self.guards[k].per_step = per_step

    def set_times(self, int clock, times):
        """Give a clock the times of its steps: ascending float64, infinity at the end; or None."""
        cdef double[::1] view
        self.keep_ticks[clock] = times
        self.ticks[clock] = NULL
        if times is not None:
            view = self.keep_ticks[clock] = np.array(times, dtype=np.float64)
            self.ticks[clock] = &view[0]

    def set_clock(self, int clock, int64_t step, int32_t relative_step, double dt, int64_t end):
        """Move a clock, and say at which step it ends."""
        self.clocks[clock].step = step
        self.clocks[clock].relative_step = relative_step
        self.clocks[clock].dt = dt
        self.clocks[clock].t = self._time(clock)
        self.ends[clock] = end

    def clock_step(self, int clock):
        """Return the step a clock has reached."""
        return self.clocks[clock].step

    def stop(self):
        """End the run after the present step."""
        self.stop_flag = 1

    def clear_stop(self):
        """Forget an earlier `stop()`."""
        self.stop_flag = 0

    def times(self):
        """Return the nanoseconds spent in each entry of the schedule while profiling."""
        return [self.tasks[k].nanoseconds for k in range(self.n_tasks)]

    def run(self, int64_t budget):
        """Run until all clocks have ended, or at most `budget` nanoseconds.

        Returns:
            One of DONE, BUDGET, RECORDER, STOPPED.

        Raises:
            Exception: Whatever a Python function of the schedule raised.
        """
        cdef int reason
        with nogil:
            reason = self._run(budget)
        if reason == CALLBACK_ERROR:
            error = self.calls.pop("error")
            raise error
        return reason

    cdef int _run(self, int64_t budget) noexcept nogil:
        cdef int64_t deadline = bs_now() + budget
        cdef int64_t before
        cdef int k, c, countdown = 16
        cdef double now
        cdef bs_clock *clock
        cdef Task *task
        cdef bs_share whole
        whole.index, whole.count = 0, 1
        while True:
            if self.stop_flag:
                return STOPPED
            # the clocks whose time is the smallest are due; equal within 1e-4 dt
            now = 1e300
            for c in range(self.n_clocks):
                if self.clocks[c].step < self.ends[c] and self.clocks[c].t < now:
                    now = self.clocks[c].t
            if now == 1e300:
                return DONE
            for k in range(self.n_guards):
                if self.guards[k].count[0] + self.guards[k].per_step > self.guards[k].capacity:
                    return RECORDER
            countdown -= 1
            if countdown == 0:
                countdown = 16
                if bs_now() > deadline:
                    return BUDGET
            for k in range(self.n_tasks):
                task = &self.tasks[k]
                clock = &self.clocks[task.clock]
                if self.n_clocks > 1 and not self._due(task.clock, now):
                    continue
                if task.kernel == NULL:
                    if self._call(k) != 0:
                        return CALLBACK_ERROR
                elif self.profile:
                    before = bs_now()
                    task.kernel(task.buffers, clock, &whole)
                    task.nanoseconds += bs_now() - before
                else:
                    task.kernel(task.buffers, clock, &whole)
            for c in range(self.n_clocks):
                if self._due(c, now):
                    clock = &self.clocks[c]
                    clock.step += 1
                    clock.relative_step += 1
                    clock.t = self._time(c)

    cdef double _time(self, int c) noexcept nogil:
        cdef bs_clock *clock = &self.clocks[c]
        return clock.step * clock.dt if self.ticks[c] == NULL else self.ticks[c][clock.step]

    cdef bint _due(self, int c, double now) noexcept nogil:
        cdef bs_clock *clock = &self.clocks[c]
        return clock.step < self.ends[c] and clock.t - now < 1e-4 * clock.dt

    cdef int _call(self, int k) noexcept with gil:
        cdef int64_t before = bs_now()
        try:
            self.calls[k](self.clocks[self.tasks[k].clock].step)
        except BaseException as error:
            self.calls["error"] = error
            return 1
        self.tasks[k].nanoseconds += bs_now() - before
        return 0
