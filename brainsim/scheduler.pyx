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

cdef extern from "team.h":
    ctypedef void (*bs_job)(void *what, int thread) noexcept nogil
    void bs_prepare_team()
    int bs_take_team(int count) nogil
    void bs_leave_team() nogil
    void bs_work_together(bs_job job, void *what, int count) nogil
    int bs_arrive() nogil
    void bs_release() nogil
    int bs_processors() nogil
    enum: BS_MAX_THREADS

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

cdef int64_t FAR = 2**62
ABI_VERSION = BS_ABI_VERSION
MAX_THREADS = BS_MAX_THREADS

cdef enum:
    SHORT = 4000           # ns; with shorter steps, threads gain less than they wait
    TRIAL = 32             # steps of each way of running that are compared
    HOLD = 2000            # steps until they are compared again, at least
    LONGEST_HOLD = 1000000 # and at most
    COSTS = 50             # a trial that was lost may cost one part in so many
    CHUNK = 256            # steps after which several threads must still be the quicker way
    LONG = 10000000        # ns that the steps of one way may take, unless one takes longer

# why run() returned
cpdef enum Reason:
    DONE = 0
    BUDGET = 1
    RECORDER = 2
    STOPPED = 3
    CALLBACK_ERROR = 4
    STEPS = 5              # a number of steps is done; never returned to Python

cdef struct Task:
    bs_kernel kernel       # NULL: a Python function
    void **buffers
    int clock
    bint shared            # called by each thread for its share
    bint barrier           # all threads have done what comes before
    int64_t nanoseconds    # spent, when profiling

cdef struct Guard:
    int64_t *count
    int64_t capacity
    int64_t per_step


def processors():
    """Return on how many processors this thread may run."""
    return bs_processors()


cdef void _start_thread(void *loop, int thread) noexcept nogil:
    (<StepLoop>loop)._work(thread)


cdef class StepLoop:
    """A schedule of kernels over one or several clocks.

    With several threads, each does its share of the kernels that are shared, in the order of the
    schedule; entries in between are done once, by the last thread to arrive there while the others
    wait. Each thread has clocks of its own, so that none waits only to know the time.

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
    cdef public int threads        # 0: as many as there are processors, where that is quicker
    cdef bint end_barrier
    cdef bint any_shared
    cdef int n_threads             # of the present job
    cdef bs_clock *all_clocks      # those of each thread
    cdef int verdict               # why the threads are to stop after the step, or -1
    cdef int64_t deadline
    cdef int64_t steps_left
    cdef int64_t trial_in          # steps to the next comparison
    cdef bint together             # which way was quicker
    cdef double alone_step         # ns that a step takes on one thread

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
        self.threads = 1
        self.trial_in = 0
        self.all_clocks = NULL

    def __dealloc__(self):
        free(self.tasks)
        free(self.clocks)
        free(self.ends)
        free(self.ticks)
        free(self.guards)
        free(self.all_clocks)

    def share(self, shared, barriers):
        """Say what threads share.

        Args:
            shared: For each entry of the schedule whether each thread does a share of it.
            barriers: For each entry, and for the end of the step, whether all that comes before
                must be done by all threads. True for all entries that are not shared.
        """
        cdef int k
        self.any_shared = any(shared)
        for k in range(self.n_tasks):
            self.tasks[k].shared = shared[k]
            self.tasks[k].barrier = barriers[k]
        self.end_barrier = barriers[self.n_tasks]

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
        self.clocks[clock].t = self._time(self.clocks, clock)
        self.ends[clock] = end

    def clock_step(self, int clock):
        """Return the step a clock has reached."""
        return self.clocks[clock].step

    def call(self, int task, int64_t step):
        """Run one kernel once, as in a given step of its clock; the clock stays where it is."""
        cdef bs_clock clock = self.clocks[self.tasks[task].clock]
        cdef bs_share whole
        clock.step = step
        clock.t = step * clock.dt
        whole.index, whole.count = 0, 1
        with nogil:
            self.tasks[task].kernel(self.tasks[task].buffers, &clock, &whole)

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
        bs_prepare_team()
        with nogil:
            self.deadline = bs_now() + budget
            reason = self._run()
        if reason == CALLBACK_ERROR:
            error = self.calls.pop("error")
            raise error
        return reason

    cdef int _run(self) noexcept nogil:
        """Run on one thread or on several, as asked for or as found to be quicker."""
        cdef int count = self.threads if self.threads > 0 else min(bs_processors(), BS_MAX_THREADS)
        cdef int reason
        if count <= 1 or not self.any_shared or self.profile:
            return self._alone(-1)
        count = bs_take_team(count)
        if count <= 1:
            if count == 1:
                bs_leave_team()
            return self._alone(-1)
        if self.threads > 0:
            reason = self._in_team(-1, count)
        else:
            reason = self._as_is_quicker(count)
        bs_leave_team()
        return reason

    cdef int _as_is_quicker(self, int count) noexcept nogil:
        """Run in the way that was quicker when both were tried, and try again now and then."""
        cdef int reason
        cdef int64_t steps, done, start
        while True:
            if self.trial_in <= 0:
                reason = self._compare(count)
            elif self.together:
                steps, start = min(self.trial_in, CHUNK), bs_now()
                reason = self._in_team(steps, count)
                done = steps - self.steps_left
                self.trial_in -= done
                if bs_now() - start > done * self.alone_step:
                    self.trial_in = 0  # the machine has become busy: ask again at once
            else:
                reason = self._alone(self.trial_in)
                self.trial_in = self.steps_left
            if reason != STEPS:
                return reason

    cdef int _compare(self, int count) noexcept nogil:
        """Run a few steps in both ways; that with several threads no longer than it may win."""
        cdef int64_t deadline = self.deadline
        cdef int64_t start = bs_now(), steps, alone, lost
        cdef int reason
        self.deadline = FAR
        reason = self._alone(1)
        steps = max(1, min(TRIAL, LONG // max(bs_now() - start, 1)))
        if reason == STEPS:
            start = bs_now()
            reason = self._alone(steps)
        if reason == STEPS:
            alone = bs_now() - start
            self.alone_step = alone / <double>steps
            self.together, lost = False, 0
            if self.alone_step > SHORT:
                start = bs_now()
                reason = self._try_together(steps, alone, count)
                lost = bs_now() - start
            # what a trial that was lost has cost is to be a small part of what comes
            self.trial_in = HOLD if self.together else max(
                HOLD, min(LONGEST_HOLD, <int64_t>(COSTS * lost / self.alone_step))
            )
        self.deadline = deadline
        return BUDGET if reason == STEPS and bs_now() > deadline else reason

    cdef int _try_together(self, int64_t steps, int64_t alone, int count) noexcept nogil:
        """Find out whether several threads do some steps in clearly less than one has taken."""
        cdef int64_t start = bs_now()
        cdef int reason
        # the first ones wake the others, and bring what they need to their caches
        self.deadline = start + alone
        reason = self._in_team(max(steps // 4, 1), count)
        if reason == STEPS:
            start = bs_now()
            self.deadline = start + alone
            reason = self._in_team(steps, count)
            self.together = reason == STEPS and bs_now() - start < alone - alone // 16
        return STEPS if reason == BUDGET else reason

    cdef int _ready(self, bs_clock *clocks, double *now) noexcept nogil:
        """Find the time of the next step; return why there is none yet, or -1."""
        cdef int k, c
        if self.stop_flag:
            return STOPPED
        # the clocks whose time is the smallest are due; equal within 1e-4 dt
        now[0] = 1e300
        for c in range(self.n_clocks):
            if clocks[c].step < self.ends[c] and clocks[c].t < now[0]:
                now[0] = clocks[c].t
        if now[0] == 1e300:
            return DONE
        for k in range(self.n_guards):
            if self.guards[k].count[0] + self.guards[k].per_step > self.guards[k].capacity:
                return RECORDER
        return -1

    cdef void _advance(self, bs_clock *clocks, double now) noexcept nogil:
        """Bring the clocks that were due to their next step."""
        cdef int c
        for c in range(self.n_clocks):
            if self._due(clocks, c, now):
                clocks[c].step += 1
                clocks[c].relative_step += 1
                clocks[c].t = self._time(clocks, c)

    cdef int _alone(self, int64_t steps) noexcept nogil:
        """Run on this thread, at most a number of steps unless it is negative."""
        cdef int64_t before
        cdef int k, reason, countdown = 16
        cdef double now = 0
        cdef bs_clock *clock
        cdef Task *task
        cdef bs_share whole
        whole.index, whole.count = 0, 1
        self.steps_left = steps
        while True:
            reason = self._ready(self.clocks, &now)
            if reason >= 0:
                return reason
            if self.steps_left == 0:
                return STEPS
            self.steps_left -= 1
            countdown -= 1
            if countdown == 0:
                countdown = 16
                if bs_now() > self.deadline:
                    return BUDGET
            for k in range(self.n_tasks):
                task = &self.tasks[k]
                clock = &self.clocks[task.clock]
                if self.n_clocks > 1 and not self._due(self.clocks, task.clock, now):
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
            self._advance(self.clocks, now)

    cdef int _in_team(self, int64_t steps, int count) noexcept nogil:
        """Run on several threads; the team has been taken."""
        cdef int reason, c, k
        cdef double now = 0
        self.steps_left = steps
        reason = self._ready(self.clocks, &now)
        if reason >= 0:
            return reason
        if bs_now() > self.deadline:
            return BUDGET
        free(self.all_clocks)
        self.all_clocks = <bs_clock *>calloc(count * (self.n_clocks + 4), sizeof(bs_clock))
        if self.all_clocks == NULL:
            return self._alone(steps)
        for k in range(count):
            for c in range(self.n_clocks):
                self.all_clocks[k * (self.n_clocks + 4) + c] = self.clocks[c]
        self.n_threads, self.verdict = count, -1
        bs_work_together(_start_thread, <void *>self, count)
        if self.verdict == CALLBACK_ERROR:
            return CALLBACK_ERROR
        reason = self._ready(self.clocks, &now)
        return reason if reason >= 0 else self.verdict

    cdef void _work(self, int thread) noexcept nogil:
        """Do the part of one thread of steps, until one of them decides to stop."""
        cdef bs_clock *clocks = &self.all_clocks[thread * (self.n_clocks + 4)]
        cdef bs_share share
        cdef Task *task
        cdef double now
        cdef int k, end
        if thread == 0:
            clocks = self.clocks  # a Python function may look at them
        share.index, share.count = thread, self.n_threads
        while True:
            now = 1e300
            for k in range(self.n_clocks):
                if clocks[k].step < self.ends[k] and clocks[k].t < now:
                    now = clocks[k].t
            k = 0
            while k < self.n_tasks:
                task = &self.tasks[k]
                end = k
                while end < self.n_tasks and not self.tasks[end].shared:
                    end += 1
                if task.barrier:
                    self._together(thread, clocks, now, k, end)
                    if self.verdict == CALLBACK_ERROR:
                        return
                if end > k:
                    k = end
                    continue
                if self.n_clocks == 1 or self._due(clocks, task.clock, now):
                    task.kernel(task.buffers, &clocks[task.clock], &share)
                k += 1
            if self.end_barrier:
                self._together(thread, clocks, now, self.n_tasks, self.n_tasks)
            self._advance(clocks, now)
            if self.verdict >= 0:
                return

    cdef void _together(
        self, int thread, bs_clock *clocks, double now, int start, int end
    ) noexcept nogil:
        """Wait for all threads, and do what is done once: start .. end - 1 of the schedule."""
        cdef bint has_call = False
        cdef int k
        for k in range(start, end):
            has_call = has_call or self.tasks[k].kernel == NULL
        if bs_arrive():
            if not has_call:
                self._once(clocks, now, start, end)
            bs_release()
        if has_call:
            # Python functions are called by the thread that called us
            if thread == 0:
                self._once(clocks, now, start, end)
            if bs_arrive():
                bs_release()

    cdef void _once(self, bs_clock *clocks, double now, int start, int end) noexcept nogil:
        """Do entries of the schedule while all other threads wait; after the last ones, decide."""
        cdef bs_share whole
        cdef Task *task
        cdef int k
        whole.index, whole.count = 0, 1
        for k in range(start, end):
            task = &self.tasks[k]
            if self.n_clocks > 1 and not self._due(clocks, task.clock, now):
                continue
            if task.kernel != NULL:
                task.kernel(task.buffers, &clocks[task.clock], &whole)
            elif self._call(k) != 0:
                self.verdict = CALLBACK_ERROR
                return
        # an entry that threads share has its barrier in front
        if self._is_last(max(end, start + 1)):
            self._decide(clocks, now)

    cdef bint _is_last(self, int end) noexcept nogil:
        """Return whether no thread waits for another any more in this step."""
        cdef int k
        for k in range(end, self.n_tasks):
            if self.tasks[k].barrier:
                return False
        return not self.end_barrier or end > self.n_tasks

    cdef void _decide(self, bs_clock *clocks, double now) noexcept nogil:
        """Find out whether this step is the last one; all that can fill recorders is done."""
        cdef int k, c
        cdef bint going = False
        self.steps_left -= 1
        if self.stop_flag:
            self.verdict = STOPPED
            return
        for c in range(self.n_clocks):
            k = 1 if self._due(clocks, c, now) else 0
            going = going or clocks[c].step + k < self.ends[c]
        if not going:
            self.verdict = DONE
            return
        for k in range(self.n_guards):
            if self.guards[k].count[0] + self.guards[k].per_step > self.guards[k].capacity:
                self.verdict = RECORDER
                return
        if self.steps_left == 0:
            self.verdict = STEPS
        elif bs_now() > self.deadline:
            self.verdict = BUDGET

    cdef double _time(self, bs_clock *clocks, int c) noexcept nogil:
        cdef bs_clock *clock = &clocks[c]
        return clock.step * clock.dt if self.ticks[c] == NULL else self.ticks[c][clock.step]

    cdef bint _due(self, bs_clock *clocks, int c, double now) noexcept nogil:
        cdef bs_clock *clock = &clocks[c]
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
