"""Exact steps of linear systems: the exponential of a small matrix.

Input: a matrix of numbers. Output: matrices of numbers. Does not: know about equations.

The functions that begin with `plain` are the reference of include/bs_linear.h: the same operations
in the same order, and so the same bits. They stand in where brainsim was installed without a
compiler.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from .. import elementary as native  # type: ignore[attr-defined]
except ImportError:  # installed without a C compiler
    native = None

Matrix = NDArray[np.float64]

# Coefficients of the numerator of the [13/13] Pade approximant of exp, and the largest 1-norm for
# which it is accurate to double precision. Source: N. J. Higham, The scaling and squaring method
# for the matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26 (2005), table 2.3.
_PADE = tuple(
    math.factorial(26 - k)
    * math.factorial(13)
    / (math.factorial(26) * math.factorial(k) * math.factorial(13 - k))
    for k in range(14)
)
_NORM = 5.371920351148152
_ROUNDS = 100  # of balancing


def propagators(matrix: Matrix, dt: float) -> tuple[Matrix, Matrix]:
    """Return `exp(A dt)` and the integral of `exp(A s)` for s from 0 to dt.

    With them x' = A x + b is solved over one step by x_new = P x + G b, also for a singular A.

    Args:
        matrix: A, shape (n, n), finite, per second.
        dt: Step in seconds.

    Returns:
        P and G, shape (n, n); G in seconds.

    Source: C. F. Van Loan, Computing integrals involving the matrix exponential, IEEE Trans.
    Autom. Control 23 (1978): both are blocks of the exponential of one augmented matrix.
    """
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    p, g = np.empty_like(matrix), np.empty_like(matrix)
    propagate(len(matrix), dt, matrix, p, g, np.empty(work_size(len(matrix))))
    return p, g


def work_size(n: int) -> int:
    """Return the number of doubles that `propagate` needs for n variables."""
    return 37 * n * n + n


def propagate(n: int, dt: float, matrix: Matrix, p: Matrix, g: Matrix, work: Matrix) -> None:
    """Write P and G of `propagators`; as kernels call it, with arrays of any shape.

    Args:
        n: Number of variables.
        dt: Step in seconds.
        matrix: A, n * n elements, row by row.
        p: Written.
        g: Written.
        work: `work_size(n)` elements, overwritten.
    """
    if native is not None:
        native.propagators(n, dt, matrix.reshape(-1), p.reshape(-1), g.reshape(-1), work)
        return
    found = plain_propagators(matrix.reshape(n, n), dt)
    for to, values in zip((p, g), found, strict=True):
        to.reshape(n, n)[:] = values


# -------------------------------------------------------------------------------------- reference


def plain_propagators(matrix: Matrix, dt: float) -> tuple[Matrix, Matrix]:
    """Return what `propagators` returns."""
    n = len(matrix)
    with np.errstate(all="ignore"):
        step = np.asarray(matrix, dtype=np.float64) * dt
        balance = _balance(step)
        augmented = np.zeros((2 * n, 2 * n))
        augmented[:n, :n] = step * balance / balance[:, None]
        augmented[:n, n:] = np.eye(n)
        result = plain_exponential(augmented)
        back = balance[:, None] / balance
        return result[:n, :n] * back, result[:n, n:] * back * dt


def plain_exponential(matrix: Matrix) -> Matrix:
    """Return the matrix exponential by scaling and squaring.

    Args:
        matrix: Shape (n, n), finite.

    Source: Higham 2005, algorithm 2.3 with degree 13 only.
    """
    largest = 0.0
    for column in _summed(np.abs(matrix)):
        largest = max(largest, float(column))
    ratio = largest / _NORM
    squarings = _exponent(ratio)
    if squarings > 0 and ratio == 2.0 ** (squarings - 1):
        squarings -= 1
    squarings = max(squarings, 0)
    scaled = matrix / 2.0**squarings
    square = _product(scaled, scaled)
    fourth = _product(square, square)
    powers = (np.eye(len(matrix)), square, fourth, _product(fourth, square))
    b = _PADE
    even = _polynomial((b[0], b[2], b[4], b[6]), powers)
    even = even + _product(powers[3], _polynomial((0.0, b[8], b[10], b[12]), powers))
    odd = _product(powers[3], _polynomial((0.0, b[9], b[11], b[13]), powers))
    odd = _product(scaled, odd + _polynomial((b[1], b[3], b[5], b[7]), powers))
    result = _solve(even - odd, even + odd)
    for _ in range(squarings):
        result = _product(result, result)
    return result


def _exponent(x: float) -> int:
    """Return the k for which 2**(k - 1) <= x < 2**k; 0 where x is not positive and finite."""
    return math.frexp(x)[1] if 0.0 < x < math.inf else 0


def _summed(matrix: Matrix) -> Matrix:
    """Return the sums of columns, each added up from 0 in the order of rows."""
    total = np.zeros(matrix.shape[1])
    for row in matrix:
        total = total + row
    return total


def _product(a: Matrix, b: Matrix) -> Matrix:
    """Return a b, each entry added up from 0 in the order of the columns of a."""
    total = np.zeros_like(a)
    for k in range(len(a)):
        total = total + a[:, k, None] * b[None, k, :]
    return total


def _polynomial(coefficients: tuple[float, ...], powers: tuple[Matrix, ...]) -> Matrix:
    total = np.where(powers[0] != 0.0, coefficients[0], 0.0)
    for coefficient, power in zip(coefficients[1:], powers[1:], strict=True):
        total = total + coefficient * power
    return total


def _solve(a: Matrix, b: Matrix) -> Matrix:
    """Return the x of a x = b by Gauss elimination with the first of the largest pivots."""
    a, b, n = a.copy(), b.copy(), len(a)
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[pivot, k]):
                pivot = i
        a[[k, pivot]], b[[k, pivot]] = a[[pivot, k]], b[[pivot, k]]
        factors = a[k + 1 :, k] / a[k, k]
        a[k + 1 :, k + 1 :] -= factors[:, None] * a[k, k + 1 :]
        b[k + 1 :] -= factors[:, None] * b[k]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    return b


def _balance(matrix: Matrix) -> Matrix:
    """Return powers of two d, shape (n,), such that `A[i, j] d[j] / d[i]` is of moderate size.

    Volts and amperes in one system differ by ten orders of magnitude; without balancing, the
    coupling between them decides the number of squarings and costs accuracy. The 1 in the quotient
    bounds the scaling of variables that nothing depends on.
    """
    size: Any = np.where(np.eye(len(matrix)) != 0.0, 0.0, np.abs(matrix))
    scale = np.ones(len(matrix))
    for _ in range(_ROUNDS):
        changed = False
        for i in range(len(matrix)):
            row, column = _summed(size[i][:, None])[0], _summed(size[:, i][:, None])[0]
            # half of the binary logarithm, rounded
            half = _exponent(float((row + 1.0) / (column + 1.0))) >> 1
            if half != 0:
                changed = True
                scale[i] *= 2.0**half
                size[:, i] *= 2.0**half
                size[i] /= 2.0**half
        if not changed:
            break
    return scale
