# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# example 'monitor'

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


# Record v of 'neurons'
# updates monitor_n_rows: number of rows
# reads   monitor_N: number of recorded neurons
# reads   neurons_v: membrane potential, V
# reads   monitor_record: recorded neurons
# writes  monitor_v: recorded membrane potential, V; one row per step
# writes  monitor_t: times of the rows, s
cdef void monitor(void *const *buffers, const bs_clock *clock,
        const bs_share *share) noexcept nogil:
    cdef int64_t *monitor_n_rows = <int64_t *>buffers[0]
    cdef int32_t monitor_N = (<const int32_t *>buffers[1])[0]
    cdef const double *neurons_v = <const double *>buffers[2]
    cdef const int32_t *monitor_record = <const int32_t *>buffers[3]
    cdef double *monitor_v = <double *>buffers[4]
    cdef double *monitor_t = <double *>buffers[5]
    cdef double t = clock.t
    cdef int64_t row, i
    row = monitor_n_rows[0] * <int64_t>monitor_N
    for i in range(0, monitor_N):
        monitor_v[row + i] = neurons_v[monitor_record[i]]
    monitor_t[monitor_n_rows[0]] = t
    monitor_n_rows[0] += 1


def addresses():
    """Return the addresses of the kernels by name."""
    return {
        "monitor": <size_t><void *>monitor,
    }
