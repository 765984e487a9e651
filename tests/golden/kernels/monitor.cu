/* example 'monitor' */
#include "bs_cuda.h"

/* Record v of 'neurons'
 * updates monitor_n_rows: number of rows
 * reads   monitor_N: number of recorded neurons
 * reads   neurons_v: membrane potential, V
 * reads   monitor_record: recorded neurons
 * writes  monitor_v: recorded membrane potential, V; one row per step
 * writes  monitor_t: times of the rows, s
 */
static __global__ void bs_monitor_1(const bs_pointers<6> buffers, const bs_clock clock)
{
    const int64_t monitor_n_rows = *(const int64_t *)buffers[0];
    const int32_t monitor_N = *(const int32_t *)buffers[1];
    const double *BS_RESTRICT neurons_v = (const double *)buffers[2];
    const int32_t *BS_RESTRICT monitor_record = (const int32_t *)buffers[3];
    double *BS_RESTRICT monitor_v = (double *)buffers[4];
    (void)clock;
    const int64_t row = monitor_n_rows * (int64_t)monitor_N;
    for (int64_t i = bs_thread(); i < monitor_N; i += bs_threads()) {
        monitor_v[row + i] = neurons_v[monitor_record[i]];
    }
}
static __global__ void bs_monitor_2(const bs_pointers<6> buffers, const bs_clock clock)
{
    int64_t *BS_RESTRICT monitor_n_rows = (int64_t *)buffers[0];
    double *BS_RESTRICT monitor_t = (double *)buffers[5];
    const double t = clock.t;
    monitor_t[*monitor_n_rows] = t;
    *monitor_n_rows += 1;
}
BS_KERNEL void monitor(void *const *buffers, const bs_clock *clock, const bs_share *share)
{
    const bs_pointers<6> given(buffers);
    (void)share;
    BS_LAUNCH(bs_monitor_1, BS_BLOCKS, BS_THREADS, given, *clock);
    BS_LAUNCH(bs_monitor_2, 1, 1, given, *clock);
}
