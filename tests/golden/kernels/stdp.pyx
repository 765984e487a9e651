# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# example 'stdp'

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
    double bs_clip(double, double, double) noexcept nogil
    double bs_exp(double) noexcept nogil
    int64_t bs_mod_int64(int64_t, int64_t) noexcept nogil


# Presynaptic spikes of 'synapses': ge_post += w; apre += dApre; w = clip(w + apost, ...)
# reads   neurons_ring_length: number of lists in the ring
# reads   neurons_N: number of neurons
# reads   synapses_taupre: time constant of the trace, s
# reads   neurons_spike_counts: ring: lengths of the lists
# reads   neurons_spikes: ring of lists: the neurons that spiked in a step
# reads   synapses_row: first synapse of each source neuron
# reads   synapses_target: target neuron of each synapse
# updates synapses_w: weight, S
# updates neurons_ge: excitatory conductance, S
# updates synapses_apre: trace of presynaptic spikes
# updates synapses_lastupdate: time of the last update, s
# reads   synapses_dApre: step of the trace
# reads   synapses_apost: trace of postsynaptic spikes
# reads   synapses_gmax: largest weight, S
cdef void synapses_pre(void *const *buffers, const bs_clock *clock,
        const bs_share *share) noexcept nogil:
    cdef int64_t neurons_ring_length = (<const int64_t *>buffers[0])[0]
    cdef int32_t neurons_N = (<const int32_t *>buffers[1])[0]
    cdef double synapses_taupre = (<const double *>buffers[2])[0]
    cdef const int64_t *neurons_spike_counts = <const int64_t *>buffers[3]
    cdef const int32_t *neurons_spikes = <const int32_t *>buffers[4]
    cdef const int32_t *synapses_row = <const int32_t *>buffers[5]
    cdef const int32_t *synapses_target = <const int32_t *>buffers[6]
    cdef double *synapses_w = <double *>buffers[7]
    cdef double *neurons_ge = <double *>buffers[8]
    cdef double *synapses_apre = <double *>buffers[9]
    cdef double *synapses_lastupdate = <double *>buffers[10]
    cdef double synapses_dApre = (<const double *>buffers[11])[0]
    cdef const double *synapses_apost = <const double *>buffers[12]
    cdef double synapses_gmax = (<const double *>buffers[13])[0]
    cdef int64_t step = clock.step
    cdef double t = clock.t
    cdef int64_t slot, list, s, j, k
    cdef double c1, apre
    slot = bs_mod_int64(step, neurons_ring_length)
    list = slot * <int64_t>neurons_N
    c1 = 1.0 / synapses_taupre
    for s in range(0, neurons_spike_counts[slot]):
        j = neurons_spikes[list + s]
        for k in range(synapses_row[j], synapses_row[j + 1]):
            neurons_ge[synapses_target[k]] += synapses_w[k]
        for k in range(synapses_row[j], synapses_row[j + 1]):
            apre = synapses_apre[k] * bs_exp((synapses_lastupdate[k] - t) * c1)
            synapses_apre[k] = apre + synapses_dApre
            synapses_w[k] = bs_clip(synapses_w[k] + synapses_apost[k], 0.0, synapses_gmax)
            synapses_lastupdate[k] = t


def addresses():
    """Return the addresses of the kernels by name."""
    return {
        "synapses_pre": <size_t><void *>synapses_pre,
    }
