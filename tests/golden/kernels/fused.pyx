# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# example 'fused'

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint64_t

cdef extern from "bs_abi.h":
    ctypedef struct bs_clock:
        int64_t step
        int32_t relative_step
        double t
        double dt
    ctypedef struct bs_share:
        int32_t index
        int32_t count
    int64_t bs_compact(const uint8_t *, int64_t, int64_t, int32_t *) noexcept nogil

cdef extern from "bs_math.h":
    double bs_exp(double) noexcept nogil
    int64_t bs_mod_int64(int64_t, int64_t) noexcept nogil


# Update the state of 'neurons': dv/dt = (E_L + ge/(10 nS) - v)/tau (unless refractory);
# Threshold of 'neurons': v > v_th
# reads   neurons_tau: membrane time constant, s
# reads   neurons_tau_e: time constant of excitation, s
# reads   neurons_N: number of neurons
# reads   neurons_last_spike_step: step of the last spike
# reads   neurons_refractory_steps: length of refractoriness, steps
# updates neurons_v: membrane potential, V
# reads   neurons_E_L: resting potential, V
# updates neurons_ge: excitatory conductance, S
# reads   neurons_v_th: threshold, V
# updates neurons_not_refractory: whether the neuron may spike
# reads   neurons_ring_length: number of lists in the ring
# updates neurons_spiking: one for each neuron that spikes in this step
# writes  neurons_spikes: ring of lists: the neurons that spiked in a step
# writes  neurons_spike_counts: ring: lengths of the lists
cdef void neurons_stateupdater_thresholder(void *const *buffers, const bs_clock *clock,
        const bs_share *share) noexcept nogil:
    cdef double neurons_tau = (<const double *>buffers[0])[0]
    cdef double neurons_tau_e = (<const double *>buffers[1])[0]
    cdef int32_t neurons_N = (<const int32_t *>buffers[2])[0]
    cdef const int64_t *neurons_last_spike_step = <const int64_t *>buffers[3]
    cdef int64_t neurons_refractory_steps = (<const int64_t *>buffers[4])[0]
    cdef double *neurons_v = <double *>buffers[5]
    cdef double neurons_E_L = (<const double *>buffers[6])[0]
    cdef double *neurons_ge = <double *>buffers[7]
    cdef double neurons_v_th = (<const double *>buffers[8])[0]
    cdef uint8_t *neurons_not_refractory = <uint8_t *>buffers[9]
    cdef int64_t neurons_ring_length = (<const int64_t *>buffers[10])[0]
    cdef uint8_t *neurons_spiking = <uint8_t *>buffers[11]
    cdef int32_t *neurons_spikes = <int32_t *>buffers[12]
    cdef int64_t *neurons_spike_counts = <int64_t *>buffers[13]
    cdef int64_t step = clock.step
    cdef double dt = clock.dt
    cdef uint8_t not_refractory
    cdef int64_t i, slot, list, n_spikes
    cdef double c1, c2, v, v_inf
    c1 = bs_exp(-dt / neurons_tau)
    c2 = bs_exp(-dt / neurons_tau_e)
    for i in range(0, neurons_N):
        not_refractory = step - neurons_last_spike_step[i] >= neurons_refractory_steps
        v = neurons_v[i]
        v_inf = neurons_E_L + neurons_ge[i] * 100000000.0
        neurons_not_refractory[i] = not_refractory
        neurons_v[i] = v_inf + (v - v_inf) * c1 if not_refractory else v
        neurons_ge[i] = neurons_ge[i] * c2
        neurons_spiking[i] = (neurons_v[i] > neurons_v_th) & neurons_not_refractory[i]
    slot = bs_mod_int64(step, neurons_ring_length)
    list = slot * <int64_t>neurons_N
    n_spikes = bs_compact(neurons_spiking, 0, neurons_N, neurons_spikes + list)
    neurons_spike_counts[slot] = n_spikes


def addresses():
    """Return the addresses of the kernels by name."""
    return {
        "neurons_stateupdater_thresholder": <size_t><void *>neurons_stateupdater_thresholder,
    }
