"""The exponential of a small matrix, for exact integration.

Input: a matrix of numbers. Output: matrices of numbers. Does not: know about equations.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

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


def exponential(matrix: Matrix) -> Matrix:
    """Return the matrix exponential by scaling and squaring.

    Args:
        matrix: Shape (n, n), finite.

    Source: Higham 2005, algorithm 2.3 with degree 13 only.
    """
    norm = float(np.abs(matrix).sum(axis=0).max(initial=0.0))
    squarings = max(0, math.ceil(math.log2(norm / _NORM))) if norm > 0 else 0
    scaled = matrix / 2.0**squarings
    one = np.eye(len(matrix))
    square = scaled @ scaled
    powers = [one, square, square @ square]
    powers.append(powers[2] @ square)
    b = _PADE
    low = sum((b[2 * k] * powers[k] for k in range(1, 4)), b[0] * one)
    high = sum((b[2 * k + 6] * powers[k] for k in range(2, 4)), b[8] * square)
    even = low + powers[3] @ high
    low = sum((b[2 * k + 1] * powers[k] for k in range(1, 4)), b[1] * one)
    high = sum((b[2 * k + 7] * powers[k] for k in range(2, 4)), b[9] * square)
    odd: Matrix = scaled @ (low + powers[3] @ high)
    result: Matrix = np.asarray(np.linalg.solve(even - odd, even + odd), dtype=np.float64)
    for _ in range(squarings):
        result = result @ result
    return result


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
    n = len(matrix)
    balance = _balance(matrix * dt)
    augmented = np.zeros((2 * n, 2 * n))
    augmented[:n, :n] = (matrix * dt) * balance / balance[:, None]
    augmented[:n, n:] = np.eye(n)
    result = exponential(augmented)
    back = balance[:, None] / balance
    return result[:n, :n] * back, result[:n, n:] * back * dt


def _balance(matrix: Matrix) -> Matrix:
    """Return powers of two d, shape (n,), such that `A[i, j] d[j] / d[i]` is of moderate size.

    Volts and amperes in one system differ by ten orders of magnitude; without balancing, the
    coupling between them decides the number of squarings and costs accuracy. The 1 in the quotient
    bounds the scaling of variables that nothing depends on.
    """
    size = np.abs(matrix - np.diag(np.diag(matrix)))
    scale = np.ones(len(matrix))
    for _ in range(100):
        changed = False
        for i in range(len(matrix)):
            row, column = size[i].sum(), size[:, i].sum()
            factor = 2.0 ** round(0.5 * math.log2((row + 1) / (column + 1)))
            if factor != 1:
                changed = True
                scale[i] *= factor
                size[:, i] *= factor
                size[i] /= factor
        if not changed:
            break
    return scale
