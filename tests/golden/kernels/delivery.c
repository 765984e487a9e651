/* example 'delivery' */
#include "bs_abi.h"
#include "bs_math.h"

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
BS_KERNEL void synapses_pre(void *const *buffers, const bs_clock *clock, const bs_share *share)
{
    const int64_t synapses_delay_steps = *(const int64_t *)buffers[0];
    const int64_t neurons_ring_length = *(const int64_t *)buffers[1];
    const int32_t neurons_N = *(const int32_t *)buffers[2];
    const int64_t *BS_RESTRICT neurons_spike_counts = (const int64_t *)buffers[3];
    const int32_t *BS_RESTRICT neurons_spikes = (const int32_t *)buffers[4];
    const int32_t *BS_RESTRICT synapses_row = (const int32_t *)buffers[5];
    const int32_t *BS_RESTRICT synapses_target = (const int32_t *)buffers[6];
    const double *BS_RESTRICT synapses_w = (const double *)buffers[7];
    double *BS_RESTRICT neurons_ge = (double *)buffers[8];
    const int64_t step = clock->step;
    (void)share;
    const int64_t slot = bs_mod_int64(step - synapses_delay_steps, neurons_ring_length);
    const int64_t list = slot * (int64_t)neurons_N;
    for (int64_t s = 0, s_stop = neurons_spike_counts[slot]; s < s_stop; s++) {
        const int64_t j = neurons_spikes[list + s];
        for (int64_t k = synapses_row[j], k_stop = synapses_row[j + 1]; k < k_stop; k++) {
            neurons_ge[synapses_target[k]] += synapses_w[k];
        }
    }
}
