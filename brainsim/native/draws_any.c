/* For any processor, and what this one can do. */
#define BS_DRAWS bs_draws_any
#include "draws_level.h"

const bs_draws *bs_draws_of(int level) {
    if (level == 0) return &bs_draws_any;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    __builtin_cpu_init();
    if (level == 1 && __builtin_cpu_supports("avx2")) return &bs_draws_avx2;
    if (level == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &bs_draws_avx512;
#endif
    return 0;
}
