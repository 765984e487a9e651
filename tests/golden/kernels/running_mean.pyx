# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# example 'running_mean'

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


# Subtract the running mean, one element after the other
# reads   neurons_N: number of neurons
# updates mean: exponentially weighted mean
# updates x
cdef void running_mean(void *const *buffers, const bs_clock *clock,
        const bs_share *share) noexcept nogil:
    cdef int32_t neurons_N = (<const int32_t *>buffers[0])[0]
    cdef double *mean = <double *>buffers[1]
    cdef double *x = <double *>buffers[2]
    cdef int64_t i
    for i in range(1, neurons_N):
        mean[0] = mean[0] * 0.9 + x[i] * 0.1
        x[i - 1] = x[i] - mean[0]


def addresses():
    """Return the addresses of the kernels by name."""
    return {
        "running_mean": <size_t><void *>running_mean,
    }
