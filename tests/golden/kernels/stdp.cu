/* example 'stdp' */
#include "bs_cuda.h"

/* Presynaptic spikes of 'synapses': ge_post += w; apre += dApre; w = clip(w + apost, ...)
 * reads   neurons_ring_length: number of lists in the ring
 * reads   neurons_N: number of neurons
 * reads   synapses_taupre: time constant of the trace, s
 * reads   neurons_spike_counts: ring: lengths of the lists
 * reads   neurons_spikes: ring of lists: the neurons that spiked in a step
 * reads   synapses_row: first synapse of each source neuron
 * reads   synapses_target: target neuron of each synapse
 * updates synapses_w: weight, S
 * updates neurons_ge: excitatory conductance, S
 * updates synapses_apre: trace of presynaptic spikes
 * updates synapses_lastupdate: time of the last update, s
 * reads   synapses_dApre: step of the trace
 * reads   synapses_apost: trace of postsynaptic spikes
 * reads   synapses_gmax: largest weight, S
 */
static __global__ void bs_synapses_pre_1(const bs_pointers<14> buffers, const bs_clock clock)
{
    const int64_t neurons_ring_length = *(const int64_t *)buffers[0];
    const int32_t neurons_N = *(const int32_t *)buffers[1];
    const double synapses_taupre = *(const double *)buffers[2];
    const int64_t *neurons_spike_counts = (const int64_t *)buffers[3];
    const int32_t *neurons_spikes = (const int32_t *)buffers[4];
    const int32_t *synapses_row = (const int32_t *)buffers[5];
    const int32_t *synapses_target = (const int32_t *)buffers[6];
    double *synapses_w = (double *)buffers[7];
    double *neurons_ge = (double *)buffers[8];
    double *synapses_apre = (double *)buffers[9];
    double *synapses_lastupdate = (double *)buffers[10];
    const double synapses_dApre = *(const double *)buffers[11];
    const double *synapses_apost = (const double *)buffers[12];
    const double synapses_gmax = *(const double *)buffers[13];
    const int64_t step = clock.step;
    const double t = clock.t;
    const int64_t slot = bs_mod_int64(step, neurons_ring_length);
    const int64_t list = slot * (int64_t)neurons_N;
    const double c1 = 1.0 / synapses_taupre;
    for (int64_t s = (int64_t)blockIdx.x,
            s_stop = neurons_spike_counts[slot]; s < s_stop; s += gridDim.x) {
        const int64_t j = neurons_spikes[list + s];
        __syncthreads();
        for (int64_t k = synapses_row[j] + (int64_t)threadIdx.x,
                k_stop = synapses_row[j + 1]; k < k_stop; k += blockDim.x) {
            bs_add(&neurons_ge[synapses_target[k]], synapses_w[k]);
        }
        __syncthreads();
        for (int64_t k = synapses_row[j] + (int64_t)threadIdx.x,
                k_stop = synapses_row[j + 1]; k < k_stop; k += blockDim.x) {
            const double apre = synapses_apre[k] * bs_exp((synapses_lastupdate[k] - t) * c1);
            synapses_apre[k] = apre + synapses_dApre;
            synapses_w[k] = bs_clip(synapses_w[k] + synapses_apost[k], 0.0, synapses_gmax);
            synapses_lastupdate[k] = t;
        }
        __syncthreads();
    }
}
BS_KERNEL void synapses_pre(void *const *buffers, const bs_clock *clock, const bs_share *share)
{
    const bs_pointers<14> given(buffers);
    (void)share;
    BS_LAUNCH_JOINT(bs_synapses_pre_1, BS_ROWS, BS_ROW_THREADS, given, *clock);
}
