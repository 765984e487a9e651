/* The step loop: calls kernels in the order of a schedule, on one thread or on several.
 *
 * Used by brainsim/scheduler.pyx and by the programs that brainsim writes. The loop ends when all
 * clocks have reached their end, when a time budget is spent, when a recorder is about to be full,
 * or when it is told to stop. It holds no other knowledge about the network. Who uses it owns all
 * memory that it points to.
 *
 * With several threads, each does its share of the kernels that are shared, in the order of the
 * schedule; tasks in between are done once, by the last thread to arrive there while the others
 * wait. Each thread has clocks of its own, so that none waits only to know the time.
 *
 * Names that end in an underscore are private to this header.
 */
#ifndef BS_LOOP_H
#define BS_LOOP_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "bs_abi.h"
#include "bs_team.h"

/* why bs_run_loop returned */
enum {
    BS_DONE = 0,
    BS_BUDGET = 1,
    BS_RECORDER = 2,
    BS_STOPPED = 3,
    BS_CALL_FAILED = 4,
    BS_STEPS = 5 /* a number of steps is done; never returned to callers */
};

typedef struct {
    bs_kernel kernel; /* NULL: a function of the host */
    void **buffers;
    int32_t clock;
    int32_t shared;      /* called by each thread for its share */
    int32_t barrier;     /* all threads have done what comes before */
    int64_t nanoseconds; /* spent, when profiling */
} bs_task;

/* a recorder: the loop ends before a step that might not fit */
typedef struct {
    const int64_t *count;
    int64_t capacity;
    int64_t per_step;
} bs_guard;

typedef struct {
    bs_task *tasks;
    bs_clock *clocks;
    int64_t *ends;        /* the step at which each clock ends */
    const double **ticks; /* times of the steps of each clock; NULL: multiples of its dt */
    bs_guard *guards;
    int32_t n_tasks, n_clocks, n_guards;
    int32_t end_barrier; /* the end of a step needs a barrier of its own */
    int32_t threads;     /* 0: as many as there are processors, where that is quicker */
    int32_t profile;
    volatile int32_t stop_flag;
    int (*call)(void *host, int32_t task); /* does a task of the host; 0: it went well */
    void *host;
    /* of the job that is under way */
    bs_clock *all_clocks; /* those of each thread */
    int32_t n_threads;
    int32_t verdict; /* why the threads are to stop after the step, or -1 */
    int64_t deadline, steps_left;
    /* what is known of several threads */
    int64_t trial_in;  /* steps to the next comparison */
    int32_t together;  /* which way was quicker */
    double alone_step; /* ns that a step takes on one thread */
} bs_loop;

enum {
    BS_SHORT_ = 4000,           /* ns; with shorter steps, threads gain less than they wait */
    BS_TRIAL_ = 32,             /* steps of each way of running that are compared */
    BS_HOLD_ = 2000,            /* steps until they are compared again, at least */
    BS_LONGEST_HOLD_ = 1000000, /* and at most */
    BS_COSTS_ = 50,             /* a trial that was lost may cost one part in so many */
    BS_CHUNK_ = 256,            /* steps after which several threads must still be quicker */
    BS_LONG_ = 10000000         /* ns that the steps of one way may take, unless one takes longer */
};
#define BS_FAR_ (INT64_C(1) << 62)

static inline int64_t bs_now(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t bs_least_(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t bs_most_(int64_t a, int64_t b) { return a > b ? a : b; }

/* --- clocks ---------------------------------------------------------------------------------- */

static inline double bs_time_of_(const bs_loop *loop, const bs_clock *clocks, int32_t c)
{
    const bs_clock *clock = &clocks[c];
    return loop->ticks[c] == NULL ? (double)clock->step * clock->dt : loop->ticks[c][clock->step];
}

static inline int bs_due_(const bs_loop *loop, const bs_clock *clocks, int32_t c, double now)
{
    return clocks[c].step < loop->ends[c] && clocks[c].t - now < 1e-4 * clocks[c].dt;
}

/* Move a clock, and say at which step it ends. */
static inline void bs_set_clock(bs_loop *loop, int32_t c, int64_t step, int32_t relative_step,
                                double dt, int64_t end)
{
    loop->clocks[c].step = step;
    loop->clocks[c].relative_step = relative_step;
    loop->clocks[c].dt = dt;
    loop->clocks[c].t = bs_time_of_(loop, loop->clocks, c);
    loop->ends[c] = end;
}

/* the time of the next step, 1e300 if there is none: the clocks whose time is the smallest are due */
static inline double bs_next_time_(const bs_loop *loop, const bs_clock *clocks)
{
    double now = 1e300;
    for (int32_t c = 0; c < loop->n_clocks; c++)
        if (clocks[c].step < loop->ends[c] && clocks[c].t < now) now = clocks[c].t;
    return now;
}

static inline void bs_advance_(const bs_loop *loop, bs_clock *clocks, double now)
{
    for (int32_t c = 0; c < loop->n_clocks; c++) {
        if (!bs_due_(loop, clocks, c, now)) continue;
        clocks[c].step += 1;
        clocks[c].relative_step += 1;
        clocks[c].t = bs_time_of_(loop, clocks, c);
    }
}

static inline int bs_is_full_(const bs_loop *loop)
{
    for (int32_t k = 0; k < loop->n_guards; k++)
        if (*loop->guards[k].count + loop->guards[k].per_step > loop->guards[k].capacity) return 1;
    return 0;
}

/* why there is no next step yet, or -1 and its time */
static inline int bs_ready_(const bs_loop *loop, double *now)
{
    if (loop->stop_flag) return BS_STOPPED;
    *now = bs_next_time_(loop, loop->clocks);
    if (*now == 1e300) return BS_DONE;
    return bs_is_full_(loop) ? BS_RECORDER : -1;
}

/* --- one thread ------------------------------------------------------------------------------ */

/* Do a task as a whole; 0: it went well. */
static inline int bs_do_task_(bs_loop *loop, bs_task *task, const bs_clock *clocks)
{
    const bs_share whole = {0, 1};
    const int64_t before = loop->profile ? bs_now() : 0;
    int failed = 0;
    if (task->kernel != NULL)
        task->kernel(task->buffers, &clocks[task->clock], &whole);
    else
        failed = loop->call(loop->host, (int32_t)(task - loop->tasks));
    if (loop->profile) task->nanoseconds += bs_now() - before;
    return failed;
}

/* Run on this thread, at most a number of steps unless it is negative. */
static inline int bs_run_alone_(bs_loop *loop, int64_t steps)
{
    double now = 0.0;
    int countdown = 16;
    loop->steps_left = steps;
    for (;;) {
        const int reason = bs_ready_(loop, &now);
        if (reason >= 0) return reason;
        if (loop->steps_left == 0) return BS_STEPS;
        loop->steps_left -= 1;
        if (--countdown == 0) {
            countdown = 16;
            if (bs_now() > loop->deadline) return BS_BUDGET;
        }
        for (bs_task *task = loop->tasks; task < loop->tasks + loop->n_tasks; task++) {
            if (loop->n_clocks > 1 && !bs_due_(loop, loop->clocks, task->clock, now)) continue;
            if (bs_do_task_(loop, task, loop->clocks)) return BS_CALL_FAILED;
        }
        bs_advance_(loop, loop->clocks, now);
    }
}

/* --- several threads ------------------------------------------------------------------------- */

/* Find out whether this step is the last one; all that can fill recorders is done. */
static inline void bs_decide_(bs_loop *loop, const bs_clock *clocks, double now)
{
    int going = 0;
    loop->steps_left -= 1;
    for (int32_t c = 0; c < loop->n_clocks; c++)
        going |= clocks[c].step + bs_due_(loop, clocks, c, now) < loop->ends[c];
    if (loop->stop_flag)
        loop->verdict = BS_STOPPED;
    else if (!going)
        loop->verdict = BS_DONE;
    else if (bs_is_full_(loop))
        loop->verdict = BS_RECORDER;
    else if (loop->steps_left == 0)
        loop->verdict = BS_STEPS;
    else if (bs_now() > loop->deadline)
        loop->verdict = BS_BUDGET;
}

/* whether no thread waits for another any more in this step */
static inline int bs_is_last_(const bs_loop *loop, int32_t end)
{
    for (int32_t k = end; k < loop->n_tasks; k++)
        if (loop->tasks[k].barrier) return 0;
    return !loop->end_barrier || end > loop->n_tasks;
}

/* Do tasks of the schedule while all other threads wait; after the last ones, decide. */
static inline void bs_do_once_(bs_loop *loop, const bs_clock *clocks, double now, int32_t start,
                               int32_t end)
{
    for (int32_t k = start; k < end; k++) {
        if (loop->n_clocks > 1 && !bs_due_(loop, clocks, loop->tasks[k].clock, now)) continue;
        if (bs_do_task_(loop, &loop->tasks[k], clocks)) {
            loop->verdict = BS_CALL_FAILED;
            return;
        }
    }
    /* a task that threads share has its barrier in front */
    if (bs_is_last_(loop, end > start ? end : start + 1)) bs_decide_(loop, clocks, now);
}

/* Wait for all threads, and do what is done once: tasks start .. end - 1. */
static inline void bs_meet_(bs_loop *loop, int thread, const bs_clock *clocks, double now,
                            int32_t start, int32_t end)
{
    int has_call = 0;
    for (int32_t k = start; k < end; k++) has_call |= loop->tasks[k].kernel == NULL;
    if (bs_arrive()) {
        if (!has_call) bs_do_once_(loop, clocks, now, start, end);
        bs_release();
    }
    if (!has_call) return;
    /* functions of the host are called by the thread that called us */
    if (thread == 0) bs_do_once_(loop, clocks, now, start, end);
    if (bs_arrive()) bs_release();
}

/* Do the part of one thread of steps, until one of them decides to stop. */
static inline void bs_work_(void *what, int thread)
{
    bs_loop *loop = (bs_loop *)what;
    /* functions of the host may look at the loop's own clocks */
    bs_clock *clocks = thread == 0 ? loop->clocks : loop->all_clocks + thread * (loop->n_clocks + 4);
    const bs_share share = {thread, loop->n_threads};
    for (;;) {
        const double now = bs_next_time_(loop, clocks);
        for (int32_t k = 0; k < loop->n_tasks;) {
            bs_task *task = &loop->tasks[k];
            int32_t end = k;
            while (end < loop->n_tasks && !loop->tasks[end].shared) end++;
            if (task->barrier) {
                bs_meet_(loop, thread, clocks, now, k, end);
                if (loop->verdict == BS_CALL_FAILED) return;
            }
            if (end > k) {
                k = end;
                continue;
            }
            if (loop->n_clocks == 1 || bs_due_(loop, clocks, task->clock, now))
                task->kernel(task->buffers, &clocks[task->clock], &share);
            k++;
        }
        if (loop->end_barrier) bs_meet_(loop, thread, clocks, now, loop->n_tasks, loop->n_tasks);
        bs_advance_(loop, clocks, now);
        if (loop->verdict >= 0) return;
    }
}

/* Run on several threads; the team has been taken. */
static inline int bs_run_in_team_(bs_loop *loop, int64_t steps, int count)
{
    double now = 0.0;
    loop->steps_left = steps;
    int reason = bs_ready_(loop, &now);
    if (reason >= 0) return reason;
    if (bs_now() > loop->deadline) return BS_BUDGET;
    free(loop->all_clocks);
    const size_t stride = (size_t)loop->n_clocks + 4;
    loop->all_clocks = (bs_clock *)calloc((size_t)count * stride, sizeof(bs_clock));
    if (loop->all_clocks == NULL) return bs_run_alone_(loop, steps);
    for (size_t k = 0; k < (size_t)count; k++)
        for (int32_t c = 0; c < loop->n_clocks; c++)
            loop->all_clocks[k * stride + (size_t)c] = loop->clocks[c];
    loop->n_threads = count;
    loop->verdict = -1;
    bs_work_together(bs_work_, loop, count);
    if (loop->verdict == BS_CALL_FAILED) return BS_CALL_FAILED;
    reason = bs_ready_(loop, &now);
    return reason >= 0 ? reason : loop->verdict;
}

/* --- which of the two ------------------------------------------------------------------------ */

/* Find out whether several threads do some steps in clearly less than one has taken. */
static inline int bs_try_together_(bs_loop *loop, int64_t steps, int64_t alone, int count)
{
    int64_t start = bs_now();
    /* the first ones wake the others, and bring what they need to their caches */
    loop->deadline = start + alone;
    int reason = bs_run_in_team_(loop, bs_most_(steps / 4, 1), count);
    if (reason == BS_STEPS) {
        start = bs_now();
        loop->deadline = start + alone;
        reason = bs_run_in_team_(loop, steps, count);
        loop->together = reason == BS_STEPS && bs_now() - start < alone - alone / 16;
    }
    return reason == BS_BUDGET ? BS_STEPS : reason;
}

/* Run a few steps in both ways; that with several threads no longer than it may win. */
static inline int bs_compare_(bs_loop *loop, int count)
{
    const int64_t deadline = loop->deadline;
    int64_t start = bs_now();
    loop->deadline = BS_FAR_;
    int reason = bs_run_alone_(loop, 1);
    const int64_t once = bs_most_(bs_now() - start, 1);
    const int64_t steps = bs_most_(1, bs_least_(BS_TRIAL_, BS_LONG_ / once));
    if (reason == BS_STEPS) {
        start = bs_now();
        reason = bs_run_alone_(loop, steps);
    }
    if (reason == BS_STEPS) {
        const int64_t alone = bs_now() - start;
        int64_t lost = 0;
        loop->alone_step = (double)alone / (double)steps;
        loop->together = 0;
        if (loop->alone_step > BS_SHORT_) {
            start = bs_now();
            reason = bs_try_together_(loop, steps, alone, count);
            lost = bs_now() - start;
        }
        /* what a trial that was lost has cost is to be a small part of what comes */
        const int64_t hold = (int64_t)(BS_COSTS_ * (double)lost / loop->alone_step);
        loop->trial_in = BS_HOLD_;
        if (!loop->together)
            loop->trial_in = bs_most_(BS_HOLD_, bs_least_(BS_LONGEST_HOLD_, hold));
    }
    loop->deadline = deadline;
    return reason == BS_STEPS && bs_now() > deadline ? BS_BUDGET : reason;
}

/* Run in the way that was quicker when both were tried, and try again now and then. */
static inline int bs_run_as_is_quicker_(bs_loop *loop, int count)
{
    for (;;) {
        int reason;
        if (loop->trial_in <= 0) {
            reason = bs_compare_(loop, count);
        } else if (loop->together) {
            const int64_t steps = bs_least_(loop->trial_in, BS_CHUNK_), start = bs_now();
            reason = bs_run_in_team_(loop, steps, count);
            const int64_t done = steps - loop->steps_left;
            loop->trial_in -= done;
            /* the machine has become busy: ask again at once */
            if ((double)(bs_now() - start) > (double)done * loop->alone_step) loop->trial_in = 0;
        } else {
            reason = bs_run_alone_(loop, loop->trial_in);
            loop->trial_in = loop->steps_left;
        }
        if (reason != BS_STEPS) return reason;
    }
}

/* Run until all clocks have ended, or at most `budget` nanoseconds; returns why it ended. */
static inline int bs_run_loop(bs_loop *loop, int64_t budget)
{
    int any_shared = 0;
    bs_prepare_team();
    loop->deadline = bs_now() + budget;
    for (int32_t k = 0; k < loop->n_tasks; k++) any_shared |= loop->tasks[k].shared;
    int count = loop->threads > 0 ? loop->threads : bs_processors();
    count = count < BS_MAX_THREADS ? count : BS_MAX_THREADS;
    if (count <= 1 || !any_shared || loop->profile) return bs_run_alone_(loop, -1);
    count = bs_take_team(count);
    if (count <= 1) {
        if (count == 1) bs_leave_team();
        return bs_run_alone_(loop, -1);
    }
    const int reason =
        loop->threads > 0 ? bs_run_in_team_(loop, -1, count) : bs_run_as_is_quicker_(loop, count);
    bs_leave_team();
    return reason;
}

#endif
