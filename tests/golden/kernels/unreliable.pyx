# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# example 'unreliable'

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

cdef extern from "bs_random.h":
    double bs_uniform(uint64_t, int64_t, int64_t) noexcept nogil
    void bs_fill_uniform(double *, int64_t, int64_t, uint64_t, int64_t) noexcept nogil


# Noise, and synapses that release with probability p
# reads   neurons_N: number of neurons
# reads   synapses_key: random stream
# updates neurons_noise: one variate per neuron and step
# updates neurons_v: membrane potential, V
# reads   neurons_ring_length: number of lists in the ring
# reads   neurons_spike_counts: ring: lengths of the lists
# reads   neurons_spikes: ring of lists: the neurons that spiked in a step
# reads   synapses_row: first synapse of each source neuron
# reads   synapses_p: probability of release
# reads   synapses_target: target neuron of each synapse
# reads   synapses_w: weight, S
# updates neurons_ge: excitatory conductance, S
cdef void synapses_pre(void *const *buffers, const bs_clock *clock,
        const bs_share *share) noexcept nogil:
    cdef int32_t neurons_N = (<const int32_t *>buffers[0])[0]
    cdef uint64_t synapses_key = (<const uint64_t *>buffers[1])[0]
    cdef double *neurons_noise = <double *>buffers[2]
    cdef double *neurons_v = <double *>buffers[3]
    cdef int64_t neurons_ring_length = (<const int64_t *>buffers[4])[0]
    cdef const int64_t *neurons_spike_counts = <const int64_t *>buffers[5]
    cdef const int32_t *neurons_spikes = <const int32_t *>buffers[6]
    cdef const int32_t *synapses_row = <const int32_t *>buffers[7]
    cdef double synapses_p = (<const double *>buffers[8])[0]
    cdef const int32_t *synapses_target = <const int32_t *>buffers[9]
    cdef const double *synapses_w = <const double *>buffers[10]
    cdef double *neurons_ge = <double *>buffers[11]
    cdef int64_t step = clock.step
    cdef int64_t i, slot, list, s, j, k
    bs_fill_uniform(neurons_noise, 0, neurons_N, synapses_key, step)
    for i in range(0, neurons_N):
        neurons_v[i] += neurons_noise[i] * 0.001
    slot = bs_mod_int64(step, neurons_ring_length)
    list = slot * <int64_t>neurons_N
    for s in range(0, neurons_spike_counts[slot]):
        j = neurons_spikes[list + s]
        for k in range(synapses_row[j], synapses_row[j + 1]):
            if bs_uniform(synapses_key, k, step) < synapses_p:
                neurons_ge[synapses_target[k]] += synapses_w[k]


def addresses():
    """Return the addresses of the kernels by name."""
    return {
        "synapses_pre": <size_t><void *>synapses_pre,
    }
