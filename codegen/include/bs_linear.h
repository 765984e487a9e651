/* Exact steps of linear systems: the exponential of a small matrix, the same bits everywhere.
 *
 * Plain loops in a stated order, with operations of IEEE 754 that round correctly; the NumPy
 * reference, linear.py, does the same ones. Compile with -ffp-contract=off and without -ffast-math.
 *
 * Names that end in an underscore are private to this header.
 */
#ifndef BS_LINEAR_H
#define BS_LINEAR_H

#include <stdint.h>

#define BS_LINEAR_ static inline __attribute__((unused))

/* number of doubles that bs_propagators needs as work, for n variables */
#define BS_PROPAGATORS_WORK(n) (37 * (n) * (n) + (n))

/* the largest 1-norm for which the approximant is accurate to double precision; linear.py */
#define BS_LARGEST_NORM_ 5.371920351148152

/* 2^k; both functions are exact in every C library */
BS_LINEAR_ double bs_power_of_two_(int k) { return __builtin_ldexp(1.0, k); }
/* the k for which 2^(k - 1) <= x < 2^k; 0 where x is not positive and finite */
BS_LINEAR_ int bs_exponent_(double x) {
    int k = 0;
    if (x > 0.0 && x < __builtin_inf()) (void)__builtin_frexp(x, &k);
    return k;
}

/* out = a b; each entry is summed from 0, in the order of the columns of a */
BS_LINEAR_ void bs_product_(int64_t n, const double *a, const double *b, double *out) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) out[i * n + j] = 0.0;
        for (int64_t k = 0; k < n; k++)
            for (int64_t j = 0; j < n; j++) out[i * n + j] += a[i * n + k] * b[k * n + j];
    }
}

/* b becomes the solution x of a x = b, for n columns at once; a is overwritten. Gauss elimination
   with the first of the largest pivots of a column */
BS_LINEAR_ void bs_solve_(int64_t n, double *a, double *b) {
    for (int64_t k = 0; k < n; k++) {
        int64_t pivot = k;
        for (int64_t i = k + 1; i < n; i++)
            if (__builtin_fabs(a[i * n + k]) > __builtin_fabs(a[pivot * n + k])) pivot = i;
        for (int64_t j = 0; pivot != k && j < n; j++) {
            const double one = a[k * n + j], other = b[k * n + j];
            a[k * n + j] = a[pivot * n + j];
            a[pivot * n + j] = one;
            b[k * n + j] = b[pivot * n + j];
            b[pivot * n + j] = other;
        }
        for (int64_t i = k + 1; i < n; i++) {
            const double factor = a[i * n + k] / a[k * n + k];
            for (int64_t j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
            for (int64_t j = 0; j < n; j++) b[i * n + j] -= factor * b[k * n + j];
        }
    }
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t k = i + 1; k < n; k++)
            for (int64_t j = 0; j < n; j++) b[i * n + j] -= a[i * n + k] * b[k * n + j];
        for (int64_t j = 0; j < n; j++) b[i * n + j] /= a[i * n + i];
    }
}

/* out = c0 + c1 p2 + c2 p4 + c3 p6, summed from the left; c0 stands for c0 times the unit matrix */
BS_LINEAR_ void bs_polynomial_(int64_t n, const double *c, const double *powers, double *out) {
    const double *p2 = powers, *p4 = p2 + n * n, *p6 = p4 + n * n;
    for (int64_t k = 0; k < n * n; k++) {
        const double one = k % (n + 1) == 0 ? c[0] : 0.0;
        out[k] = one + c[1] * p2[k] + c[2] * p4[k] + c[3] * p6[k];
    }
}

/* out = exp(m), n x n; m is overwritten, and so are 7 n^2 doubles of work. Scaling and squaring with
   the [13/13] Pade approximant. Source: N. J. Higham, The scaling and squaring method for the matrix
   exponential revisited, SIAM J. Matrix Anal. Appl. 26 (2005), algorithm 2.3 with degree 13 only */
BS_LINEAR_ void bs_exponential_(int64_t n, double *m, double *out, double *work) {
    static const double c[4][4] = {
        {1.0, 0.12, 0.0019927536231884057, 1.0351966873706003e-05},
        {0.0, 2.0431513566525008e-08, 1.48377004840414e-11, 2.8101705462199623e-15},
        {0.5, 0.018333333333333333, 0.00016304347826086958, 5.175983436853002e-07},
        {0.0, 6.306022705717595e-10, 2.529153491597966e-13, 1.5440497506703088e-17}};
    const int64_t all = n * n;
    double *powers = work, *p6 = powers + 2 * all, *even = powers + 3 * all, *odd = even + all;
    double *high = odd + all, *product = high + all, norm = 0.0;
    for (int64_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (int64_t i = 0; i < n; i++) sum += __builtin_fabs(m[i * n + j]);
        if (sum > norm) norm = sum;
    }
    const double ratio = norm / BS_LARGEST_NORM_;
    int squarings = bs_exponent_(ratio);
    if (squarings > 0 && ratio == bs_power_of_two_(squarings - 1)) squarings--;
    if (squarings < 0) squarings = 0;
    const double scale = bs_power_of_two_(squarings);
    for (int64_t k = 0; k < all; k++) m[k] /= scale;
    bs_product_(n, m, m, powers);
    bs_product_(n, powers, powers, powers + all);
    bs_product_(n, powers + all, powers, p6);
    bs_polynomial_(n, c[0], powers, even);
    bs_polynomial_(n, c[1], powers, high);
    bs_product_(n, p6, high, product);
    for (int64_t k = 0; k < all; k++) even[k] += product[k];
    bs_polynomial_(n, c[2], powers, out);
    bs_polynomial_(n, c[3], powers, high);
    bs_product_(n, p6, high, product);
    for (int64_t k = 0; k < all; k++) product[k] += out[k];
    bs_product_(n, m, product, odd);
    for (int64_t k = 0; k < all; k++) {
        out[k] = even[k] + odd[k];
        even[k] -= odd[k];
    }
    bs_solve_(n, even, out);
    for (int s = 0; s < squarings; s++) {
        bs_product_(n, out, out, product);
        for (int64_t k = 0; k < all; k++) out[k] = product[k];
    }
}

/* powers of two such that m[i][j] scale[j] / scale[i] is of moderate size; m holds absolute values,
   zeros in its diagonal, and is overwritten; see linear.py */
BS_LINEAR_ void bs_balance_(int64_t n, double *m, double *scale) {
    for (int64_t i = 0; i < n; i++) scale[i] = 1.0;
    for (int round = 0, changed = 1; changed && round < 100; round++) {
        changed = 0;
        for (int64_t i = 0; i < n; i++) {
            double row = 0.0, column = 0.0;
            for (int64_t j = 0; j < n; j++) row += m[i * n + j];
            for (int64_t j = 0; j < n; j++) column += m[j * n + i];
            /* half of the binary logarithm, rounded */
            int k = bs_exponent_((row + 1.0) / (column + 1.0));
            k = (k - (k & 1)) / 2;
            if (k == 0) continue;
            changed = 1;
            const double factor = bs_power_of_two_(k);
            scale[i] *= factor;
            for (int64_t j = 0; j < n; j++) m[j * n + i] *= factor;
            for (int64_t j = 0; j < n; j++) m[i * n + j] /= factor;
        }
    }
}

/* p = exp(a dt) and g = the integral of exp(a s) for s from 0 to dt, each n x n, row by row: x' = a x + b
   is solved over one step by x_new = p x + g b, also for a singular a. Both are blocks of the
   exponential of one matrix. Source: C. F. Van Loan, Computing integrals involving the matrix
   exponential, IEEE Trans. Autom. Control 23 (1978).

   n: number of variables; dt: step, seconds; a: per second, finite; work: BS_PROPAGATORS_WORK(n) */
BS_LINEAR_ void bs_propagators(int64_t n, double dt, const double *a, double *p, double *g,
                               double *work) {
    const int64_t all = 2 * n;
    double *m = work, *result = m + all * all, *size = result + all * all, *scale = size + n * n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            size[i * n + j] = i == j ? 0.0 : __builtin_fabs(a[i * n + j] * dt);
    bs_balance_(n, size, scale);
    for (int64_t k = 0; k < all * all; k++) m[k] = 0.0;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            m[i * all + j] = a[i * n + j] * dt * scale[j] / scale[i];
        m[i * all + n + i] = 1.0;
    }
    bs_exponential_(all, m, result, scale + n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            const double back = scale[i] / scale[j];
            p[i * n + j] = result[i * all + j] * back;
            g[i * n + j] = result[i * all + n + j] * back * dt;
        }
}

#endif
