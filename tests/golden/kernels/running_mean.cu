/* example 'running_mean' */
#include "bs_cuda.h"

/* Subtract the running mean, one element after the other
 * reads   neurons_N: number of neurons
 * updates mean: exponentially weighted mean
 * updates x
 */
static __global__ void bs_running_mean_1(const bs_pointers<3> buffers, const bs_clock clock)
{
    const int32_t neurons_N = *(const int32_t *)buffers[0];
    double *BS_RESTRICT mean = (double *)buffers[1];
    double *BS_RESTRICT x = (double *)buffers[2];
    (void)clock;
    for (int64_t i = 1; i < neurons_N; i++) {
        *mean = *mean * 0.9 + x[i] * 0.1;
        x[i - 1] = x[i] - *mean;
    }
}
BS_KERNEL void running_mean(void *const *buffers, const bs_clock *clock, const bs_share *share)
{
    const bs_pointers<3> given(buffers);
    (void)share;
    BS_LAUNCH(bs_running_mean_1, 1, 1, given, *clock);
}
