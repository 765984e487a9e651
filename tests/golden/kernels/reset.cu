/* example 'reset' */
#include "bs_cuda.h"

/* Reset of 'neurons': v = v_reset
 * reads   neurons_ring_length: number of lists in the ring
 * reads   neurons_N: number of neurons
 * reads   neurons_spike_counts: ring: lengths of the lists
 * reads   neurons_spikes: ring of lists: the neurons that spiked in a step
 * reads   neurons_v_reset: reset potential, V
 * writes  neurons_v: membrane potential, V
 * writes  neurons_last_spike_step: step of the last spike
 */
static __global__ void bs_neurons_resetter_1(const bs_pointers<7> buffers, const bs_clock clock)
{
    const int64_t neurons_ring_length = *(const int64_t *)buffers[0];
    const int32_t neurons_N = *(const int32_t *)buffers[1];
    const int64_t *BS_RESTRICT neurons_spike_counts = (const int64_t *)buffers[2];
    const int32_t *BS_RESTRICT neurons_spikes = (const int32_t *)buffers[3];
    const double neurons_v_reset = *(const double *)buffers[4];
    double *BS_RESTRICT neurons_v = (double *)buffers[5];
    int64_t *BS_RESTRICT neurons_last_spike_step = (int64_t *)buffers[6];
    const int64_t step = clock.step;
    const int64_t slot = bs_mod_int64(step, neurons_ring_length);
    const int64_t list = slot * (int64_t)neurons_N;
    for (int64_t s = bs_thread(), s_stop = neurons_spike_counts[slot]; s
            < s_stop; s += bs_threads()) {
        const int32_t i = neurons_spikes[list + s];
        neurons_v[i] = neurons_v_reset;
        neurons_last_spike_step[i] = step;
    }
}
BS_KERNEL void neurons_resetter(void *const *buffers, const bs_clock *clock, const bs_share *share)
{
    const bs_pointers<7> given(buffers);
    (void)share;
    BS_LAUNCH(bs_neurons_resetter_1, BS_BLOCKS, BS_THREADS, given, *clock);
}
