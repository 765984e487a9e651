/* example 'threshold' */
#include "bs_cuda.h"

/* Threshold of 'neurons': v > v_th
 * reads   neurons_N: number of neurons
 * reads   neurons_v: membrane potential, V
 * reads   neurons_v_th: threshold, V
 * reads   neurons_not_refractory: whether the neuron may spike
 * reads   neurons_ring_length: number of lists in the ring
 * updates neurons_spiking: one for each neuron that spikes in this step
 * writes  neurons_spikes: ring of lists: the neurons that spiked in a step
 * writes  neurons_spike_counts: ring: lengths of the lists
 */
static __global__ void bs_neurons_thresholder_1(const bs_pointers<8> buffers, const bs_clock clock)
{
    const int32_t neurons_N = *(const int32_t *)buffers[0];
    const double *BS_RESTRICT neurons_v = (const double *)buffers[1];
    const double neurons_v_th = *(const double *)buffers[2];
    const uint8_t *BS_RESTRICT neurons_not_refractory = (const uint8_t *)buffers[3];
    uint8_t *BS_RESTRICT neurons_spiking = (uint8_t *)buffers[5];
    (void)clock;
    for (int64_t i = bs_thread(); i < neurons_N; i += bs_threads()) {
        neurons_spiking[i] = (neurons_v[i] > neurons_v_th) & neurons_not_refractory[i];
    }
}
static __global__ void bs_neurons_thresholder_2_count(const bs_pointers<8> buffers,
        const bs_clock clock)
{
    const int32_t neurons_N = *(const int32_t *)buffers[0];
    uint8_t *BS_RESTRICT neurons_spiking = (uint8_t *)buffers[5];
    (void)clock;
    bs_count_flags(neurons_spiking, neurons_N);
}
static __global__ void bs_neurons_thresholder_2(const bs_pointers<8> buffers, const bs_clock clock)
{
    const int64_t neurons_ring_length = *(const int64_t *)buffers[4];
    const int32_t neurons_N = *(const int32_t *)buffers[0];
    const uint8_t *BS_RESTRICT neurons_spiking = (const uint8_t *)buffers[5];
    int32_t *BS_RESTRICT neurons_spikes = (int32_t *)buffers[6];
    int64_t *BS_RESTRICT neurons_spike_counts = (int64_t *)buffers[7];
    const int64_t step = clock.step;
    const int64_t slot = bs_mod_int64(step, neurons_ring_length);
    const int64_t list = slot * (int64_t)neurons_N;
    const int64_t n_spikes = bs_compact_counted(neurons_spiking, 0, neurons_N,
            neurons_spikes + list);
    if (bs_is_first()) {
        neurons_spike_counts[slot] = n_spikes;
    }
}
BS_KERNEL void neurons_thresholder(void *const *buffers, const bs_clock *clock,
        const bs_share *share)
{
    const bs_pointers<8> given(buffers);
    (void)share;
    BS_LAUNCH(bs_neurons_thresholder_1, BS_BLOCKS, BS_THREADS, given, *clock);
    BS_LAUNCH_JOINT(bs_neurons_thresholder_2_count, BS_PARTS, BS_WIDE, given, *clock);
    BS_LAUNCH_JOINT(bs_neurons_thresholder_2, BS_PARTS, BS_WIDE, given, *clock);
}
