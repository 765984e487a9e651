# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# example 'reset'

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

cdef extern from "bs_math.h":
    int64_t bs_mod_int64(int64_t, int64_t) noexcept nogil


# Reset of 'neurons': v = v_reset
# reads   neurons_ring_length: number of lists in the ring
# reads   neurons_N: number of neurons
# reads   neurons_spike_counts: ring: lengths of the lists
# reads   neurons_spikes: ring of lists: the neurons that spiked in a step
# reads   neurons_v_reset: reset potential, V
# writes  neurons_v: membrane potential, V
# writes  neurons_last_spike_step: step of the last spike
cdef void neurons_resetter(void *const *buffers, const bs_clock *clock,
        const bs_share *share) noexcept nogil:
    cdef int64_t neurons_ring_length = (<const int64_t *>buffers[0])[0]
    cdef int32_t neurons_N = (<const int32_t *>buffers[1])[0]
    cdef const int64_t *neurons_spike_counts = <const int64_t *>buffers[2]
    cdef const int32_t *neurons_spikes = <const int32_t *>buffers[3]
    cdef double neurons_v_reset = (<const double *>buffers[4])[0]
    cdef double *neurons_v = <double *>buffers[5]
    cdef int64_t *neurons_last_spike_step = <int64_t *>buffers[6]
    cdef int64_t step = clock.step
    cdef int32_t i
    cdef int64_t slot, list, s
    slot = bs_mod_int64(step, neurons_ring_length)
    list = slot * <int64_t>neurons_N
    for s in range(0, neurons_spike_counts[slot]):
        i = neurons_spikes[list + s]
        neurons_v[i] = neurons_v_reset
        neurons_last_spike_step[i] = step


def addresses():
    """Return the addresses of the kernels by name."""
    return {
        "neurons_resetter": <size_t><void *>neurons_resetter,
    }
