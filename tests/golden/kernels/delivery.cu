/* example 'delivery' */
#include "bs_cuda.h"

/* Deliver the spikes of 'neurons' through 'synapses': ge_post += w
 * reads   synapses_delay_steps: common delay, steps
 * reads   neurons_ring_length: number of lists in the ring
 * reads   neurons_N: number of neurons
 * reads   neurons_spike_counts: ring: lengths of the lists
 * reads   neurons_spikes: ring of lists: the neurons that spiked in a step
 * reads   synapses_row: first synapse of each source neuron
 * reads   synapses_target: target neuron of each synapse
 * reads   synapses_w: weight, S
 * updates neurons_ge: excitatory conductance, S
 */
static __global__ void bs_synapses_pre_1(const bs_pointers<9> buffers, const bs_clock clock)
{
    const int64_t synapses_delay_steps = *(const int64_t *)buffers[0];
    const int64_t neurons_ring_length = *(const int64_t *)buffers[1];
    const int32_t neurons_N = *(const int32_t *)buffers[2];
    const int64_t *neurons_spike_counts = (const int64_t *)buffers[3];
    const int32_t *neurons_spikes = (const int32_t *)buffers[4];
    const int32_t *synapses_row = (const int32_t *)buffers[5];
    const int32_t *synapses_target = (const int32_t *)buffers[6];
    const double *synapses_w = (const double *)buffers[7];
    double *neurons_ge = (double *)buffers[8];
    const int64_t step = clock.step;
    const int64_t slot = bs_mod_int64(step - synapses_delay_steps, neurons_ring_length);
    const int64_t list = slot * (int64_t)neurons_N;
    for (int64_t s = (int64_t)blockIdx.x,
            s_stop = neurons_spike_counts[slot]; s < s_stop; s += gridDim.x) {
        const int64_t j = neurons_spikes[list + s];
        for (int64_t k = synapses_row[j] + (int64_t)threadIdx.x,
                k_stop = synapses_row[j + 1]; k < k_stop; k += blockDim.x) {
            bs_add(&neurons_ge[synapses_target[k]], synapses_w[k]);
        }
    }
}
BS_KERNEL void synapses_pre(void *const *buffers, const bs_clock *clock, const bs_share *share)
{
    const bs_pointers<9> given(buffers);
    (void)share;
    BS_LAUNCH(bs_synapses_pre_1, BS_ROWS, BS_ROW_THREADS, given, *clock);
}
