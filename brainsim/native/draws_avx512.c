/* For processors with AVX-512. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2,avx512f,avx512dq,avx512vl")
#endif
#define BS_DRAWS bs_draws_avx512
#include "draws_level.h"
