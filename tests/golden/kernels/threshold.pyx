# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# example 'threshold'

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
    int64_t bs_mod_int64(int64_t, int64_t) noexcept nogil


# Threshold of 'neurons': v > v_th
# reads   neurons_N: number of neurons
# reads   neurons_v: membrane potential, V
# reads   neurons_v_th: threshold, V
# reads   neurons_not_refractory: whether the neuron may spike
# reads   neurons_ring_length: number of lists in the ring
# updates neurons_spiking: one for each neuron that spikes in this step
# writes  neurons_spikes: ring of lists: the neurons that spiked in a step
# writes  neurons_spike_counts: ring: lengths of the lists
cdef void neurons_thresholder(void *const *buffers, const bs_clock *clock,
        const bs_share *share) noexcept nogil:
    cdef int32_t neurons_N = (<const int32_t *>buffers[0])[0]
    cdef const double *neurons_v = <const double *>buffers[1]
    cdef double neurons_v_th = (<const double *>buffers[2])[0]
    cdef const uint8_t *neurons_not_refractory = <const uint8_t *>buffers[3]
    cdef int64_t neurons_ring_length = (<const int64_t *>buffers[4])[0]
    cdef uint8_t *neurons_spiking = <uint8_t *>buffers[5]
    cdef int32_t *neurons_spikes = <int32_t *>buffers[6]
    cdef int64_t *neurons_spike_counts = <int64_t *>buffers[7]
    cdef int64_t step = clock.step
    cdef int64_t i, slot, list, n_spikes
    for i in range(0, neurons_N):
        neurons_spiking[i] = (neurons_v[i] > neurons_v_th) & neurons_not_refractory[i]
    slot = bs_mod_int64(step, neurons_ring_length)
    list = slot * <int64_t>neurons_N
    n_spikes = bs_compact(neurons_spiking, 0, neurons_N, neurons_spikes + list)
    neurons_spike_counts[slot] = n_spikes


def addresses():
    """Return the addresses of the kernels by name."""
    return {
        "neurons_thresholder": <size_t><void *>neurons_thresholder,
    }
