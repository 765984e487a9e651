/* A team of threads that share the kernels of a step: made once, parked while nobody needs it.
 *
 * Threads wait for each other by looking at a number, first in a tight loop, then giving way to
 * others, at last asleep, so that nothing hangs where there are more threads than processors. */
#ifndef BS_TEAM_H
#define BS_TEAM_H

#include <stdint.h>
#include <string.h>

#define BS_MAX_THREADS 64

typedef void (*bs_job)(void *what, int thread);

#if defined(__unix__) || defined(__APPLE__)
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

/* looks before giving way, and before going to sleep: about 20 us, then some ms */
#define BS_SPINS 2000
#define BS_YIELDS 2000

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    int64_t sleepers; /* threads that are asleep, or about to be */
    int64_t turn;     /* raised by one when all have arrived at a barrier */
    int64_t arrived;  /* threads that wait at the barrier */
    int64_t jobs;     /* raised by one for each job */
    int64_t finished; /* threads that are done with the job, or have no part in it */
    int64_t made;     /* threads there are, with the first one */
    int64_t wanted;   /* threads of the present job */
    int64_t busy;
    int64_t process;  /* whose threads they are */
    bs_job job;
    void *what;
    fenv_t mode;      /* of the first thread: how it treats denormal numbers */
#if defined(__linux__)
    cpu_set_t places[BS_MAX_THREADS]; /* where each thread may run */
#endif
} bs_team;

static bs_team bs_the_team;
/* the number of jobs when a thread was made */
static int64_t bs_jobs_before[BS_MAX_THREADS];

#define BS_GET(x) __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define BS_SET(x, value) __atomic_store_n(&(x), value, __ATOMIC_SEQ_CST)
#define BS_ADD(x, value) __atomic_add_fetch(&(x), value, __ATOMIC_SEQ_CST)

static inline void bs_pause_(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Wake those who sleep; called after a number that they look at was raised. */
static void bs_wake_(bs_team *team)
{
    if (BS_GET(team->sleepers) == 0) return;
    pthread_mutex_lock(&team->lock);
    pthread_cond_broadcast(&team->woken);
    pthread_mutex_unlock(&team->lock);
}

/* Return when the number is no longer what it was. */
static void bs_wait_(bs_team *team, const int64_t *number, int64_t old)
{
    for (int k = 0; k < BS_SPINS; k++) {
        if (BS_GET(*number) != old) return;
        bs_pause_();
    }
    for (int k = 0; k < BS_YIELDS; k++) {
        if (BS_GET(*number) != old) return;
        sched_yield();
    }
    pthread_mutex_lock(&team->lock);
    BS_ADD(team->sleepers, 1);
    while (BS_GET(*number) == old) pthread_cond_wait(&team->woken, &team->lock);
    BS_ADD(team->sleepers, -1);
    pthread_mutex_unlock(&team->lock);
}

/* Arrive at a barrier. The last thread gets 1 and must call bs_release; all others get 0 when it
 * has done so. */
static int bs_arrive(void)
{
    bs_team *team = &bs_the_team;
    const int64_t turn = BS_GET(team->turn);
    if (BS_ADD(team->arrived, 1) == team->wanted) return 1;
    bs_wait_(team, &team->turn, turn);
    return 0;
}

static void bs_release(void)
{
    bs_team *team = &bs_the_team;
    BS_SET(team->arrived, 0);
    BS_ADD(team->turn, 1);
    bs_wake_(team);
}

static void bs_place_(bs_team *team, int thread)
{
#if defined(__linux__)
    pthread_setaffinity_np(pthread_self(), sizeof(cpu_set_t), &team->places[thread]);
#else
    (void)team, (void)thread;
#endif
}

static void *bs_member_(void *number)
{
    bs_team *team = &bs_the_team;
    const int thread = (int)(intptr_t)number;
    int64_t seen = bs_jobs_before[thread];
    for (;;) {
        bs_wait_(team, &team->jobs, seen);
        seen++;
        if (thread < team->wanted) {
            bs_place_(team, thread);
            fesetenv(&team->mode);
            team->job(team->what, thread);
        }
        BS_ADD(team->finished, 1);
        bs_wake_(team);
    }
    return NULL;
}

/* Make the team of this process; called by one thread at a time. */
static void bs_prepare_team(void)
{
    bs_team *team = &bs_the_team;
    if (BS_GET(team->process) == (int64_t)getpid()) return;
    /* the first time; or after a fork, when the threads have stayed with the parent */
    memset(team, 0, sizeof *team);
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->woken, NULL);
    team->made = 1;
    BS_SET(team->process, (int64_t)getpid());
}

/* Have the team for this thread alone, with up to `count` threads; return how many there are, with
 * this one; 0 if somebody else has it. */
static int bs_take_team(int count)
{
    bs_team *team = &bs_the_team;
    pthread_attr_t attributes;
    if (__atomic_exchange_n(&team->busy, 1, __ATOMIC_SEQ_CST)) return 0;
    if (pthread_attr_init(&attributes) == 0) {
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        while (team->made < count) {
            pthread_t thread;
            bs_jobs_before[team->made] = team->jobs;
            if (pthread_create(&thread, &attributes, bs_member_, (void *)(intptr_t)team->made))
                break;
            team->made++;
        }
        pthread_attr_destroy(&attributes);
    }
    return (int)(team->made < count ? team->made : count);
}

static void bs_leave_team(void) { BS_SET(bs_the_team.busy, 0); }

/* Let this thread and others do a job, each on a processor of its own if there are enough, and
 * return when all are done. The team must have been taken. */
static void bs_work_together(bs_job job, void *what, int count)
{
    bs_team *team = &bs_the_team;
#if defined(__linux__)
    cpu_set_t allowed;
    const int known = pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed) == 0;
    if (!known) CPU_ZERO(&allowed);
    const int enough = known && CPU_COUNT(&allowed) >= count;
    int cpu = sched_getcpu();
    for (int k = 0; k < count; k++) {
        team->places[k] = allowed;
        if (!enough) continue;
        while (cpu < 0 || !CPU_ISSET(cpu, &allowed)) cpu = (cpu + 1) % CPU_SETSIZE;
        CPU_ZERO(&team->places[k]);
        CPU_SET(cpu, &team->places[k]);
        cpu = (cpu + 1) % CPU_SETSIZE;
    }
    if (enough) bs_place_(team, 0);
#endif
    fegetenv(&team->mode);
    team->job = job;
    team->what = what;
    team->wanted = count;
    BS_SET(team->finished, 1);
    BS_ADD(team->jobs, 1);
    bs_wake_(team);
    job(what, 0);
    for (int64_t seen = BS_GET(team->finished); seen < team->made; seen = BS_GET(team->finished))
        bs_wait_(team, &team->finished, seen);
#if defined(__linux__)
    if (enough) pthread_setaffinity_np(pthread_self(), sizeof allowed, &allowed);
#endif
}

static int bs_processors(void)
{
#if defined(__linux__)
    cpu_set_t allowed;
    if (pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed) == 0)
        return CPU_COUNT(&allowed);
#endif
    const long found = sysconf(_SC_NPROCESSORS_ONLN);
    return found > 0 ? (int)found : 1;
}

#else /* no threads that we know how to make */

static void bs_prepare_team(void) {}
static int bs_arrive(void) { return 1; }
static void bs_release(void) {}
static int bs_take_team(int count) { (void)count; return 1; }
static void bs_leave_team(void) {}
static void bs_work_together(bs_job job, void *what, int count) { (void)count; job(what, 0); }
static int bs_processors(void) { return 1; }

#endif

#endif
