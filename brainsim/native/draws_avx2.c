/* For processors with AVX2. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2")
#endif
#define BS_DRAWS bs_draws_avx2
#include "draws_level.h"
