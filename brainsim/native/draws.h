/* Random numbers in bulk for brainsim/connectivity.pyx, with the instructions this processor has.
 *
 * brainsim is compiled once for all processors of a kind; the loops over random numbers gain most
 * from what newer ones add. So draws_level.h is compiled for several levels, and the one to use is
 * chosen when the module is loaded. All of them give the same bits, since nothing is contracted.
 */
#ifndef BS_DRAWS_H
#define BS_DRAWS_H

#include <stdint.h>

typedef struct {
    /* out[i] = the uniform or normal number of element i at a step, for begin <= i < end */
    void (*fill_uniform)(double *out, int64_t begin, int64_t end, uint64_t key, int64_t step);
    void (*fill_normal)(double *out, int64_t begin, int64_t end, uint64_t key, int64_t step);
    /* gaps[k] = min(log(1 - u) * scale, most) cut off, where u is the uniform number of element
       first + k, for 0 <= k < n; n is at most BS_MOST_GAPS */
    void (*draw_gaps)(int32_t *gaps, int64_t first, int64_t n, uint64_t key, int64_t step,
                      double scale, double most);
} bs_draws;

#define BS_MOST_GAPS 256

extern const bs_draws bs_draws_any, bs_draws_avx2, bs_draws_avx512;

/* the functions of a level: 0 any, 1 AVX2, 2 AVX-512; NULL where this processor is below it */
const bs_draws *bs_draws_of(int level);

#endif
