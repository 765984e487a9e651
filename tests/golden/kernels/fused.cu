/* example 'fused' */
#include "bs_cuda.h"

/* Update the state of 'neurons': dv/dt = (E_L + ge/(10 nS) - v)/tau (unless refractory);
 * Threshold of 'neurons': v > v_th
 * reads   neurons_tau: membrane time constant, s
 * reads   neurons_tau_e: time constant of excitation, s
 * reads   neurons_N: number of neurons
 * reads   neurons_last_spike_step: step of the last spike
 * reads   neurons_refractory_steps: length of refractoriness, steps
 * updates neurons_v: membrane potential, V
 * reads   neurons_E_L: resting potential, V
 * updates neurons_ge: excitatory conductance, S
 * reads   neurons_v_th: threshold, V
 * updates neurons_not_refractory: whether the neuron may spike
 * reads   neurons_ring_length: number of lists in the ring
 * updates neurons_spiking: one for each neuron that spikes in this step
 * writes  neurons_spikes: ring of lists: the neurons that spiked in a step
 * writes  neurons_spike_counts: ring: lengths of the lists
 */
static __global__ void bs_neurons_stateupdater_thresholder_1(const bs_pointers<14> buffers,
        const bs_clock clock)
{
    const double neurons_tau = *(const double *)buffers[0];
    const double neurons_tau_e = *(const double *)buffers[1];
    const int32_t neurons_N = *(const int32_t *)buffers[2];
    const int64_t *BS_RESTRICT neurons_last_spike_step = (const int64_t *)buffers[3];
    const int64_t neurons_refractory_steps = *(const int64_t *)buffers[4];
    double *BS_RESTRICT neurons_v = (double *)buffers[5];
    const double neurons_E_L = *(const double *)buffers[6];
    double *BS_RESTRICT neurons_ge = (double *)buffers[7];
    const double neurons_v_th = *(const double *)buffers[8];
    uint8_t *BS_RESTRICT neurons_not_refractory = (uint8_t *)buffers[9];
    uint8_t *BS_RESTRICT neurons_spiking = (uint8_t *)buffers[11];
    const int64_t step = clock.step;
    const double dt = clock.dt;
    const double c1 = bs_exp(-dt / neurons_tau);
    const double c2 = bs_exp(-dt / neurons_tau_e);
    for (int64_t i = bs_thread(); i < neurons_N; i += bs_threads()) {
        const bool not_refractory = step - neurons_last_spike_step[i] >= neurons_refractory_steps;
        const double v = neurons_v[i];
        const double v_inf = neurons_E_L + neurons_ge[i] * 100000000.0;
        neurons_not_refractory[i] = not_refractory;
        neurons_v[i] = not_refractory ? v_inf + (v - v_inf) * c1 : v;
        neurons_ge[i] = neurons_ge[i] * c2;
        neurons_spiking[i] = (neurons_v[i] > neurons_v_th) & neurons_not_refractory[i];
    }
}
static __global__ void bs_neurons_stateupdater_thresholder_2_count(const bs_pointers<14> buffers,
        const bs_clock clock)
{
    const int32_t neurons_N = *(const int32_t *)buffers[2];
    uint8_t *BS_RESTRICT neurons_spiking = (uint8_t *)buffers[11];
    (void)clock;
    bs_count_flags(neurons_spiking, neurons_N);
}
static __global__ void bs_neurons_stateupdater_thresholder_2(const bs_pointers<14> buffers,
        const bs_clock clock)
{
    const int64_t neurons_ring_length = *(const int64_t *)buffers[10];
    const int32_t neurons_N = *(const int32_t *)buffers[2];
    const uint8_t *BS_RESTRICT neurons_spiking = (const uint8_t *)buffers[11];
    int32_t *BS_RESTRICT neurons_spikes = (int32_t *)buffers[12];
    int64_t *BS_RESTRICT neurons_spike_counts = (int64_t *)buffers[13];
    const int64_t step = clock.step;
    const int64_t slot = bs_mod_int64(step, neurons_ring_length);
    const int64_t list = slot * (int64_t)neurons_N;
    const int64_t n_spikes = bs_compact_counted(neurons_spiking, 0, neurons_N,
            neurons_spikes + list);
    if (bs_is_first()) {
        neurons_spike_counts[slot] = n_spikes;
    }
}
BS_KERNEL void neurons_stateupdater_thresholder(void *const *buffers, const bs_clock *clock,
        const bs_share *share)
{
    const bs_pointers<14> given(buffers);
    (void)share;
    BS_LAUNCH(bs_neurons_stateupdater_thresholder_1, BS_BLOCKS, BS_THREADS, given, *clock);
    BS_LAUNCH_JOINT(bs_neurons_stateupdater_thresholder_2_count, BS_PARTS, BS_WIDE, given, *clock);
    BS_LAUNCH_JOINT(bs_neurons_stateupdater_thresholder_2, BS_PARTS, BS_WIDE, given, *clock);
}
