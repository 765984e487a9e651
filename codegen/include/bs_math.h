/* Elementary functions for generated kernels: branch-free, inlined, the same bits everywhere.
 *
 * Every function below is straight-line code (comparisons select between values, never between
 * paths), so a plain `for` loop around it is vectorised by gcc and clang on AVX2 and AVX-512 (with
 * SSE2 alone not what rounds: floor, pow, mod, timestep); only integer division never is.
 *
 * The functions use IEEE 754 operations that round correctly (+ - * / sqrt, floor, bit patterns, and
 * fma written out where it is meant) and no other function of libm: the same argument gives the same
 * bits on every compiler, processor and vector width, provided that
 *
 *     -ffp-contract=off is given, and -ffast-math (or -Ofast) is not.
 *
 * To be vectorised, kernels also want -O3 -fno-math-errno -fno-trapping-math.
 *
 * Largest errors, in units of the last place (tests/backends/test_math.py holds them to it):
 *
 *     exp 1.0     expm1 1.5   exprel 1.9   log 0.9     log10 0.8    log1p 0.9   pow 1.2
 *     sin 0.9     cos 0.9     tan 1.5      sinh 1.9    cosh 1.6     tanh 1.5
 *     arcsin 0.7  arccos 1.2  arctan 1.3   bernoulli 1.9
 *     float32: exprel, bernoulli, sinh, arctan 1.9, cosh 1.8, tanh 1.6, pow 0.6, the others 1.2
 *
 * Infinities, NaN, overflow, denormal results and the sign of zero are those of C99's Annex F and
 * of NumPy. Two limits: |x| >= 2^51 in sin, cos, tan and |a / b| >= 2^53 in mod give NaN: there
 * neighbouring arguments are as far apart as the period, and no digit of the result means anything.
 *
 * Polynomial coefficients are minimax (Remez exchange with 80 digits, then rounded); the error of
 * each approximation stands beside it. The reductions are the classical ones: Cody & Waite 1980
 * (exp, sin), Tang 1989/1990 (exp, log as 2 artanh(f / (2 + f))), Dekker 1971 (exact sums), Muller,
 * Elementary Functions, 3rd ed. 2016 (the others).
 *
 * Names that end in an underscore are private to this header.
 */
#ifndef BS_MATH_H
#define BS_MATH_H

#include <stdint.h>

#ifdef __FAST_MATH__
#error "bs_math.h needs IEEE arithmetic: compile without -ffast-math and -Ofast"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "bs_math.h needs arithmetic without excess precision: compile with -msse2 -mfpmath=sse"
#endif

/* always_inline: a call that is not inlined keeps the loop around it from being vectorised */
#ifndef BS_INLINE /* bs_cuda.h has another one */
#define BS_INLINE static inline __attribute__((always_inline, unused))
#endif
#define BS_RESTRICT __restrict

/* --- bit patterns ---------------------------------------------------------------------------- */

BS_INLINE uint64_t bs_bits_(double x) {
    uint64_t u;
    __builtin_memcpy(&u, &x, sizeof u);
    return u;
}
BS_INLINE double bs_double_(uint64_t u) {
    double x;
    __builtin_memcpy(&x, &u, sizeof x);
    return x;
}
BS_INLINE uint32_t bs_bitsf_(float x) {
    uint32_t u;
    __builtin_memcpy(&u, &x, sizeof u);
    return u;
}
BS_INLINE float bs_float_(uint32_t u) {
    float x;
    __builtin_memcpy(&x, &u, sizeof x);
    return x;
}

/* condition ? yes : no, by bits: of nested conditions that look at one number gcc makes a tree of
   paths, and tests what it knows anew for each; this stays one comparison and one selection */
BS_INLINE double bs_choose_(int condition, double yes, double no) {
    uint64_t mask = 0 - (uint64_t)(condition != 0);
    return bs_double_((bs_bits_(yes) & mask) | (bs_bits_(no) & ~mask));
}
BS_INLINE float bs_choosef_(int condition, float yes, float no) {
    uint32_t mask = 0 - (uint32_t)(condition != 0);
    return bs_float_((bs_bitsf_(yes) & mask) | (bs_bitsf_(no) & ~mask));
}

#define BS_INF_ __builtin_inf()
#define BS_NAN_ __builtin_nan("")

/* x + BS_ROUND_ - BS_ROUND_ is x rounded to an integer (half to even), and the low bits of
   x + BS_ROUND_ are that integer: no conversion instruction is needed, which AVX2 does not have */
#define BS_ROUND_ 0x1.8p52
#define BS_ROUNDF_ 0x1.8p23f

/* 2^k, where `rounded` = k + BS_ROUND_ and -1022 <= k + shift <= 1023 */
BS_INLINE double bs_exp2_(double rounded, int shift) {
    return bs_double_((bs_bits_(rounded) + (uint64_t)(1023 + shift)) << 52);
}
BS_INLINE float bs_exp2f_(float rounded, int shift) {
    return bs_float_((bs_bitsf_(rounded) + (uint32_t)(127 + shift)) << 23);
}

/* the leading 26 bits of x, rounded: the rest, x - head, also has at most 26 bits */
BS_INLINE double bs_head_(double x) {
    return bs_double_((bs_bits_(x) + (UINT64_C(1) << 26)) & ~((UINT64_C(1) << 27) - 1));
}

/* a b + c rounded once: one instruction where the processor has it (x86 since 2013, all 64-bit ARM),
   elsewhere a call of the C library, which gives the same bits, slowly */
BS_INLINE double bs_fma_(double a, double b, double c) {
    return __builtin_fma(a, b, c);
}
BS_INLINE float bs_fmaf_(float a, float b, float c) {
    return __builtin_fmaf(a, b, c);
}

/* an unevaluated sum: hi carries the value, lo what hi lost in rounding */
typedef struct {
    double hi, lo;
} bs_sum_;

/* a + b without error (Knuth's two-sum) */
BS_INLINE bs_sum_ bs_add_exactly_(double a, double b) {
    double s = a + b, t = s - a;
    bs_sum_ r = {s, (a - (s - t)) + (b - t)};
    return r;
}
/* a + b without error when |a| >= |b| or a == 0 (Dekker's fast two-sum) */
BS_INLINE bs_sum_ bs_add_ordered_(double a, double b) {
    double s = a + b;
    bs_sum_ r = {s, b - (s - a)};
    return r;
}
/* a * b without error */
BS_INLINE bs_sum_ bs_multiply_exactly_(double a, double b) {
    double p = a * b;
    bs_sum_ r = {p, bs_fma_(a, b, -p)};
    return r;
}
/* the product of two sums, relative error about 2^-102 */
BS_INLINE bs_sum_ bs_multiply_sums_(bs_sum_ a, bs_sum_ b) {
    bs_sum_ p = bs_multiply_exactly_(a.hi, b.hi);
    return bs_add_ordered_(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

/* --- conversions ----------------------------------------------------------------------------- */

/* int64 -> double, correctly rounded, without the conversion instruction that AVX2 lacks */
BS_INLINE double bs_from_int64(int64_t i) {
    uint64_t u = (uint64_t)i;
    double low = bs_double_((u & 0xffffffffu) | UINT64_C(0x4330000000000000)); /* 2^52 + low */
    double high = bs_double_((u >> 32) ^ UINT64_C(0x4530000080000000)); /* 2^84 + 2^63 + high */
    return (high - (0x1p84 + 0x1p63 + 0x1p52)) + low;
}
/* the integer part of x, towards zero; beyond +-2^51 it saturates there, and NaN gives -2^51 */
BS_INLINE int64_t bs_to_int64(double x) {
    double c = x > -0x1p51 ? x : -0x1p51;
    c = c < 0x1p51 ? c : 0x1p51;
    return (int64_t)(bs_bits_(__builtin_trunc(c) + BS_ROUND_) - UINT64_C(0x4338000000000000));
}
/* number of whole steps dt in the time t; times that are a rounding error short of a step count
   as that step. Saturates at +-2^51 (so t may be infinite) */
BS_INLINE int64_t bs_timestep(double t, double dt) {
    return bs_to_int64((t + 1e-3 * dt) / dt);
}

/* --- exponentials ---------------------------------------------------------------------------- */

#define BS_LOG2_E_ 0x1.71547652b82fep+0
/* ln 2 in two parts; the first has 40 bits, so that its product with an exponent is exact */
#define BS_LN2_HI_ 0x1.62e42fefa4p-1
#define BS_LN2_LO_ (-0x1.8432a1b0e2634p-43)

/* (exp(r) - 1 - r) / z for |r| <= ln(2) / 2 and z = r^2: 1/2 + r q(r); contributes 2^-57 */
BS_INLINE double bs_exp_rest_(double r, double z) {
    double even = 2.497837682684176e-08, odd = 2.762518909285883e-07;
    even = bs_fma_(z, even, 2.7557640888405562e-06);
    even = bs_fma_(z, even, 0.000198412694661798);
    even = bs_fma_(z, even, 0.008333333333500063);
    even = bs_fma_(z, even, 0.16666666666666433);
    odd = bs_fma_(z, odd, 2.4801508677651313e-05);
    odd = bs_fma_(z, odd, 0.001388888892679954);
    odd = bs_fma_(z, odd, 0.04166666666660395);
    return bs_fma_(r, bs_fma_(r, odd, even), 0.5);
}

/* e^x = e^r 2^k, for -746 <= x <= 753 and k whole */
typedef struct {
    double r, rounded; /* rounded = k + BS_ROUND_ */
} bs_exp_parts_;

BS_INLINE bs_exp_parts_ bs_split_exponent_(double x) {
    double rounded = bs_fma_(x, BS_LOG2_E_, BS_ROUND_), k = rounded - BS_ROUND_;
    bs_exp_parts_ p = {bs_fma_(-k, BS_LN2_LO_, bs_fma_(-k, BS_LN2_HI_, x)), rounded};
    return p;
}
BS_INLINE double bs_join_exponent_(bs_exp_parts_ p) {
    double z = p.r * p.r, y = 1.0 + bs_fma_(z, bs_exp_rest_(p.r, z), p.r);
    /* 2^k in two factors, because k runs from -1076 to 1024; in u and in half the low bits of
       BS_ROUND_ are 0, so they are k and k / 2 rounded down */
    uint64_t u = bs_bits_(p.rounded), half = u >> 1;
    return y * bs_double_((half + 1023) << 52) * bs_double_((u - half + 1023) << 52);
}
/* x within the range where e^x is neither 0 nor infinite, and a little more; NaN stays */
BS_INLINE double bs_bound_exponent_(double x) {
    double c = bs_choose_(x > 710.0, 710.0, x);
    return bs_choose_(c < -746.0, -746.0, c);
}

/* e^x */
BS_INLINE double bs_exp(double x) {
    return bs_join_exponent_(bs_split_exponent_(bs_bound_exponent_(x)));
}

/* 2^shift (e^x - 1) as a sum, for -700 <= x <= 753 and exponents within the range of double;
   a result that is not 0 must be above 2^-54 in magnitude */
BS_INLINE bs_sum_ bs_expm1_scaled_(double x, int shift, double two_to_shift) {
    bs_exp_parts_ p = bs_split_exponent_(x);
    double z = p.r * p.r, scale = bs_exp2_(p.rounded, shift);
    /* scale (1 + r + z rest) - 2^shift, with what the sum of the large terms lost in rounding */
    double whole = scale - two_to_shift, sum = bs_fma_(scale, p.r, whole);
    double lost = bs_fma_(scale, p.r, whole - sum);
    bs_sum_ y = {sum, bs_fma_(scale * z, bs_exp_rest_(p.r, z), lost)};
    return y;
}

/* e^x - 1 */
BS_INLINE double bs_expm1(double x) {
    double c = bs_choose_(x > 717.0, 717.0, x);
    c = bs_choose_(c < -40.0, -40.0, c);
    /* scaled by 2^-16, because e^x overflows later than 2^1024 / e^x would */
    bs_sum_ y = bs_expm1_scaled_(c, -16, 0x1p-16);
    return __builtin_fabs(x) < 0x1p-54 ? x : (y.hi + y.lo) * 0x1p16;
}

/* 2^-64 (e^x - 1) and 2^-64 x, for x up to 753: there x / e^x rounds to 0 and e^x / x overflows */
typedef struct {
    double power, x;
} bs_expm1_ratio_;

BS_INLINE bs_expm1_ratio_ bs_expm1_over_(double x) {
    double top = bs_choose_(x > 753.0, 753.0, x), c = bs_choose_(top < -40.0, -40.0, top);
    bs_sum_ y = bs_expm1_scaled_(c, -64, 0x1p-64);
    bs_expm1_ratio_ ratio = {y.hi + y.lo, top * 0x1p-64};
    return ratio;
}
/* (e^x - 1) / x, and 1 at 0 */
BS_INLINE double bs_exprel(double x) {
    bs_expm1_ratio_ ratio = bs_expm1_over_(x);
    return ratio.x == 0.0 ? 1.0 : ratio.power / ratio.x;
}
/* x / (e^x - 1), the generating function of the Bernoulli numbers, and 1 at 0: one division where
   1 / exprel(x) has two */
BS_INLINE double bs_bernoulli(double x) {
    bs_expm1_ratio_ ratio = bs_expm1_over_(x);
    return ratio.x == 0.0 ? 1.0 : ratio.x / ratio.power;
}

/* hyperbolic sine */
BS_INLINE double bs_sinh(double x) {
    double a = __builtin_fabs(x), c = a > 717.0 ? 717.0 : a;
    bs_sum_ y = bs_expm1_scaled_(c, -16, 0x1p-16);
    double t = y.hi + y.lo, q = t / (t + 0x1p-16); /* 2^-16 (e^a - 1) and 1 - e^-a */
    /* the form in which rounding errors shrink: t - t q / 2 or (t + q) / 2 */
    double s = a < 1.0 ? y.hi + (y.lo - 0.5 * t * q) : 0.5 * (y.hi + (y.lo + 0x1p-16 * q));
    return __builtin_copysign(a < 0x1p-54 ? a : s * 0x1p16, x);
}

/* hyperbolic cosine */
BS_INLINE double bs_cosh(double x) {
    double a = __builtin_fabs(x), c = a > 717.0 ? 717.0 : a;
    bs_sum_ y = bs_expm1_scaled_(c, -16, 0x1p-16);
    double e = (y.hi + 0x1p-16) + y.lo; /* 2^-16 e^a */
    return (e + 0x1p-32 / e) * 0x1p15;
}

/* hyperbolic tangent */
BS_INLINE double bs_tanh(double x) {
    double a = __builtin_fabs(x), c = a > 22.0 ? 22.0 : a;
    int small = a < 1.0;
    bs_sum_ y = bs_expm1_scaled_(2.0 * c, 0, 1.0);
    bs_sum_ t = bs_add_ordered_(y.hi, y.lo), d = bs_add_exactly_(2.0, t.hi);
    /* t / (t + 2), or for large x 1 - 2 / (t + 2), with what t and t + 2 lost in rounding */
    double n = small ? t.hi : -2.0, n_lo = small ? t.lo : 0.0, q = n / d.hi;
    q += (n_lo - q * (d.lo + t.lo)) / d.hi;
    q = small ? q : 1.0 + q;
    return __builtin_copysign(a < 0x1p-54 ? a : q, x);
}

/* --- logarithms ------------------------------------------------------------------------------ */

/* x = 2^exponent (1 + fraction) with 1 + fraction in [sqrt(1/2), sqrt(2)), for normal x > 0 */
typedef struct {
    double exponent, fraction;
} bs_binade_;

BS_INLINE bs_binade_ bs_split_binade_(double x) {
    /* counted from sqrt(1/2), whose leading bits are 3fe6a09e */
    uint64_t u = bs_bits_(x) + (UINT64_C(0x3ff0000000000000) - UINT64_C(0x3fe6a09e00000000));
    bs_binade_ b = {
        bs_double_((u >> 52) | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023.0),
        bs_double_((u & UINT64_C(0x000fffffffffffff)) + UINT64_C(0x3fe6a09e00000000)) - 1.0,
    };
    return b;
}

/* with s = f / (2 + f): log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + R(s^2)); R(z) / z, error 2^-58 */
BS_INLINE double bs_log_rest_(double z) {
    double w = z * z;
    double even = 0.6666666666666734 +
                  w * (0.2857142874256186 + w * (0.1818356540734713 + w * 0.14796261124110452));
    double odd = 0.39999999999413965 + w * (0.2222219855379388 + w * 0.15314021115116408);
    return z * (even + z * odd);
}

/* exponent ln(2) + log(1 + f) + tail */
BS_INLINE double bs_log_of_(bs_binade_ b, double tail) {
    double f = b.fraction, s = f / (2.0 + f), half_square = 0.5 * f * f;
    double rest = s * (half_square + bs_log_rest_(s * s));
    double low = rest + (b.exponent * BS_LN2_LO_ + tail);
    return b.exponent * BS_LN2_HI_ - ((half_square - low) - f);
}

/* log x for normal x > 0 */
BS_INLINE double bs_log_positive_(double x) {
    return bs_log_of_(bs_split_binade_(x), 0.0);
}

/* the value at and outside the ends of the domain of a logarithm: x is 0, negative, inf or NaN */
BS_INLINE double bs_log_ends_(double x, double y) {
    y = x > 0.0 ? y : x == 0.0 ? -BS_INF_ : BS_NAN_;
    return x == BS_INF_ ? x : y;
}

/* denormal numbers are scaled into the normal range */
BS_INLINE bs_binade_ bs_split_any_binade_(double x) {
    int tiny = x < 0x1p-1022;
    bs_binade_ b = bs_split_binade_(tiny ? x * 0x1p54 : x);
    b.exponent -= tiny ? 54.0 : 0.0;
    return b;
}

/* natural logarithm */
BS_INLINE double bs_log(double x) {
    return bs_log_ends_(x, bs_log_of_(bs_split_any_binade_(x), 0.0));
}

/* log(1 + x) */
BS_INLINE double bs_log1p(double x) {
    double u = 1.0 + x;
    /* what u lost in rounding, relative to u */
    double lost = u < 2.0 ? x - (u - 1.0) : 1.0 - (u - x);
    double y = bs_log_of_(bs_split_binade_(u), lost / u);
    y = bs_log_ends_(u, y);
    return __builtin_fabs(x) < 0x1p-54 ? x : y;
}

/* logarithm to the base of 10; exact at the powers of ten */
BS_INLINE double bs_log10(double x) {
    /* 1 / ln(10) and log10(2) in two parts, so that the leading products are exact */
    const double per_ln10_hi = 0x1.bcb7b18p-2, per_ln10_lo = -0x1.6c8d78e6acaa4p-29;
    const double log10_2_hi = 0x1.34413509f8p-2, log10_2_lo = -0x1.80433b83b532ap-44;
    bs_binade_ b = bs_split_any_binade_(x);
    double f = b.fraction, s = f / (2.0 + f), half_square = 0.5 * f * f;
    double high = bs_head_(f - half_square);
    double low = ((f - high) - half_square) + s * (half_square + bs_log_rest_(s * s));
    bs_sum_ y = bs_add_exactly_(b.exponent * log10_2_hi, high * per_ln10_hi);
    y.lo += b.exponent * log10_2_lo + (low + high) * per_ln10_lo + low * per_ln10_hi;
    return bs_log_ends_(x, y.hi + y.lo);
}

/* --- powers ---------------------------------------------------------------------------------- */

/* log x as a sum, relative error about 2^-66, for x > 0 */
BS_INLINE bs_sum_ bs_log_sum_(double x) {
    bs_binade_ b = bs_split_any_binade_(x);
    /* s = f / (2 + f) with the remainder of the division */
    double f = b.fraction;
    bs_sum_ d = bs_add_ordered_(2.0, f);
    double q = f / d.hi;
    bs_sum_ p = bs_multiply_exactly_(q, d.hi);
    bs_sum_ s = {q, (((f - p.hi) - p.lo) - q * d.lo) / d.hi};
    /* 2 artanh(s) = 2 s + s^3 (2/3 + s^2 rest), where rest contributes the error 2^-66 */
    bs_sum_ z = bs_multiply_sums_(s, s);
    double w = z.hi * z.hi;
    double even = 0.40000000000002256 +
                  w * (0.222222225201382 + w * (0.15386758215661767 + w * 0.1319652453167382));
    double odd = 0.28571428570098373 + w * (0.1818178434812262 + w * 0.1325679690937411);
    bs_sum_ c = bs_add_ordered_(0x1.5555555555555p-1,
                                0x1.5555555555555p-55 + z.hi * (even + z.hi * odd));
    bs_sum_ cubic = bs_multiply_sums_(bs_multiply_sums_(s, z), c);
    bs_sum_ y = bs_add_ordered_(2.0 * s.hi, cubic.hi);
    y.lo += 2.0 * s.lo + cubic.lo;
    /* + exponent ln(2); |exponent ln(2)| is above |y| unless the exponent is 0 */
    bs_sum_ r = bs_add_ordered_(b.exponent * BS_LN2_HI_, y.hi);
    r.lo += y.lo + b.exponent * BS_LN2_LO_;
    return bs_add_ordered_(r.hi, r.lo);
}

/* x^y, where r = |x|^y wherever both are finite and x is not 0 */
BS_INLINE double bs_power_ends_(double x, double y, double r) {
    double a = __builtin_fabs(x);
    r = a == 0.0 ? (y > 0.0 ? 0.0 : BS_INF_) : r;
    r = a == BS_INF_ ? (y > 0.0 ? BS_INF_ : 0.0) : r;
    int whole = __builtin_floor(y) == y;
    int odd = whole & (__builtin_floor(0.5 * y) != 0.5 * y);
    r = ((x < 0.0) & !whole & (a != BS_INF_)) ? BS_NAN_ : r;
    r = odd ? __builtin_copysign(r, x) : r;
    r = ((x != x) | (y != y)) ? BS_NAN_ : r;
    return ((x == 1.0) | (y == 0.0)) ? 1.0 : r;
}

/* x^y */
BS_INLINE double bs_pow(double x, double y) {
    double a = __builtin_fabs(x);
    /* beyond 2^65 every power of every number but 1 has long over- or underflowed */
    double exponent = y > 0x1p65 ? 0x1p65 : y < -0x1p65 ? -0x1p65 : y;
    bs_sum_ l = bs_log_sum_(a);
    bs_sum_ p = bs_multiply_exactly_(exponent, l.hi);
    double tail = p.lo + exponent * l.lo;
    bs_exp_parts_ e = bs_split_exponent_(bs_bound_exponent_(p.hi));
    e.r += __builtin_fabs(p.hi) < 746.0 ? tail : 0.0;
    return bs_power_ends_(x, y, bs_join_exponent_(e));
}

/* --- trigonometric functions ----------------------------------------------------------------- */

/* x = quarter (pi / 2) + r, |r| <= pi / 4, r as a sum; NaN for |x| >= 2^51 */
typedef struct {
    uint64_t quarter; /* modulo 4 */
    bs_sum_ r;
} bs_angle_;

BS_INLINE bs_angle_ bs_reduce_angle_(double x) {
    /* pi / 2 in parts of 36 bits; their products with k1 (a multiple of 2^34), k2 (a multiple of
       2^17) and k3 (below 2^17) are exact */
    const double p1 = 0x1.921fb5444p+0, p2 = 0x1.68c234c5p-39;
    const double p3 = -0x1.cceba3f9p-74, p4 = -0x1.f1976b7ed8fbcp-110;
    const double per_quarter = 0x1.45f306dc9c883p-1;
    double c = __builtin_fabs(x) < 0x1p51 ? x : BS_NAN_;
    double k1 = (c * per_quarter + 0x1.8p86) - 0x1.8p86, t = c - k1 * p1;
    double rounded = (t - k1 * p2) * per_quarter + BS_ROUND_, k = rounded - BS_ROUND_;
    double k2 = (k + 0x1.8p69) - 0x1.8p69, k3 = k - k2;
    /* exact until here: what is left is a short multiple of the last place of each product */
    t = ((t - k2 * p1) - k3 * p1) - k1 * p2;
    bs_sum_ a = bs_add_exactly_(t, -(k2 * p2));
    bs_sum_ b = bs_add_exactly_(a.hi, -(k3 * p2));
    bs_sum_ d = bs_add_exactly_(b.hi, -(k1 * p3));
    bs_sum_ e = bs_add_exactly_(d.hi, -(k2 * p3));
    bs_sum_ f = bs_add_exactly_(e.hi, -(k3 * p3));
    double low = (((a.lo + b.lo) + d.lo) + e.lo) + (f.lo - (k1 + k) * p4);
    bs_angle_ y = {bs_bits_(rounded) & 3, bs_add_ordered_(f.hi, low)};
    return y;
}

/* (sin(r) - r) / r^3 for |r| <= pi / 4 and z = r^2; contributes the error 2^-58 */
BS_INLINE double bs_sin_rest_(double z) {
    double w = z * z;
    double even = -0.16666666666666632 + w * (-0.00019841269829798283 + w * -2.505075756420589e-08);
    double odd = 0.008333333333322403 + w * (2.755731368850608e-06 + w * 1.5896762755820627e-10);
    return even + z * odd;
}
/* (cos(r) - 1 + z / 2) / z^2 for |r| <= pi / 4 and z = r^2; contributes the error 2^-64 */
BS_INLINE double bs_cos_rest_(double z) {
    double w = z * z;
    double even = 0.0416666666666666 + w * (2.4801587289473036e-05 + w * 2.0875722882731254e-09);
    double odd = -0.001388888888887411 +
                 w * (-2.7557314349572274e-07 + w * -1.1359626829497952e-11);
    return even + z * odd;
}
/* sine and cosine of r.hi + r.lo, |r.hi| <= pi / 4 */
BS_INLINE bs_sum_ bs_sin_kernel_(bs_sum_ r) {
    double z = r.hi * r.hi;
    return bs_add_ordered_(r.hi, r.hi * z * bs_sin_rest_(z) + r.lo * (1.0 - 0.5 * z));
}
BS_INLINE bs_sum_ bs_cos_kernel_(bs_sum_ r) {
    double z = r.hi * r.hi;
    bs_sum_ y = bs_add_ordered_(1.0, -0.5 * z);
    return bs_add_ordered_(y.hi, y.lo + (z * z * bs_cos_rest_(z) - r.hi * r.lo));
}

/* `odd` where quarter is odd, else `even`; by bits, since SSE2 cannot compare 64-bit integers */
BS_INLINE double bs_by_parity_(uint64_t quarter, double even, double odd) {
    uint64_t mask = 0 - (quarter & 1);
    return bs_double_((bs_bits_(even) & ~mask) | (bs_bits_(odd) & mask));
}
/* sin of quarter (pi / 2) + r; cos is the sine of the next quarter */
BS_INLINE double bs_sin_of_(uint64_t quarter, double sine, double cosine) {
    double y = bs_by_parity_(quarter, sine, cosine);
    return bs_double_(bs_bits_(y) ^ ((quarter & 2) << 62));
}

/* sine of x rad */
BS_INLINE double bs_sin(double x) {
    bs_angle_ a = bs_reduce_angle_(x);
    double y = bs_sin_of_(a.quarter, bs_sin_kernel_(a.r).hi, bs_cos_kernel_(a.r).hi);
    return x == 0.0 ? x : y;
}
/* cosine of x rad */
BS_INLINE double bs_cos(double x) {
    bs_angle_ a = bs_reduce_angle_(x);
    return bs_sin_of_(a.quarter + 1, bs_sin_kernel_(a.r).hi, bs_cos_kernel_(a.r).hi);
}
/* tangent of x rad */
BS_INLINE double bs_tan(double x) {
    bs_angle_ a = bs_reduce_angle_(x);
    bs_sum_ s = bs_sin_kernel_(a.r), c = bs_cos_kernel_(a.r);
    double n = bs_by_parity_(a.quarter, s.hi, -c.hi), n_lo = bs_by_parity_(a.quarter, s.lo, -c.lo);
    double d = bs_by_parity_(a.quarter, c.hi, s.hi), d_lo = bs_by_parity_(a.quarter, c.lo, s.lo);
    double y = n / d;
    return x == 0.0 ? x : y + (n_lo - y * d_lo) / d;
}

/* arcsin(s) - s for |s| <= 1/2 and z = s^2; error 2^-60 */
BS_INLINE double bs_arcsin_rest_(double s, double z) {
    double w = z * z;
    double even = 0.16666666666666763 +
                  w * (0.04464285717512099 +
                       w * (0.02237221566080196 +
                            w * (0.013980961556601352 +
                                 w * (0.010786533215152648 +
                                      w * (0.02176353086811474 + w * 0.03267691208376524)))));
    double odd =
        0.07499999999970262 +
        w * (0.030381942683601896 +
             w * (0.01735160008271177 +
                  w * (0.011397775182712533 +
                       w * (0.0036830276048328173 + w * -0.021077332514610567))));
    return s * z * (even + z * odd);
}

#define BS_PI_2_HI_ 0x1.921fb54442d18p+0
#define BS_PI_2_LO_ 0x1.1a62633145c07p-54

/* arc sine, in rad */
BS_INLINE double bs_arcsin(double x) {
    double a = __builtin_fabs(x);
    int big = a > 0.5; /* then arcsin(a) = pi / 2 - 2 arcsin(sqrt((1 - a) / 2)) */
    double z = big ? 0.5 * (1.0 - a) : a * a, root = __builtin_sqrt(z);
    double s = big ? root : a, rest = bs_arcsin_rest_(s, z);
    /* what the root lost in rounding (2^-999: no 0 / 0 at |x| = 1) */
    double head = bs_head_(s), lost = (z - head * head) / (s + head + 0x1p-999) - (s - head);
    bs_sum_ y = bs_add_ordered_(BS_PI_2_HI_, -2.0 * s);
    y.hi += y.lo - (2.0 * (rest + lost) - BS_PI_2_LO_);
    y.hi = big ? y.hi : s + rest;
    return __builtin_copysign(y.hi, x);
}
/* arc cosine, in rad */
BS_INLINE double bs_arccos(double x) {
    double a = __builtin_fabs(x);
    int big = a > 0.5;
    double z = big ? 0.5 * (1.0 - a) : a * a, root = __builtin_sqrt(z);
    double s = big ? root : x, rest = bs_arcsin_rest_(s, z);
    double near_one = 2.0 * (s + rest);
    double near_minus_one = 2.0 * (BS_PI_2_HI_ - (s + (rest - BS_PI_2_LO_)));
    double middle = BS_PI_2_HI_ - (s + (rest - BS_PI_2_LO_));
    return big ? (x > 0.0 ? near_one : near_minus_one) : middle;
}
/* arc tangent, in rad */
BS_INLINE double bs_arctan(double x) {
    double a = __builtin_fabs(x);
    int middle = a > 0.41421356237309503, large = a > 2.414213562373095; /* tan(pi/8), tan(3pi/8) */
    /* arctan(a) = high + arctan(n / d) */
    bs_sum_ below = bs_add_exactly_(a, -1.0), above = bs_add_exactly_(a, 1.0);
    double n = large ? -1.0 : middle ? below.hi : a, d = large ? a : middle ? above.hi : 1.0;
    double high = large ? BS_PI_2_HI_ : middle ? 0.5 * BS_PI_2_HI_ : 0.0;
    double low = large ? BS_PI_2_LO_ : middle ? 0.5 * BS_PI_2_LO_ : 0.0;
    double t = n / d, z = t * t, w = z * z;
    low += (middle & !large) ? (below.lo - t * above.lo) / d : 0.0;
    /* (arctan(t) - t) / t^3 for |t| <= tan(pi/8), error 2^-59 */
    double even = -0.3333333333333321 +
                  w * (-0.14285714280370768 +
                       w * (-0.09090897953544547 +
                            w * (-0.06663137662954188 +
                                 w * (-0.05040278118680583 + w * -0.017931692297983828))));
    double odd = 0.19999999999955673 +
                 w * (0.11111110791046702 +
                      w * (0.07692063402965409 +
                           w * (0.05848118344356106 + w * 0.03808802084953912)));
    double y = high + (t + (t * z * (even + z * odd) + low));
    return __builtin_copysign(y, x);
}

/* --- division, sign, limits ------------------------------------------------------------------ */

/* a = quotient b + remainder with a whole quotient and a remainder of the sign of b */
typedef struct {
    double quotient, remainder;
} bs_division_;

BS_INLINE bs_division_ bs_divide_(double a, double b) {
    double ratio = a / b, q = __builtin_floor(ratio);
    bs_sum_ p = bs_multiply_exactly_(q, b);
    double r = (a - p.hi) - p.lo; /* exact, as a - p.hi cancels */
    /* the rounded ratio may have reached the next integer */
    int over = b > 0.0 ? r < 0.0 : r > 0.0;
    q = over ? q - 1.0 : q;
    r = over ? r + b : r;
    /* an infinite divisor: the quotient is 0 or, for operands of different sign, -1 */
    int unbounded = __builtin_fabs(b) == BS_INF_, apart = b > 0.0 ? a < 0.0 : a > 0.0;
    q = unbounded ? (apart ? -1.0 : 0.0) : q;
    r = unbounded ? (apart ? b : a) : r;
    r = __builtin_fabs(ratio) < 0x1p53 ? r : BS_NAN_;
    r = r == 0.0 ? __builtin_copysign(0.0, b) : r;
    q = q == 0.0 ? __builtin_copysign(0.0, ratio) : q;
    int undefined = (__builtin_fabs(a) == BS_INF_) | (ratio != ratio);
    bs_division_ d = {undefined ? BS_NAN_ : q, undefined ? BS_NAN_ : r};
    return d;
}
/* a // b with Python's rule: rounded towards minus infinity */
BS_INLINE double bs_floordiv(double a, double b) {
    return bs_divide_(a, b).quotient;
}
/* a % b with Python's rule: the sign of b. NaN where |a / b| >= 2^53 */
BS_INLINE double bs_mod(double a, double b) {
    return bs_divide_(a, b).remainder;
}

/* a // b of integers, rounded towards minus infinity; 0 for b = 0; wraps for -2^63 // -1 */
BS_INLINE int64_t bs_floordiv_int64(int64_t a, int64_t b) {
    /* the processor would trap on 0 and on -2^63 / -1 */
    int64_t d = ((b == 0) | (b == -1)) ? 1 : b, q = a / d;
    q -= (q * d != a) & ((a ^ d) < 0);
    return b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : q;
}
/* a % b of integers, with the sign of b; 0 for b = 0 */
BS_INLINE int64_t bs_mod_int64(int64_t a, int64_t b) {
    int64_t d = ((b == 0) | (b == -1)) ? 1 : b, r = a % d;
    return ((r != 0) & ((r ^ d) < 0)) ? r + d : r;
}

BS_INLINE double bs_sqrt(double x) {
    return __builtin_sqrt(x);
}
BS_INLINE double bs_floor(double x) {
    return __builtin_floor(x);
}
BS_INLINE double bs_ceil(double x) {
    return __builtin_ceil(x);
}
BS_INLINE double bs_abs(double x) {
    return __builtin_fabs(x);
}
/* the smaller and the larger of two numbers; NaN if one of them is NaN */
BS_INLINE double bs_minimum(double a, double b) {
    return ((a < b) | (a != a)) ? a : b;
}
BS_INLINE double bs_maximum(double a, double b) {
    return ((a > b) | (a != a)) ? a : b;
}
/* -1, 0 or 1; NaN for NaN */
BS_INLINE double bs_sign(double x) {
    double s = x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0;
    return x != x ? x : s;
}
BS_INLINE int64_t bs_sign_int64(int64_t x) {
    return (int64_t)(x > 0) - (int64_t)(x < 0);
}
/* x limited to [low, high]; high wins when low > high; NaN stays NaN */
BS_INLINE double bs_clip(double x, double low, double high) {
    double c = x < low ? low : x;
    return c > high ? high : c;
}
BS_INLINE int64_t bs_clip_int64(int64_t x, int64_t low, int64_t high) {
    int64_t c = x < low ? low : x;
    return c > high ? high : c;
}

/* --- single precision ------------------------------------------------------------------------ */
/* Most have their own arithmetic, at twice the vector width. Powers, logarithms with a scale and
   angles, in which float would cancel, go through double with polynomials as short as float allows;
   division is that of double. */

#define BS_LOG2_EF_ 0x1.715476p+0f
#define BS_LN2_HIF_ 0x1.62e4p-1f /* 15 bits */
#define BS_LN2_LOF_ 0x1.7f7d1cp-20f

/* (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2; contributes 2^-28 */
BS_INLINE float bs_exp_restf_(float r) {
    float q = bs_fmaf_(r, 0.00138637866f, 0.00836748164f);
    q = bs_fmaf_(r, q, 0.0416672379f);
    q = bs_fmaf_(r, q, 0.166665345f);
    return bs_fmaf_(r, q, 0.5f);
}
typedef struct {
    float r, rounded;
} bs_exp_partsf_;

BS_INLINE bs_exp_partsf_ bs_split_exponentf_(float x) {
    float rounded = bs_fmaf_(x, BS_LOG2_EF_, BS_ROUNDF_), k = rounded - BS_ROUNDF_;
    bs_exp_partsf_ p = {bs_fmaf_(-k, BS_LN2_LOF_, bs_fmaf_(-k, BS_LN2_HIF_, x)), rounded};
    return p;
}
BS_INLINE float bs_expf(float x) {
    float c = bs_choosef_(x > 90.0f, 90.0f, x);
    c = bs_choosef_(c < -105.0f, -105.0f, c);
    bs_exp_partsf_ p = bs_split_exponentf_(c);
    float y = 1.0f + bs_fmaf_(p.r * p.r, bs_exp_restf_(p.r), p.r);
    uint32_t u = bs_bitsf_(p.rounded), half = u >> 1; /* as in bs_join_exponent_ */
    return y * bs_float_((half + 127) << 23) * bs_float_((u - half + 127) << 23);
}
/* 2^shift (e^x - 1); see bs_expm1_scaled_ */
typedef struct {
    float hi, lo;
} bs_sumf_;

BS_INLINE bs_sumf_ bs_expm1_scaledf_(float x, int shift, float two_to_shift) {
    bs_exp_partsf_ p = bs_split_exponentf_(x);
    float z = p.r * p.r, scale = bs_exp2f_(p.rounded, shift);
    float whole = scale - two_to_shift, sum = bs_fmaf_(scale, p.r, whole);
    float lost = bs_fmaf_(scale, p.r, whole - sum);
    bs_sumf_ y = {sum, bs_fmaf_(scale * z, bs_exp_restf_(p.r), lost)};
    return y;
}
BS_INLINE float bs_expm1f(float x) {
    float c = bs_choosef_(x > 95.0f, 95.0f, x);
    c = bs_choosef_(c < -20.0f, -20.0f, c);
    bs_sumf_ y = bs_expm1_scaledf_(c, -16, 0x1p-16f);
    return __builtin_fabsf(x) < 0x1p-25f ? x : (y.hi + y.lo) * 0x1p16f;
}
/* as bs_expm1_over_; 115 / e^115 rounds to 0 */
typedef struct {
    float power, x;
} bs_expm1_ratiof_;

BS_INLINE bs_expm1_ratiof_ bs_expm1_overf_(float x) {
    float top = bs_choosef_(x > 115.0f, 115.0f, x), c = bs_choosef_(top < -20.0f, -20.0f, top);
    bs_sumf_ y = bs_expm1_scaledf_(c, -48, 0x1p-48f);
    bs_expm1_ratiof_ ratio = {y.hi + y.lo, top * 0x1p-48f};
    return ratio;
}
BS_INLINE float bs_exprelf(float x) {
    bs_expm1_ratiof_ ratio = bs_expm1_overf_(x);
    return ratio.x == 0.0f ? 1.0f : ratio.power / ratio.x;
}
BS_INLINE float bs_bernoullif(float x) {
    bs_expm1_ratiof_ ratio = bs_expm1_overf_(x);
    return ratio.x == 0.0f ? 1.0f : ratio.x / ratio.power;
}
BS_INLINE float bs_tanhf(float x) {
    float a = __builtin_fabsf(x), c = a > 10.0f ? 10.0f : a;
    int small = a < 1.0f;
    bs_sumf_ y = bs_expm1_scaledf_(2.0f * c, 0, 1.0f);
    float t = y.hi + y.lo, t_lo = y.lo - (t - y.hi), d = t + 2.0f, part = d - t;
    float d_lo = (2.0f - part) + (t - (d - part)); /* exact, as bs_add_exactly_ */
    float n = small ? t : -2.0f, n_lo = small ? t_lo : 0.0f, q = n / d;
    q += (n_lo - q * (d_lo + t_lo)) / d;
    q = small ? q : 1.0f + q;
    return __builtin_copysignf(a < 0x1p-25f ? a : q, x);
}
BS_INLINE float bs_logf(float x) {
    int tiny = x < 0x1p-126f;
    /* as bs_split_binade_ */
    uint32_t u = bs_bitsf_(tiny ? x * 0x1p25f : x) + (0x3f800000u - 0x3f3504f3u);
    float k = bs_float_((u >> 23) | 0x4b000000u) - (0x1p23f + 127.0f) - (tiny ? 25.0f : 0.0f);
    float f = bs_float_((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float s = f / (2.0f + f), z = s * s, half_square = 0.5f * f * f;
    /* error 2^-29 */
    float rest = z * (0.666667759f + z * (0.399775326f + z * 0.298719585f));
    float low = s * (half_square + rest) + k * BS_LN2_LOF_;
    float y = k * BS_LN2_HIF_ - ((half_square - low) - f);
    y = x > 0.0f ? y : x == 0.0f ? -__builtin_inff() : __builtin_nanf("");
    return x == __builtin_inff() ? x : y;
}

/* log x for normal x > 0, relative error 2^-42 */
BS_INLINE double bs_short_log_(double x) {
    bs_binade_ b = bs_split_binade_(x);
    double s = b.fraction / (2.0 + b.fraction), z = s * s;
    double p = bs_fma_(z, 0.19362755976274441, 0.22191395566850093);
    p = bs_fma_(z, p, 0.28571754618821973);
    p = bs_fma_(z, p, 0.39999998796931487);
    p = bs_fma_(z, p, 0.66666666667375388);
    return bs_fma_(b.exponent, BS_LN2_HI_, s * bs_fma_(z, p, 2.0)) + b.exponent * BS_LN2_LO_;
}
BS_INLINE float bs_log10f(float x) {
    return (float)bs_log_ends_((double)x, bs_short_log_((double)x) * 0x1.bcb7b1526e50ep-2);
}
BS_INLINE float bs_log1pf(float x) {
    double u = 1.0 + (double)x, y = bs_log_ends_(u, bs_short_log_(u));
    return __builtin_fabsf(x) < 0x1p-25f ? x : (float)y;
}
BS_INLINE float bs_powf(float x, float y) {
    /* beyond 2^40, as in bs_pow; and what lies beyond e^150 over- or underflows in float */
    double exponent = bs_choose_(y > 0x1p40f, 0x1p40, bs_choose_(y < -0x1p40f, -0x1p40, (double)y));
    double power = exponent * bs_short_log_(__builtin_fabs((double)x));
    power = bs_choose_(power > 150.0, 150.0, power);
    power = bs_choose_(power < -150.0, -150.0, power);
    bs_exp_parts_ p = bs_split_exponent_(power);
    /* (exp(r) - 1 - r) / r^2, error 2^-29 */
    double q = bs_fma_(p.r, 0.00019890990824673654, 0.001393364999630925);
    q = bs_fma_(p.r, q, 0.0083333109254809008);
    q = bs_fma_(p.r, q, 0.041666464925285905);
    q = bs_fma_(p.r, q, 0.16666666681623231);
    q = bs_fma_(p.r, q, 0.50000000134658092);
    double r = bs_fma_(p.r * p.r, q, p.r + 1.0) * bs_exp2_(p.rounded, 0);
    return (float)bs_power_ends_((double)x, (double)y, r);
}
/* x = quarter (pi / 2) + r with the sine and the cosine of r, relative error 2^-32; NaN for
   |x| >= 2^51. No float is so close to a multiple of pi / 2 that two parts of it were too few */
typedef struct {
    uint64_t quarter;
    double sine, cosine;
} bs_turn_;

BS_INLINE bs_turn_ bs_turnf_(float x) {
    double c = __builtin_fabsf(x) < 0x1p51f ? (double)x : BS_NAN_;
    double rounded = bs_fma_(c, 0x1.45f306dc9c883p-1, BS_ROUND_), k = rounded - BS_ROUND_;
    double r = bs_fma_(-k, BS_PI_2_LO_, bs_fma_(-k, BS_PI_2_HI_, c)), z = r * r;
    double p = bs_fma_(z, 2.7249314054649145e-06, -0.00019840082012764999);
    p = bs_fma_(z, p, 0.0083333318659594124);
    p = bs_fma_(z, p, -0.16666666663832764);
    double q = bs_fma_(z, -2.7300448205131376e-07, 2.4800596431139566e-05);
    q = bs_fma_(z, q, -0.0013888887664699765);
    q = bs_fma_(z, q, 0.041666666664302299);
    bs_turn_ t = {bs_bits_(rounded), bs_fma_(r * z, p, r),
                  bs_fma_(z, bs_fma_(z, q, -0.5), 1.0)};
    return t;
}
BS_INLINE float bs_sinf(float x) {
    bs_turn_ t = bs_turnf_(x);
    return x == 0.0f ? x : (float)bs_sin_of_(t.quarter, t.sine, t.cosine);
}
BS_INLINE float bs_cosf(float x) {
    bs_turn_ t = bs_turnf_(x);
    return (float)bs_sin_of_(t.quarter + 1, t.sine, t.cosine);
}
BS_INLINE float bs_tanf(float x) {
    bs_turn_ t = bs_turnf_(x);
    double n = bs_by_parity_(t.quarter, t.sine, -t.cosine);
    double d = bs_by_parity_(t.quarter, t.cosine, t.sine);
    return x == 0.0f ? x : (float)(n / d);
}
BS_INLINE float bs_sinhf(float x) {
    float a = __builtin_fabsf(x), c = bs_choosef_(a > 95.0f, 95.0f, a);
    bs_sumf_ y = bs_expm1_scaledf_(c, -16, 0x1p-16f);
    float t = y.hi + y.lo, q = t / (t + 0x1p-16f); /* as bs_sinh */
    float s = a < 1.0f ? y.hi + (y.lo - 0.5f * t * q) : 0.5f * (y.hi + (y.lo + 0x1p-16f * q));
    return __builtin_copysignf(a < 0x1p-25f ? a : s * 0x1p16f, x);
}
BS_INLINE float bs_coshf(float x) {
    float a = __builtin_fabsf(x), c = bs_choosef_(a > 95.0f, 95.0f, a);
    bs_sumf_ y = bs_expm1_scaledf_(c, -16, 0x1p-16f);
    float e = (y.hi + 0x1p-16f) + y.lo;
    return (e + 0x1p-32f / e) * 0x1p15f;
}
#define BS_PI_2_HIF_ 0x1.921fb6p+0f
#define BS_PI_2_LOF_ (-0x1.777a5cp-25f)

/* arcsin(s) - s for |s| <= 1/2 and z = s^2, error 2^-28 */
BS_INLINE float bs_arcsin_restf_(float s, float z) {
    float p = bs_fmaf_(z, 0.033700726f, 0.017143717f);
    p = bs_fmaf_(z, p, 0.031101728f);
    p = bs_fmaf_(z, p, 0.044599319f);
    p = bs_fmaf_(z, p, 0.075000948f);
    p = bs_fmaf_(z, p, 0.16666666f);
    return s * z * p;
}
BS_INLINE float bs_arcsinf(float x) {
    float a = __builtin_fabsf(x);
    int big = a > 0.5f; /* as bs_arcsin */
    float z = big ? 0.5f * (1.0f - a) : a * a, root = __builtin_sqrtf(z), s = big ? root : a;
    float rest = bs_arcsin_restf_(s, z), high = BS_PI_2_HIF_ - 2.0f * s;
    float low = (BS_PI_2_HIF_ - high) - 2.0f * s; /* what high lost in rounding */
    float y = big ? high + (low - (2.0f * rest - BS_PI_2_LOF_)) : s + rest;
    return __builtin_copysignf(y, x);
}
BS_INLINE float bs_arccosf(float x) {
    float a = __builtin_fabsf(x);
    int big = a > 0.5f;
    float z = big ? 0.5f * (1.0f - a) : a * a, root = __builtin_sqrtf(z), s = big ? root : x;
    float rest = bs_arcsin_restf_(s, z), middle = BS_PI_2_HIF_ - (s + (rest - BS_PI_2_LOF_));
    return big ? (x > 0.0f ? 2.0f * (s + rest) : 2.0f * middle) : middle;
}
BS_INLINE float bs_arctanf(float x) {
    float a = __builtin_fabsf(x);
    int middle = a > 0.41421356f, large = a > 2.4142135f; /* as bs_arctan */
    float n = large ? -1.0f : middle ? a - 1.0f : a, d = large ? a : middle ? a + 1.0f : 1.0f;
    float high = large ? BS_PI_2_HIF_ : middle ? 0.5f * BS_PI_2_HIF_ : 0.0f;
    float low = large ? BS_PI_2_LOF_ : middle ? 0.5f * BS_PI_2_LOF_ : 0.0f;
    float t = n / d, z = t * t;
    /* (arctan(t) - t) / t^3, error 2^-26 */
    float p = bs_fmaf_(z, -0.064515095f, 0.10743605f);
    p = bs_fmaf_(z, p, -0.14263944f);
    p = bs_fmaf_(z, p, 0.1999954f);
    p = bs_fmaf_(z, p, -0.33333332f);
    return __builtin_copysignf(high + (t + bs_fmaf_(t * z, p, low)), x);
}
BS_INLINE float bs_floordivf(float a, float b) { return (float)bs_floordiv((double)a, (double)b); }
BS_INLINE float bs_modf(float a, float b) { return (float)bs_mod((double)a, (double)b); }

BS_INLINE float bs_sqrtf(float x) { return __builtin_sqrtf(x); }
BS_INLINE float bs_floorf(float x) { return __builtin_floorf(x); }
BS_INLINE float bs_ceilf(float x) { return __builtin_ceilf(x); }
BS_INLINE float bs_absf(float x) { return __builtin_fabsf(x); }
BS_INLINE float bs_minimumf(float a, float b) { return ((a < b) | (a != a)) ? a : b; }
BS_INLINE float bs_maximumf(float a, float b) { return ((a > b) | (a != a)) ? a : b; }
BS_INLINE int64_t bs_timestepf(float t, float dt) { return bs_timestep((double)t, (double)dt); }
BS_INLINE float bs_signf(float x) {
    float s = x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
    return x != x ? x : s;
}
BS_INLINE float bs_clipf(float x, float low, float high) {
    float c = x < low ? low : x;
    return c > high ? high : c;
}

#endif
