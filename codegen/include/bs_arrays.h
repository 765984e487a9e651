/* The functions of bs_math.h over arrays, for the NumPy target, which so has the bits of the others.
 *
 * brainsim/elementary.pyx is compiled when brainsim is installed, for any processor of its kind. So
 * that fused operations and wide registers are used all the same, gcc makes each loop three times
 * where the loader can choose among them (GNU/Linux on x86). The bits do not depend on the choice.
 *
 * Names that end in an underscore are private to this header.
 */
#ifndef BS_ARRAYS_H
#define BS_ARRAYS_H

#include "bs_math.h"

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && !defined(__clang__)
#define BS_CLONED_ __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define BS_CLONED_
#endif

/* out[i] = bs_<name>(x[i]) for 0 <= i < n */
#define BS_MAP_(name, suffix, type)                                                             \
    BS_CLONED_ static void bs_map_##name##suffix(type *BS_RESTRICT out,                         \
                                                 const type *BS_RESTRICT x, int64_t n) {        \
        for (int64_t i = 0; i < n; i++) out[i] = bs_##name##suffix(x[i]);                       \
    }
/* out[i] = x[i]^y[i] for 0 <= i < n */
#define BS_MAP_POWER_(suffix, type)                                                             \
    BS_CLONED_ static void bs_map_pow##suffix(type *BS_RESTRICT out, const type *BS_RESTRICT x, \
                                              const type *BS_RESTRICT y, int64_t n) {           \
        for (int64_t i = 0; i < n; i++) out[i] = bs_pow##suffix(x[i], y[i]);                    \
    }

#define BS_EACH_FUNCTION_(DO)                                                                   \
    DO(exp) DO(expm1) DO(exprel) DO(bernoulli) DO(log) DO(log10) DO(log1p) DO(sin) DO(cos)      \
    DO(tan) DO(sinh) DO(cosh) DO(tanh) DO(arcsin) DO(arccos) DO(arctan)

#define BS_MAPS_(name) BS_MAP_(name, , double) BS_MAP_(name, f, float)
BS_EACH_FUNCTION_(BS_MAPS_)
BS_MAP_POWER_(, double)
BS_MAP_POWER_(f, float)

typedef struct {
    const char *name;
    void (*doubles)(double *out, const double *x, int64_t n);
    void (*floats)(float *out, const float *x, int64_t n);
} bs_function;

#define BS_ENTRY_(name) {#name, bs_map_##name, bs_map_##name##f},
static const bs_function bs_functions[] = {BS_EACH_FUNCTION_(BS_ENTRY_)};
#define BS_FUNCTIONS ((int)(sizeof bs_functions / sizeof *bs_functions))

#endif
