"""Random numbers as a function of (key, element, step), in NumPy: the reference of bs_random.h.

The header states the layout: generator, key, counter, which bits make which variate. Everything
here gives the same bits as the C functions, so the formulas for exp, log and the like repeat those
of bs_math.h operation by operation instead of calling NumPy's.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Words = NDArray[np.uint64]
Thresholds = NDArray[np.int32]

INVERSION_MEAN = 30.0
"""Poisson and binomial distributions with a smaller mean are inverted, and can be tabulated."""

TABLE_SIZE = 1 + 64
"""Elements of the longest table, BS_TABLE_."""

_REFINED = 2**32 - 2**20  # words from here on are refined, BS_REFINED_
_REFINED_FROM = 1.0 - 2.0**-12  # the uniform number that such a word stands for is not below this
_ATTEMPTS = 65535
_LOW = np.uint64(0xFFFFFFFF)
_HALF_WORD = np.uint64(32)
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
# elements worked on at a time: the temporaries stay in the second-level cache
_CHUNK = 1 << 13


def stream_key(seed: int, name: str) -> int:
    """Return the 64-bit key of the stream with this name.

    Args:
        seed: Any integer.
        name: What draws, such as "neurons_stateupdater xi"; streams with different names are
            independent.

    Source: BLAKE2b (RFC 7693) of "seed:name" with eight bytes of digest, little end first.
    """
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


# ------------------------------------------------------------------------------------ generator


def philox4x32(counter: ArrayLike, key: ArrayLike) -> NDArray[np.uint32]:
    """Return the blocks of Philox4x32-10.

    Args:
        counter: Unsigned 32-bit words, shape (..., 4).
        key: Two unsigned 32-bit words.

    Returns:
        Four words per counter, shape (..., 4).

    Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
    """
    words = np.asarray(counter, dtype=np.uint64)
    low, high = (int(word) for word in np.asarray(key, dtype=np.uint64))
    flat = words.reshape(-1, 4)
    out = _rounds([flat[:, i] for i in range(4)], low | high << 32)
    return np.stack(out, axis=-1).reshape(words.shape).astype(np.uint32)


def _rounds(words: list[Words], key: int) -> list[Words]:
    """Return four words after ten rounds; words are 64-bit arrays of values below 2**32."""
    w0, w1, w2, w3 = words
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        p, q = w0 * _MULTIPLIERS[0], w2 * _MULTIPLIERS[1]
        w0, w1 = (q >> _HALF_WORD) ^ w1 ^ np.uint64(k0), q & _LOW
        w2, w3 = (p >> _HALF_WORD) ^ w3 ^ np.uint64(k1), p & _LOW
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return [w0, w1, w2, w3]


def _blocks(key: int, block: Words, step: int) -> tuple[Words, Words]:
    """Return the two 64-bit numbers of each block, for the even and for the odd element."""
    counter = step & 0xFFFFFFFFFFFFFFFF
    w2 = np.full_like(block, counter & 0xFFFFFFFF)
    w3 = np.full_like(block, counter >> 32)
    w0, w1, w2, w3 = _rounds([block & _LOW, block >> _HALF_WORD, w2, w3], key)
    return (w1 << _HALF_WORD) | w0, (w3 << _HALF_WORD) | w2


def _per_element(
    transform: Callable[[Words, Words, NDArray[np.bool_]], Floats],
    key: int,
    element: ArrayLike,
    step: int,
) -> Any:
    """Return transform(even number, odd number, is odd) for every element."""
    elements = np.asarray(element, dtype=np.int64)
    flat = elements.reshape(-1).astype(np.uint64)
    out = np.empty(flat.shape)
    for first in range(0, flat.size, _CHUNK):
        part = flat[first : first + _CHUNK]
        even, odd = _blocks(int(key), part >> np.uint64(1), int(step))
        out[first : first + _CHUNK] = transform(even, odd, (part & np.uint64(1)) == 1)
    return out.reshape(elements.shape)[()]


# ---------------------------------------------------------------------------- uniform and normal


def uniform(key: int, element: ArrayLike, step: int) -> Any:
    """Return uniform numbers in [0, 1), multiples of 2**-53.

    Args:
        key: Key of the stream, see `stream_key`.
        element: Numbers of the elements, integers from 0 to 2**48 - 1, of any shape.
        step: Number of the time step.

    Returns:
        float64 of the shape of `element`.
    """
    return _per_element(_uniform, key, element, step)


def normal(key: int, element: ArrayLike, step: int) -> Any:
    """Return standard normal numbers; arguments and shape as for `uniform`.

    Source: Box & Muller 1958; elements 2 i and 2 i + 1 are one pair.
    """
    return _per_element(_normal, key, element, step)


def _unit(numbers: Words) -> Floats:
    """Return the upper 53 bits of 64-bit numbers, times 2**-53."""
    return (numbers >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _uniform(even: Words, odd: Words, is_odd: NDArray[np.bool_]) -> Floats:
    """Return the uniform number of each element."""
    return _unit(np.where(is_odd, odd, even))


def _normal(even: Words, odd: Words, is_odd: NDArray[np.bool_]) -> Floats:
    """Return the cosine variate of a block for even elements, the sine variate for odd ones."""
    radius = np.sqrt(-2.0 * _log(_unit(even) + 2.0**-53))
    turn = 4.0 * _unit(odd)
    whole = np.rint(turn)
    r = (turn - whole) * (math.pi / 2)
    z = r * r
    sine = r + r * z * _sin_rest(z)
    cosine = 1.0 - (0.5 * z - z * z * _cos_rest(z))
    # the cosine is the sine of the next quarter
    quarter = whole.astype(np.int64) + np.where(is_odd, 0, 1)
    value = np.where(quarter & 1, cosine, sine)
    return radius * np.where(quarter & 2, -value, value)


# ---------------------------------------------------------------------------- Poisson, binomial


def poisson(lam: ArrayLike, key: int, element: ArrayLike, step: int) -> Any:
    """Return Poisson counts.

    Args:
        lam: Means, broadcast with `element`; a negative mean or NaN gives 0, a mean above 2**62
            counts as 2**62.
        key: Key of the stream.
        element: Numbers of the elements.
        step: Number of the time step.

    Returns:
        int64 of the broadcast shape.

    Source: inversion below INVERSION_MEAN, else PTRS of Hoermann 1993.
    """
    means, elements = np.broadcast_arrays(np.asarray(lam, dtype=np.float64), element)
    flat, indices = means.reshape(-1), elements.reshape(-1).astype(np.int64)
    out = np.zeros(flat.shape, dtype=np.int64)
    small = (flat > 0.0) & (flat < INVERSION_MEAN)
    large = flat >= INVERSION_MEAN
    if small.any():
        mean = flat[small]
        first = _exp(-mean)
        u = uniform_of_counts(key, indices[small], step)
        no_limit = np.full(mean.shape, math.inf)
        out[small] = _invert(u, first, lambda k, at: mean[at] / k, no_limit)
    if large.any():
        hat = _poisson_hat(np.minimum(flat[large], 2.0**62))
        out[large] = _draw_by_rejection(hat, key, indices[large], step)
    return out.reshape(means.shape)[()]


def binomial(n: ArrayLike, p: ArrayLike, key: int, element: ArrayLike, step: int) -> Any:
    """Return numbers of successes.

    Args:
        n: Numbers of trials, integers, broadcast with `p` and `element`; below 0 counts as 0.
        p: Probabilities; taken into [0, 1], NaN as 0.
        key: Key of the stream.
        element: Numbers of the elements.
        step: Number of the time step.

    Returns:
        int64 of the broadcast shape.

    Source: inversion where n min(p, 1 - p) < INVERSION_MEAN, else BTRS of Hoermann 1993.
    """
    counts, chances, elements = np.broadcast_arrays(
        np.asarray(n, dtype=np.int64), np.asarray(p, dtype=np.float64), element
    )
    trials, chance = counts.reshape(-1), chances.reshape(-1)
    indices = elements.reshape(-1).astype(np.int64)
    out = np.where((chance >= 1.0) & (trials > 0), trials, 0)
    real = trials.astype(np.float64)
    rare = np.where(chance <= 0.5, chance, 1.0 - chance)
    inside = (trials > 0) & (chance > 0.0) & (chance < 1.0)
    small = inside & (real * rare < INVERSION_MEAN)
    large = inside & ~small
    if small.any():
        q, limit = rare[small], real[small]
        ratio = q / (1.0 - q)
        u = uniform_of_counts(key, indices[small], step)
        first = _exp(limit * _log1p(-q))
        out[small] = _invert(
            u, first, lambda k, at: ratio[at] * ((limit[at] - (k - 1.0)) / k), limit
        )
    if large.any():
        hat = _binomial_hat(real[large], rare[large])
        out[large] = _draw_by_rejection(hat, key, indices[large], step)
    common = inside & (chance > 0.5)
    out[common] = trials[common] - out[common]
    return out.reshape(counts.shape)[()]


def poisson_table(lam: float) -> Thresholds:
    """Return the thresholds with which C fills arrays with the counts of `poisson`.

    Args:
        lam: Mean, 0 <= lam < INVERSION_MEAN.

    Returns:
        Their number, then the thresholds less 2**31; see bs_random.h.

    Raises:
        ValueError: The mean is outside the range.
    """
    if not 0.0 <= lam < INVERSION_MEAN:
        raise ValueError(f"a Poisson table needs 0 <= mean < {INVERSION_MEAN:g}, not {lam!r}")
    first = float(_exp(np.array([-lam]))[0])
    return _table(first, lambda k: lam / k, math.inf)


def binomial_table(n: int, p: float) -> Thresholds:
    """Return the thresholds with which C fills arrays with the counts of `binomial`.

    Args:
        n: Number of trials.
        p: Probability, 0 <= p <= 1/2; for a larger one count the failures.

    Raises:
        ValueError: The numbers are outside the range, or n p >= INVERSION_MEAN.
    """
    if not (n >= 0 and 0.0 <= p <= 0.5 and n * p < INVERSION_MEAN):
        raise ValueError(
            f"a binomial table needs n >= 0, 0 <= p <= 1/2 and n p < {INVERSION_MEAN:g}, "
            f"not n = {n!r}, p = {p!r}"
        )
    trials = float(n)
    first = float(_exp(trials * _log1p(np.array([-p])))[0])
    ratio = p / (1.0 - p)
    return _table(first, lambda k: ratio * ((trials - (k - 1.0)) / k), trials)


def write_binomial_table(n: int, p: float, table: Thresholds) -> None:
    """Write a table of `binomial_table`, or an empty one where there is none.

    Args:
        n: Number of trials.
        p: Probability.
        table: TABLE_SIZE elements.
    """
    table[0] = 0
    if n >= 0 and 0.0 <= p <= 0.5 and n * p < INVERSION_MEAN:
        made = binomial_table(int(n), float(p))
        table[: len(made)] = made


# ------------------------------------------------------------------------------------- inversion


def uniform_of_counts(key: int, element: ArrayLike, step: int) -> Any:
    """Return the uniform numbers in [0, 1) that counts of a mean below INVERSION_MEAN are made of.

    They are words times 2**-32 below 1 - 2**-12, and multiples of 2**-53 above.
    """
    elements = np.asarray(element, dtype=np.int64)
    flat = elements.reshape(-1).astype(np.uint64)
    out = np.empty(flat.shape)
    for first in range(0, flat.size, _CHUNK):
        out[first : first + _CHUNK] = _uniform_of_counts(
            int(key), flat[first : first + _CHUNK], int(step)
        )
    return out.reshape(elements.shape)[()]


def _uniform_of_counts(key: int, element: Words, step: int) -> Floats:
    """Return the uniform numbers of a few elements."""
    even, odd = _blocks(key, element >> np.uint64(2), step)
    number = np.where(element & np.uint64(2), odd, even)
    word = np.where(element & np.uint64(1), number >> _HALF_WORD, number & _LOW)
    u = word.astype(np.float64) * 2.0**-32
    refined = np.flatnonzero(word >= np.uint64(_REFINED))
    if refined.size:
        again = element[refined]
        even, odd = _blocks(key, np.uint64(2**47) + (again >> np.uint64(1)), step)
        number = np.where(again & np.uint64(1), odd, even)
        u[refined] = _unit(np.uint64(0xFFF << 52) | (number >> np.uint64(12)))
    return u


def _table(first: float, factor: Callable[[float], float], limit: float) -> Thresholds:
    """Return how many thresholds there are, and those of the sums that `_invert` makes."""
    thresholds: list[int] = []
    term = total = first
    k = 0.0
    while k < limit and total < _REFINED_FROM:
        thresholds.append(math.ceil(total * 2.0**32) - 2**31)
        k += 1.0
        term *= factor(k)
        total += term
    return np.array([len(thresholds), *thresholds], dtype=np.int32)


def _invert(
    u: Floats, first: Floats, factor: Callable[[float, Counts], Floats], limit: Floats
) -> Counts:
    """Return how many cumulative probabilities are not above u.

    Args:
        u: Uniform numbers.
        first: Probabilities of 0.
        factor: Gives the ratio of the probabilities of k and k - 1 for the numbers `at`.
        limit: Largest counts.
    """
    count = np.zeros(u.shape, dtype=np.int64)
    at = np.flatnonzero((u >= first) & (limit > 0.0))
    term = total = first[at]
    k = 0.0
    while at.size:
        k += 1.0
        count[at] = int(k)
        term = term * factor(k, at)
        grown = total + term
        # where the sum no longer grows it ends
        go = (grown != total) & (u[at] >= grown) & (k < limit[at])
        at, term, total = at[go], term[go], grown[go]
    return count


# ------------------------------------------------------------------------------------- rejection


@dataclass(frozen=True, slots=True)
class _Hat:
    """Constants of transformed rejection, one per element; n < 0 stands for Poisson."""

    mean: Floats
    n: Floats
    p: Floats
    a: Floats
    b: Floats
    centre: Floats
    quick: Floats
    scale: Floats
    at_mode: Floats

    def at(self, index: Counts) -> _Hat:
        """Return the constants of some elements."""
        return _Hat(*(getattr(self, name)[index] for name in self.__slots__))


def _poisson_hat(lam: Floats) -> _Hat:
    """Return the constants of PTRS (Hoermann 1993)."""
    b = 0.931 + 2.53 * np.sqrt(lam)
    zero = np.zeros_like(lam)
    return _Hat(
        mean=lam,
        n=zero - 1.0,
        p=zero,
        a=-0.059 + 0.02483 * b,
        b=b,
        centre=lam + 0.43,
        quick=0.9277 - 3.6224 / (b - 2.0),
        scale=1.1239 + 1.1328 / (b - 3.4),
        at_mode=zero,
    )


def _binomial_hat(n: Floats, p: Floats) -> _Hat:
    """Return the constants of BTRS (Hoermann 1993); p <= 1/2."""
    deviation = np.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * deviation
    return _Hat(
        mean=n * p,
        n=n,
        p=p,
        a=-0.0873 + 0.0248 * b + 0.01 * p,
        b=b,
        centre=n * p + 0.5,
        quick=0.92 - 4.2 / b,
        scale=(2.83 + 5.1 / b) * deviation,
        at_mode=_log_binomial(np.floor((n + 1.0) * p), n, p),
    )


def _draw_by_rejection(hat: _Hat, key: int, element: Counts, step: int) -> Counts:
    """Return counts; attempt a of an element uses the block (a + 1) 2**48 + element."""
    out = np.floor(hat.mean)
    left = np.arange(element.size)
    for attempt in range(1, _ATTEMPTS + 1):
        if not left.size:
            break
        block = element[left].astype(np.uint64) + np.uint64(attempt << 48)
        even, odd = _blocks(int(key), block, int(step))
        k, accepted = _attempt(hat.at(left), _unit(even) - 0.5, _unit(odd) + 2.0**-53)
        out[left[accepted]] = k[accepted]
        left = left[~accepted]
    return out.astype(np.int64)


def _attempt(h: _Hat, u: Floats, v: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return proposed counts, and which of them are accepted."""
    with np.errstate(all="ignore"):  # proposals outside the range are refused further down
        us = 0.5 - np.abs(u)
        k = np.floor((2.0 * h.a / us + h.b) * u + h.centre)
        quick = (us >= 0.07) & (v <= h.quick)
        refused = ~(k >= 0.0) | ((us < 0.013) & (v > us)) | ((h.n >= 0.0) & (k > h.n))
        density = np.where(
            h.n < 0.0, _log_poisson(k, h.mean), _log_binomial(k, h.n, h.p) - h.at_mode
        )
        slow = _log(v * h.scale / (h.a / (us * us) + h.b)) <= density
    return k, quick | (~refused & slow)


def _log_poisson(k: Floats, mu: Floats) -> Floats:
    """Return log(mu**k exp(-mu) / k!) by the saddle point (Loader 2000)."""
    with np.errstate(all="ignore"):  # k = 0 and refused k have their own branches
        d = k - mu
        deviance = k * _log1p(d / mu) - d
        few = np.clip(np.where(k < 16.0, k, 0.0), 0.0, 15.0).astype(np.int64)
        small = -deviance - (_log(_FACTORIALS[few]) - (k * _log(k) - k))
        s = 1.0 / (k * k)
        stirling = (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s / 1680.0))) / k
        large = -deviance - (0.5 * _log(2.0 * math.pi * k) + stirling)
    return np.where(k == 0.0, -mu, np.where(k < 16.0, small, large))


_FACTORIALS: Floats = np.array([float(math.factorial(k)) for k in range(16)])


def _log_binomial(k: Floats, n: Floats, p: Floats) -> Floats:
    """Return the log of the binomial probability of k, less a constant."""
    return _log_poisson(k, n * p) + _log_poisson(n - k, n * (1.0 - p))


# ------------------------------------------------------------ functions of bs_math.h, bit by bit

_LOG2_E = float.fromhex("0x1.71547652b82fep+0")
_LN2_HI = float.fromhex("0x1.62e42fefa4p-1")
_LN2_LO = float.fromhex("-0x1.8432a1b0e2634p-43")
_ONE = np.uint64(0x3FF0000000000000)
_ROOT_HALF = np.uint64(0x3FE6A09E00000000)
_MANTISSA = np.uint64(0x000FFFFFFFFFFFFF)


def _exp(x: Floats) -> Floats:
    """Return e**x for -700 <= x <= 700, as bs_exp."""
    k = np.rint(x * _LOG2_E)
    r = (x - k * _LN2_HI) - k * _LN2_LO
    z = r * r
    even = 2.7557640888405562e-06 + z * 2.497837682684176e-08
    even = 0.16666666666666433 + z * (0.008333333333500063 + z * (0.000198412694661798 + z * even))
    odd = 2.4801508677651313e-05 + z * 2.762518909285883e-07
    odd = 0.04166666666660395 + z * (0.001388888892679954 + z * odd)
    rest = z * (0.5 + r * (even + r * odd))
    return np.ldexp(1.0 + (r + rest), k.astype(np.int64))


def _log(x: Floats) -> Floats:
    """Return log x, as bs_log; anything for x that is not positive, normal and finite."""
    exponent, fraction = _binade(x)
    return _log_of(exponent, fraction, 0.0)


def _log1p(x: Floats) -> Floats:
    """Return log(1 + x), as bs_log1p for finite x > -1."""
    u = 1.0 + x
    lost = np.where(u < 2.0, x - (u - 1.0), 1.0 - (u - x))
    exponent, fraction = _binade(u)
    return np.where(np.abs(x) < 2.0**-54, x, _log_of(exponent, fraction, lost / u))


def _binade(x: Floats) -> tuple[Floats, Floats]:
    """Return exponent and fraction of x = 2**exponent (1 + fraction), as bs_split_binade_."""
    bits = np.asarray(x, dtype=np.float64).view(np.uint64) + (_ONE - _ROOT_HALF)
    exponent = (bits >> np.uint64(52)).astype(np.float64) - 1023.0
    return exponent, ((bits & _MANTISSA) + _ROOT_HALF).view(np.float64) - 1.0


def _log_of(exponent: Floats, f: Floats, tail: Floats | float) -> Floats:
    """Return exponent ln(2) + log(1 + f) + tail, as bs_log_of_."""
    s = f / (2.0 + f)
    half_square = 0.5 * f * f
    z = s * s
    w = z * z
    even = 0.2857142874256186 + w * (0.1818356540734713 + w * 0.14796261124110452)
    even = 0.6666666666666734 + w * even
    odd = 0.39999999999413965 + w * (0.2222219855379388 + w * 0.15314021115116408)
    rest = s * (half_square + z * (even + z * odd))
    low = rest + (exponent * _LN2_LO + tail)
    return exponent * _LN2_HI - ((half_square - low) - f)


def _sin_rest(z: Floats) -> Floats:
    """Return (sin(r) - r) / r**3 for z = r**2, as bs_sin_rest_."""
    w = z * z
    even = -0.16666666666666632 + w * (-0.00019841269829798283 + w * -2.505075756420589e-08)
    odd = 0.008333333333322403 + w * (2.755731368850608e-06 + w * 1.5896762755820627e-10)
    return even + z * odd


def _cos_rest(z: Floats) -> Floats:
    """Return (cos(r) - 1 + z / 2) / z**2 for z = r**2, as bs_cos_rest_."""
    w = z * z
    even = 0.0416666666666666 + w * (2.4801587289473036e-05 + w * 2.0875722882731254e-09)
    odd = -0.001388888888887411 + w * (-2.7557314349572274e-07 + w * -1.1359626829497952e-11)
    return even + z * odd
