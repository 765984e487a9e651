# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""The functions of bs_math.h over NumPy arrays, and those of bs_linear.h: the bits of compiled kernels.

`codegen/npmath.py` and `codegen/linear.py` take them from here; where this module was not compiled
they have NumPy's, and loops of their own.
"""

from libc.stdint cimport int64_t

import numpy as np

cdef extern from "bs_arrays.h":
    ctypedef struct bs_function:
        const char *name
        void (*doubles)(double *out, const double *x, int64_t n) noexcept nogil
        void (*floats)(float *out, const float *x, int64_t n) noexcept nogil
    const bs_function bs_functions[]
    const int BS_FUNCTIONS
    void bs_map_pow(double *out, const double *x, const double *y, int64_t n) noexcept nogil
    void bs_map_powf(float *out, const float *x, const float *y, int64_t n) noexcept nogil

cdef extern from "bs_linear.h":
    int64_t bs_propagators_work "BS_PROPAGATORS_WORK"(int64_t n) noexcept nogil
    void bs_propagators(
        int64_t n, double dt, const double *a, double *p, double *g, double *work
    ) noexcept nogil


cdef class Function:
    """A function of one argument: float32 gives float32, every other type float64."""

    cdef const bs_function *chosen

    def __call__(self, x):
        """Return the values for a number or an array of any shape."""
        given = np.asarray(x)
        single = given.dtype == np.float32
        given = np.asarray(given, np.float32 if single else np.float64, order="C")
        out = np.empty_like(given, subok=False)
        cdef const double[::1] doubles
        cdef double[::1] to_doubles
        cdef const float[::1] floats
        cdef float[::1] to_floats
        if not out.size:
            return out
        if single:
            floats, to_floats = given.reshape(-1), out.reshape(-1)
            self.chosen.floats(&to_floats[0], &floats[0], floats.shape[0])
        else:
            doubles, to_doubles = given.reshape(-1), out.reshape(-1)
            self.chosen.doubles(&to_doubles[0], &doubles[0], doubles.shape[0])
        return out[()]


def functions():
    """Return the functions by name."""
    cdef Function made
    found = {}
    for k in range(BS_FUNCTIONS):
        made = Function.__new__(Function)
        made.chosen = &bs_functions[k]
        found[bs_functions[k].name.decode()] = made
    return found


def power(x, y):
    """Return x**y: float32 where both are, otherwise float64; they may have different shapes."""
    single = np.asarray(x).dtype == np.asarray(y).dtype == np.float32
    dtype = np.float32 if single else np.float64
    base, exponent = (
        np.ascontiguousarray(part, dtype).reshape(part.shape)
        for part in np.broadcast_arrays(np.asarray(x, dtype), np.asarray(y, dtype))
    )
    out = np.empty(base.shape, dtype)
    cdef const double[::1] x64, y64
    cdef double[::1] out64
    cdef const float[::1] x32, y32
    cdef float[::1] out32
    if not out.size:
        return out
    if single:
        x32, y32, out32 = base.reshape(-1), exponent.reshape(-1), out.reshape(-1)
        bs_map_powf(&out32[0], &x32[0], &y32[0], x32.shape[0])
    else:
        x64, y64, out64 = base.reshape(-1), exponent.reshape(-1), out.reshape(-1)
        bs_map_pow(&out64[0], &x64[0], &y64[0], x64.shape[0])
    return out[()]


def propagators(
    int64_t n, double dt, const double[::1] matrix, double[::1] p, double[::1] g, double[::1] work
):
    """Write the propagators of a linear system, see `codegen/linear.py`.

    Raises:
        ValueError: An array is too short.
    """
    least = min(len(matrix), len(p), len(g))
    if n < 1 or least < n * n or len(work) < bs_propagators_work(n):
        raise ValueError(f"the arrays do not hold the propagators of {n} variables")
    bs_propagators(n, dt, &matrix[0], &p[0], &g[0], &work[0])
