/* example 'monitor' */
#include "bs_abi.h"

/* Record v of 'neurons'
 * updates monitor_n_rows: number of rows
 * reads   monitor_N: number of recorded neurons
 * reads   neurons_v: membrane potential, V
 * reads   monitor_record: recorded neurons
 * writes  monitor_v: recorded membrane potential, V; one row per step
 * writes  monitor_t: times of the rows, s
 */
BS_KERNEL void monitor(void *const *buffers, const bs_clock *clock, const bs_share *share)
{
    int64_t *BS_RESTRICT monitor_n_rows = (int64_t *)buffers[0];
    const int32_t monitor_N = *(const int32_t *)buffers[1];
    const double *BS_RESTRICT neurons_v = (const double *)buffers[2];
    const int32_t *BS_RESTRICT monitor_record = (const int32_t *)buffers[3];
    double *BS_RESTRICT monitor_v = (double *)buffers[4];
    double *BS_RESTRICT monitor_t = (double *)buffers[5];
    const double t = clock->t;
    (void)share;
    const int64_t row = *monitor_n_rows * (int64_t)monitor_N;
    BS_INDEPENDENT
    for (int64_t i = 0; i < monitor_N; i++) {
        monitor_v[row + i] = neurons_v[monitor_record[i]];
    }
    monitor_t[*monitor_n_rows] = t;
    *monitor_n_rows += 1;
}
